"""Forms of channels and routes: fields for people in the place of JSON, and secrets never shown."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from alarms.models import ChannelKind, Kind, NotificationChannel, NotificationRoute
from devices.admin.pages import ServedForm

_LINES: Final = {"rows": 3, "cols": 60}


class Lines(forms.CharField):
    """A list of texts, one in each line."""

    def __init__(self, **kwargs: Any) -> None:
        widget = forms.Textarea(attrs=_LINES)
        super().__init__(required=False, widget=widget, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored."""
        return "\n".join(map(str, value)) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Read what was entered, each once."""
        if isinstance(value, list):
            return value
        lines = (line.strip() for line in (super().to_python(value) or "").splitlines())
        return list(dict.fromkeys(filter(None, lines)))


class ChannelForm(ServedForm):
    """A channel of any kind; what its kind does not need stays empty."""

    recipients = Lines(
        label=_("recipients"),
        help_text=_("E-mail: addresses, one in each line. Each gets its own."),
    )
    url = forms.CharField(
        label=_("URL"),
        required=False,
        max_length=1000,
        widget=forms.TextInput(attrs={"size": 60}),
        help_text=_("Webhook: https://..., an address that is reachable from the worker."),
    )
    secret = forms.CharField(
        label=_("secret"),
        required=False,
        max_length=1000,
        widget=forms.PasswordInput(attrs={"size": 60, "autocomplete": "new-password"}),
        help_text=_(
            "Webhook: the key of its signatures. Messenger: the URL for Apprise, like"
            " tgram://token/chat. It is not shown again; empty: it stays as it is."
        ),
    )
    language = forms.ChoiceField(
        label=_("language"),
        required=False,
        choices=[("", _("as installed")), *settings.LANGUAGES],
    )

    class Meta:
        model = NotificationChannel
        fields = ("name", "site", "kind", "language", "enabled")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        stored: NotificationChannel = self.instance
        self._kind, self._secret = stored.kind, stored.secret
        for name in ("recipients", "url"):
            self.fields[name].initial = stored.configuration.get(name)

    def _post_clean(self) -> None:
        """Put the fields into the columns."""
        super()._post_clean()
        entered, channel = self.cleaned_data, self.instance
        kept = self._secret if channel.kind == self._kind else ""
        channel.secret = entered.get("secret") or kept
        channel.configuration = {
            ChannelKind.EMAIL: {"recipients": entered.get("recipients") or []},
            ChannelKind.WEBHOOK: {"url": entered.get("url") or ""},
        }.get(channel.kind, {})
        if channel.kind == ChannelKind.EMAIL:
            channel.secret = ""


class RouteForm(ServedForm):
    """A route."""

    areas = Lines(label=_("areas"), help_text=_("One in each line; empty: all."))
    kinds = forms.MultipleChoiceField(
        label=_("kinds of rules"),
        required=False,
        choices=Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: all."),
    )
    labels = Lines(
        label=_("classes"),
        help_text=_("Of detections, one in each line; other alarms are not narrowed down by it."),
    )

    class Meta:
        model = NotificationRoute
        fields = (
            *("site", "channel", "enabled", "min_priority", "areas", "kinds", "labels"),
            *("schedule", "delay_s", "repeat_s", "also_cleared", "also_acknowledged"),
        )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["schedule"].help_text = _(
            'Empty list: always. Else like [{"days": [0, 1, 2, 3, 4], "start": "22:00",'
            ' "end": "06:00"}] by the clock of the plant; Monday is 0.'
        )

    def clean_schedule(self) -> list[Any]:
        """Take an empty field for an empty list."""
        return self.cleaned_data["schedule"] or []
