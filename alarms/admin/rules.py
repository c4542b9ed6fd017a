"""Rules: what is abnormal at a plant. For engineers of the site."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from alarms.admin.rule_forms import ALL_FIELDS, FIELDS, RuleForm
from alarms.admin.trial import trial_page
from alarms.defaults import restore
from alarms.models import Kind, Rule
from alarms.rules import DEFAULT, PROFILE, delete_rule, save_rule, why_kept
from alarms.states import ACTIVE
from alarms.trials import TRIED
from alarms.wording import own_name
from devices.admin.asking import sentences
from devices.admin.base import SiteScoped
from devices.admin.narrowing import by_words
from devices.admin.pages import Served, find, own_page, page_of
from devices.wording import in_words

ORIGINS: Final = {
    "site": _("made here"),
    PROFILE: _("from the profile"),
    DEFAULT: _("every site has it"),
}
_ACTIVE: Final = Count("alarms", filter=Q(alarms__state__in=ACTIVE))


@admin.register(Rule)
class RuleAdmin(Served, SiteScoped, admin.ModelAdmin):  # type: ignore[type-arg]
    """What is abnormal, how urgent that is, and what to do about it."""

    form = RuleForm
    change_form_template = "admin/alarms/rule/change_form.html"
    list_display = (
        *("called", "site", "kind", "priority", "source", "limit_words", "enabled", "whence"),
        "active_now",
    )
    list_filter = (
        *("site", "kind", "priority", "enabled", ("origin", by_words(ORIGINS)), "overridden"),
        "latching",
    )
    list_select_related = ("site", "tag__device", "device")
    list_per_page = 50
    search_fields = (
        *("name", "tag__name", "tag__label", "tag__device__uid", "device__uid", "expression"),
        "label",
    )
    autocomplete_fields = ("tag", "device", "setpoint")
    actions = ("enable", "disable", "back_to_profile")

    # ------------------------------------------------------------ the form

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        """Count the alarms that are active."""
        rows: QuerySet[Rule] = super().get_queryset(request)
        return rows.annotate(active=_ACTIVE)

    def get_fieldsets(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        """Ask for what a rule of its kind looks at; which that is the page knows of a new one."""
        specific = ALL_FIELDS if obj is None else FIELDS[Kind(obj.kind)]
        return [
            (None, {"fields": ("site", "name", "kind", ("priority", "enabled"))}),
            (_("What is abnormal"), {"fields": specific}),
            (_("When"), {"fields": ("on_delay_s", "off_delay_s", "latching", "schedule")}),
            (_("What it means"), {"fields": ("cause", "consequence", "action")}),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Rule | None = None) -> Any:
        """Keep a rule at its site and of its kind, and one of a profile at its tag."""
        if obj is None:
            return ()
        return ("site", "kind", "tag") if obj.origin == PROFILE else ("site", "kind")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """Add where the rule comes from, and where it is tried."""
        obj: Rule | None = kwargs.get("obj")
        route = "admin:alarms_rule_backtest"
        context |= {
            "kinds": {str(kind): names for kind, names in FIELDS.items()},
            "tried": sorted(TRIED),
            "can_be_tried": obj is None or obj.kind in TRIED,
            "trial_url": reverse(f"{route}_one", args=[obj.pk]) if obj else reverse(route),
            "whence": self.whence(obj) if obj else "",
        }
        return super().render_change_form(request, context, *args, **kwargs)

    # ------------------------------------------------------------ columns

    @admin.display(description=_("source"))
    def source(self, rule: Rule) -> str:
        """Say what it watches."""
        if rule.kind == Kind.EXPRESSION:
            return rule.expression if len(rule.expression) < 60 else f"{rule.expression[:59]}…"
        if rule.tag is not None:
            return f"{rule.tag.device.uid} / {rule.tag.label or rule.tag.name}"
        return str(rule.device or _("all of the site"))

    @admin.display(description=_("limit"), ordering="limit", empty_value="–")
    def limit_words(self, rule: Rule) -> str | None:
        """Write the limit with its unit."""
        if rule.limit is None or not {"limit"} & {*FIELDS[Kind(rule.kind)]}:
            return None
        unit = rule.tag.unit if rule.tag else "s"
        if rule.kind == Kind.RATE:
            unit = f"{unit}/min"
        return f"{rule.limit:g} {'s' if rule.kind == Kind.STALE else unit}".strip()

    @admin.display(description=_("name"), ordering="name")
    def called(self, rule: Rule) -> str:
        """Name it, in the language of the page if nobody chose the name."""
        return own_name(rule.name, (rule.tag.label or rule.tag.name) if rule.tag else "")

    @admin.display(description=_("origin"), ordering="origin")
    def whence(self, rule: Rule) -> str:
        """Say where it comes from, and whether somebody changed it since."""
        words = in_words(ORIGINS, rule.origin)
        return f"{words}, {_('overridden')}" if rule.overridden else words

    @admin.display(description=_("active now"), ordering="active")
    def active_now(self, rule: Any) -> int:
        """Count its alarms that are active."""
        count: int = rule.active
        return count

    # ------------------------------------------------------------ writing

    def save_model(
        self,
        request: HttpRequest,
        obj: Rule,
        form: ModelForm[Rule],
        change: bool,  # noqa: FBT001
    ) -> None:
        """Store through the service, but not what nobody changed: it would override a profile."""
        if form.has_changed() or not change:
            save_rule(obj, by=_name(request))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Offer to delete what somebody made; the others would come back."""
        if isinstance(obj, Rule) and why_kept(obj):
            return False
        return super().has_delete_permission(request, obj)

    def get_deleted_objects(
        self, objs: Iterable[Rule], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """Say what would go, and what cannot."""
        rules = list(objs)
        counts = {str(Rule._meta.verbose_name_plural): len(rules)}
        kept = [f"{rule}: {why}" for rule in rules if (why := why_kept(rule))]
        return [str(rule) for rule in rules], counts, set(), kept

    def delete_model(self, request: HttpRequest, obj: Rule) -> None:
        """Delete through the service."""
        delete_rule(obj, by=_name(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Delete through the service, one by one."""
        for rule in queryset.order_by("pk"):
            delete_rule(rule, by=_name(request))

    # ------------------------------------------------------------ many, and pages of our own

    @admin.action(description=_("Enable the selected rules"), permissions=["change"])
    def enable(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Judge by them again."""
        self._set_enabled(request, queryset, enabled=True)

    @admin.action(
        description=_("Disable the selected rules and end their alarms"), permissions=["change"]
    )
    def disable(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Judge by them no more."""
        self._set_enabled(request, queryset, enabled=False)

    def _set_enabled(
        self, request: HttpRequest, queryset: QuerySet[Rule], *, enabled: bool
    ) -> None:
        def change(rule: Rule) -> None:
            rule.enabled = enabled
            save_rule(rule, by=_name(request))

        self._do(request, queryset.exclude(enabled=enabled), change)

    @admin.action(
        description=_("Have the selected rules follow their profile again"), permissions=["change"]
    )
    def back_to_profile(self, request: HttpRequest, queryset: QuerySet[Rule]) -> None:
        """Take back what people changed in rules of profiles."""
        overridden = queryset.filter(origin=PROFILE, overridden=True)
        self._do(request, overridden, lambda rule: restore(rule, by=_name(request)))

    def _do(
        self, request: HttpRequest, queryset: QuerySet[Rule], change: Callable[[Rule], None]
    ) -> None:
        """Change rules one after the other: each is judged anew, and pages hear of it."""
        count = 0
        for rule in queryset.order_by("pk"):
            try:
                change(rule)
            except ValidationError as error:
                self.message_user(request, f"{rule}: {sentences(error)}", messages.ERROR)
            else:
                count += 1
                self.log_change(request, rule, [{"changed": {"fields": [str(_("enabled"))]}}])
        text = ngettext("%(count)d rule was changed.", "%(count)d rules were changed.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of our own."""
        return [
            own_page(self, "backtest/", self._try_new, "backtest"),
            own_page(self, "<int:pk>/backtest/", self._try, "backtest_one"),
            own_page(self, "<int:pk>/restore/", self._restore, "restore"),
            *super().get_urls(),
        ]

    def _try_new(self, request: HttpRequest) -> HttpResponse:
        return trial_page(self, request, None)

    def _try(self, request: HttpRequest, pk: int) -> HttpResponse:
        return trial_page(self, request, pk)

    def _restore(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Have one rule follow its profile again."""
        rule: Rule = find(self, request, pk)
        if request.method == "POST" and rule.origin == PROFILE:
            restore(rule, by=_name(request))
            message = _("%(rule)s follows the profile again.")
            self.message_user(request, message % {"rule": rule}, messages.SUCCESS)
        is_there = Rule.objects.filter(pk=pk).exists()  # else its limit is no longer there
        return redirect(page_of(rule) if is_there else "admin:alarms_rule_changelist")


def _name(request: HttpRequest) -> str:
    return request.user.get_username()
