"""Channels and routes of notifications, and the delivery log. For administrators of the site."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import ForeignKey, OuterRef, Q, QuerySet, Subquery
from django.forms import ModelChoiceField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from alarms.admin.notify_forms import ChannelForm, RouteForm
from alarms.models import (
    OPEN_STATES,
    DeliveryAttempt,
    Event,
    Notification,
    NotificationChannel,
    NotificationRoute,
    Priority,
)
from alarms.notify import channels, outbox
from alarms.notify.reasons import why_in_words
from alarms.notify.wording import render
from devices.access import sites_for
from devices.admin.base import Journal, NotByHand, SiteScoped
from devices.admin.pages import Served, find, own_page, page_of
from devices.models import Role


@admin.register(NotificationChannel)
class ChannelAdmin(Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Ways to people. Those of all sites are a superuser's."""

    need_view = need_change = Role.ADMIN
    form = ChannelForm
    change_form_template = "admin/alarms/notificationchannel/change_form.html"
    list_display = ("name", "kind", "site", "language", "enabled")
    list_filter = ("kind", "enabled", "site")
    list_select_related = ("site",)
    search_fields = ("name",)
    fields = (
        *(("name", "enabled"), "site", "kind"),
        *("recipients", "url", "secret", "language"),
    )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Let only superusers make a channel of all sites."""
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if field is not None and db_field.name == "site" and not request.user.is_superuser:
            field.required = True
        return field

    def save_model(
        self, request: HttpRequest, obj: NotificationChannel, *_a: Any, **_k: Any
    ) -> None:
        """Store through the service."""
        channels.save_channel(channel=obj)

    def delete_model(self, request: HttpRequest, obj: NotificationChannel) -> None:
        """Delete through the service."""
        channels.delete_channel(channel=obj)

    def delete_queryset(
        self, request: HttpRequest, queryset: QuerySet[NotificationChannel]
    ) -> None:
        """Delete through the service, one by one."""
        for channel in queryset:
            channels.delete_channel(channel=channel)

    def get_urls(self) -> list[URLPattern]:
        """Add the button that sends a test."""
        return [own_page(self, "<int:pk>/test/", self._test, "test"), *super().get_urls()]

    def _test(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Queue a test message, and go to where its state is to be seen."""
        channel: NotificationChannel = find(self, request, pk)
        if request.method != "POST":
            return redirect(page_of(channel))
        rows = outbox.queue_test(channel, request.user.get_username())
        text = ngettext(
            "%(count)d test message is queued. Reload this page to see how it does.",
            "%(count)d test messages are queued. Reload this page to see how they do.",
            len(rows),
        )
        self.message_user(request, text % {"count": len(rows)}, messages.SUCCESS)
        log = reverse("admin:alarms_notification_changelist")
        return redirect(f"{log}?channel__id__exact={channel.pk}")


@admin.register(NotificationRoute)
class RouteAdmin(Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """Which alarms go where."""

    need_view = need_change = Role.ADMIN
    form = RouteForm
    list_display = ("site", "channel", "min_priority", "delay_s", "repeat_s", "enabled")
    list_display_links = ("site", "channel")
    list_filter = ("site", "channel", "enabled")
    list_select_related = ("site", "channel")
    fieldsets = (
        (None, {"fields": (("site", "channel"), "enabled")}),
        (_("Which alarms"), {"fields": ("min_priority", "areas", "kinds", "labels", "schedule")}),
        (
            _("When"),
            {"fields": (("delay_s", "repeat_s"), ("also_cleared", "also_acknowledged"))},
        ),
    )

    def formfield_for_foreignkey(
        self, db_field: ForeignKey[Any, Any], request: HttpRequest, **kwargs: Any
    ) -> ModelChoiceField[Any] | None:
        """Offer the channels of the user's sites and those of all sites."""
        if db_field.name == "channel":
            own = Q(site__in=sites_for(request.user, Role.ADMIN)) | Q(site=None)
            kwargs["queryset"] = NotificationChannel.objects.filter(own)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: NotificationRoute, *_a: Any, **_k: Any) -> None:
        """Store through the service."""
        channels.save_route(route=obj)

    def delete_model(self, request: HttpRequest, obj: NotificationRoute) -> None:
        """Delete through the service."""
        channels.delete_route(route=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[NotificationRoute]) -> None:
        """Delete through the service, one by one."""
        for route in queryset:
            channels.delete_route(route=route)


class AttemptInline(NotByHand, SiteScoped, admin.TabularInline):  # type: ignore[type-arg]
    """Every attempt to send a message."""

    need_view = Role.ADMIN
    model = DeliveryAttempt
    extra = 0
    fields = readonly_fields = ("at", "result", "said", "duration_ms")

    @admin.display(description=_("detail"))
    def said(self, attempt: DeliveryAttempt) -> str:
        """Say what came of it."""
        return why_in_words(attempt.detail)


@admin.register(Notification)
class NotificationAdmin(Journal):
    """The delivery log: each message once, as waiting, sent or failed."""

    need_view = Role.ADMIN
    list_display = (
        *("created_at", "state", "event", "summary", "urgency", "place", "attempts", "detail"),
    )
    list_filter = ("state", "event", "priority", "channel", "created_at")
    list_select_related = ("channel",)
    search_fields = ("channel_name", "recipient", "why")
    date_hierarchy = "created_at"
    fields = readonly_fields = (
        *("id", "state", "detail", "event", "summary", "step", "urgency", "site", "channel_name"),
        *("recipient", "created_at", "due_at", "next_at", "attempts", "ended_at", "text"),
    )
    inlines = (AttemptInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Notification]:
        """Know what came of the last attempt."""
        attempts = DeliveryAttempt.objects.filter(notification=OuterRef("pk"))
        newest = attempts.order_by("-at", "-pk").values("detail")[:1]
        rows: QuerySet[Notification] = super().get_queryset(request)
        return rows.annotate(said=Subquery(newest))

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Have a title of its own."""
        title = {"title": _("Delivery log")}
        return super().changelist_view(request, title | (extra_context or {}))

    @admin.display(description=_("alarm"))
    def summary(self, row: Notification) -> str:
        """Name the alarm that a message is about, and where it is."""
        told = row.facts
        tag = told.get("tag_label") or told.get("tag", "")
        where = " / ".join(filter(None, (told.get("device", ""), tag)))
        return " · ".join(filter(None, (told.get("rule", ""), where)))

    @admin.display(description=_("priority"), ordering="priority")
    def urgency(self, row: Notification) -> str:
        """Write the number with its word; a test is as urgent as nothing."""
        if row.event == Event.TEST:
            return str(Event.TEST.label)
        return format_html("{} {}", row.priority, Priority(row.priority).label)

    @admin.display(description=_("channel and recipient"), ordering="channel_name")
    def place(self, row: Notification) -> str:
        """Name the channel, and the address of an e-mail."""
        return " · ".join(filter(None, (row.channel_name, row.recipient)))

    @admin.display(description=_("why"))
    def detail(self, row: Any) -> str:
        """Say why it failed or is not needed; while it waits, what came of the last attempt."""
        is_open = row.state in OPEN_STATES
        return why_in_words((row.why or row.said or "") if is_open else row.why)

    @admin.display(description=_("text"))
    def text(self, row: Notification) -> str:
        """Show what was written, as it would be written now."""
        message = render(row, row.channel or NotificationChannel())
        return f"{message.subject}\n\n{message.body}"
