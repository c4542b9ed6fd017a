from django.contrib import admin
from django.contrib.auth.views import LogoutView
from django.urls import include, path
from django.views.generic import RedirectView
from django.views.i18n import set_language

from alarms.views import snapshot
from project import alarm_metrics, alarm_pages, camera_views, guessing, health, views
from project.camera_quality import quality
from project.catalog import script_catalog
from project.picture_now import picture_now
from project.signin import SignIn
from project.trends_page import trend_marks, trends
from realtime.enrolling import enrolling
from realtime.http import telemetry

urlpatterns = [
    path("", views.overview, name="overview"),
    path("alarms/", alarm_pages.alarms, name="alarms"),
    path("alarms/metrics/", alarm_metrics.metrics, name="alarm_metrics"),
    path("gallery/", camera_views.gallery, name="gallery"),
    path("gallery/density/", camera_views.density, name="gallery_density"),
    path("gallery/quality/", quality, name="quality"),
    path("cameras/", camera_views.cameras, name="cameras"),
    path("cameras/<str:uid>/", camera_views.camera, name="camera"),
    path("cameras/<str:uid>/picture/", picture_now, name="picture_now"),
    path("devices/<str:uid>/", views.device, name="device"),
    path("gateways/", views.gateways, name="gateways"),
    path("gateways/<str:uid>/", views.gateway, name="gateway"),
    path("gateways/<str:uid>/guess/", guessing.guess, name="guess"),
    path("trends/", trends, name="trends_page"),
    path("trends/marks/", trend_marks, name="trend_marks"),
    path("api/v1/dashboard/", RedirectView.as_view(pattern_name="overview", query_string=True)),
    path("api/v1/telemetry/", telemetry, name="telemetry"),
    path("api/v1/enrol", enrolling, name="enrol"),
    path("api/v1/", include("alarms.api.urls")),
    path("api/v1/", include("devices.api.urls")),
    path("media/snapshots/<int:pk>/<str:size>/", snapshot, name="snapshot"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("language/", set_language, name="set_language"),
    path("theme/", views.set_theme, name="set_theme"),
    path("catalog/<str:language>/<str:digest>.js", script_catalog, name="script_catalog"),
    path("healthz", health.alive),
    path("readyz", health.ready),
    path("admin/", admin.site.urls),
]

handler400 = "project.views.bad_request"
handler403 = "project.views.permission_denied"
handler404 = "project.views.page_not_found"
handler500 = "project.views.server_error"
