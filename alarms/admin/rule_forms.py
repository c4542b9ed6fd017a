"""The form of a rule: fields of its kind, and mistakes in an expression shown where they are."""

from __future__ import annotations

from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alarms import schedule
from alarms.expressions import ExpressionError
from alarms.expressions.resolving import accept_expression
from alarms.models import Kind
from devices.admin.pages import ServedForm
from devices.admin.register_form import Texts

_LIMIT: Final = ("tag", "limit", "deadband")
# What a rule of a kind looks at; in the order of the form.
FIELDS: Final[dict[Kind, tuple[str, ...]]] = {
    Kind.HIGH_HIGH: _LIMIT,
    Kind.HIGH: _LIMIT,
    Kind.LOW: _LIMIT,
    Kind.LOW_LOW: _LIMIT,
    Kind.DEVIATION: ("tag", "setpoint", "limit", "deadband"),
    Kind.RATE: ("tag", "limit", "deadband", "window_s"),
    Kind.DISCRETE: ("tag", "abnormal"),
    Kind.BAD_QUALITY: ("tag",),
    Kind.STALE: ("tag", "limit"),
    Kind.OFFLINE: ("device",),
    Kind.SPOOL: ("device", "limit"),
    Kind.CLOCK_SKEW: ("device", "limit"),
    Kind.DETECTION: ("device", "label", "min_score", "zone"),
    Kind.EXPRESSION: ("expression",),
}
ALL_FIELDS: Final = (
    *("tag", "setpoint", "device", "limit", "deadband", "window_s", "abnormal"),
    *("label", "min_score", "zone", "expression"),
)
_TEXT: Final = {"rows": 3, "cols": 80}


class States(Texts):
    """Numbers of states, as in "0, 3"."""

    def read(self, text: str) -> list[float]:
        """Read them."""
        try:
            return [float(part) for part in text.split(",")]
        except ValueError as error:
            message = _("Write the numbers of the states, like “0, 3”.")
            raise ValidationError(message) from error

    def write(self, value: Any) -> str:
        """Show them."""
        return ", ".join(f"{state:g}" for state in value)


class Schedule(forms.JSONField):
    """Parts of a week; none are shown as nothing."""

    def to_python(self, value: Any) -> Any:
        """Read what was entered."""
        return super().to_python(value) or []

    def validate(self, value: Any) -> None:
        """Say what is wrong with it beside what is wrong with other fields."""
        super().validate(value)
        try:
            schedule.validate(value)
        except ValueError as error:
            raise ValidationError(str(error)) from error

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored."""
        return super().prepare_value(value) if value else ""


class RuleForm(ServedForm):
    """A rule of any kind; what its kind does not look at keeps its default."""

    abnormal = States(
        label=gettext_lazy("abnormal states"),
        help_text=gettext_lazy("Numbers with commas between: “0, 3”. On is 1, off is 0."),
    )
    schedule = Schedule(
        label=gettext_lazy("schedule"),
        required=False,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=gettext_lazy(
            "Empty: always. Else parts of a week by the plant's clock, Monday is 0:"
            ' [{"days": [0, 1, 2, 3, 4], "start": "22:00", "end": "06:00"}]. Outside of them its'
            " alarms are suppressed."
        ),
    )

    class Meta:
        help_texts: ClassVar = {
            "limit": gettext_lazy(
                "In the tag's unit; for a rate in its unit per minute, negative: falls; for a spool"
                " and a clock in seconds. Of a tag without readings empty: as long as it may be"
                " silent."
            ),
            "tag": gettext_lazy("What is judged."),
            "label": gettext_lazy("As the camera's model has it: fire. Empty: any."),
            "zone": gettext_lazy("Empty: the whole picture."),
            "expression": gettext_lazy(
                "For example: fire(CAM001) and rate(SIM001.temperature) > 2 °C/min"
            ),
            "off_delay_s": gettext_lazy("How long it must be normal until the alarm returns."),
            "on_delay_s": gettext_lazy("How long it must be abnormal until the alarm is raised."),
        }
        widgets: ClassVar = {
            "expression": forms.Textarea(attrs=_TEXT | {"spellcheck": "false"}),
            **{name: forms.Textarea(attrs=_TEXT) for name in ("cause", "consequence", "action")},
        }

    def clean_abnormal(self) -> list[float]:
        """Have no states where none were entered."""
        return self.cleaned_data["abnormal"] or []

    def clean(self) -> dict[str, Any] | None:
        """Point at what is wrong with an expression."""
        cleaned = super().clean()
        kind = self.cleaned_data.get("kind") or self.instance.kind
        site = self.cleaned_data.get("site") or getattr(self.instance, "site", None)
        text = self.cleaned_data.get("expression", "")
        is_new = self.instance.pk is None or "expression" in self.changed_data
        if kind == Kind.EXPRESSION and text and site is not None and is_new:
            try:
                accept_expression(text, site)
            except ExpressionError as error:
                self.add_error("expression", pointed_out(error, text))
        return cleaned


def pointed_out(error: ExpressionError, text: str) -> str:
    """Return the message with the line at fault, and marks under what is wrong in it."""
    begin = text.rfind("\n", 0, error.start) + 1
    line = text[begin:].partition("\n")[0].rstrip("\r")
    column = error.start - begin
    marks = "^" * max(1, min(error.end - error.start, len(line) - column))
    return f"{error.message}\n{line}\n{' ' * column}{marks}"
