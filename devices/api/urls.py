from django.urls import path

from devices.api.views import Trends

urlpatterns = [path("trends/", Trends.as_view(), name="trends")]
