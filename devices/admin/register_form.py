"""The register of a tag as a form: each field empty where the profile, or the default, holds."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, Final, get_args

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from devices.admin.pages import ServedForm
from devices.models import Tag
from devices.profiles import COLUMNS, point_of, points_in
from edge.profile import Order, Table, Type
from edge.profile.point import Kind, Transform

_WORDS: Final = {
    "holding": gettext_lazy("holding register (3)"),
    "input": gettext_lazy("input register (4)"),
    "coil": gettext_lazy("coil (1)"),
    "discrete": gettext_lazy("discrete input (2)"),
    "gauge": gettext_lazy("gauge"),
    "counter": gettext_lazy("counter"),
    "state": gettext_lazy("state"),
}
PLACE: Final = ("table", "address", "bit", "model")
ENCODING: Final = ("type", "order", "length", "sentinels")
SCALING: Final = ("scale", "offset", "scale_from", "transform", "clamp", "range")
MEANING: Final = ("kind", "states", "bits", "low_low", "high_high", "further")
SHOWN: Final = (*PLACE, *ENCODING, *SCALING, *MEANING)


class Texts(forms.CharField):
    """A text that stands for a structure; `read` makes it, `write` shows it."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def to_python(self, value: Any) -> Any:
        """Read what was entered; empty is None."""
        text = super().to_python(value)
        return self.read(text) if text else None

    def prepare_value(self, value: Any) -> Any:
        """Show what is stored."""
        return value if value is None or isinstance(value, str) else self.write(value)

    def read(self, text: str) -> Any:
        """Make the structure of a text."""
        raise NotImplementedError

    def write(self, value: Any) -> str:
        """Make the text of a structure."""
        raise NotImplementedError


class Pair(Texts):
    """Two numbers, as in "0 .. 600"."""

    def read(self, text: str) -> list[float]:
        """Read both ends."""
        try:
            low, high = (float(part) for part in text.split(".."))
        except ValueError as error:
            raise ValidationError(_("Write both ends, like “0 .. 600”.")) from error
        return [low, high]

    def write(self, value: Any) -> str:
        """Show both ends."""
        return " .. ".join(f"{end:g}" for end in value)


class Sentinels(Texts):
    """Raw values, as in "0x8000, -1, nan"."""

    def read(self, text: str) -> list[int | str]:
        """Read the list."""
        parts = [part.strip().lower() for part in text.split(",")]
        try:
            return [part if part == "nan" else int(part, 0) for part in parts if part]
        except ValueError as error:
            message = _("Write raw whole numbers or nan, like “0x8000, 65535, nan”.")
            raise ValidationError(message) from error

    def write(self, value: Any) -> str:
        """Show the list."""
        return ", ".join(str(part) for part in value)


class Meanings(Texts):
    """What numbers mean, a line for each, as in "0 = off"."""

    widget = forms.Textarea(attrs={"rows": 3})

    def read(self, text: str) -> dict[str, str]:
        """Read the lines."""
        meanings = {}
        for line in text.splitlines():
            number, found, words = line.partition("=")
            if not found or not number.strip().lstrip("-").isdecimal():
                raise ValidationError(_("Write a line for each number, like “0 = off”."))
            meanings[str(int(number))] = words.strip()
        return meanings

    def write(self, value: Any) -> str:
        """Show the lines."""
        return "\n".join(f"{number} = {words}" for number, words in value.items())


class Further(Texts):
    """Whatever else a point may say, as JSON."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def read(self, text: str) -> dict[str, Any]:
        """Read the object."""
        try:
            value = json.loads(text)
        except ValueError as error:
            raise ValidationError(_("This is not JSON: %(why)s.") % {"why": error}) from error
        if not isinstance(value, dict):
            raise ValidationError(_('This is not a JSON object like {"write": {}}.'))
        return value

    def write(self, value: Any) -> str:
        """Show the object."""
        return json.dumps(value, ensure_ascii=False, indent=2) if value else ""


def _choice(values: Iterable[str], label: Any) -> forms.TypedChoiceField:
    choices = [("", "–"), *((value, _WORDS.get(value, value)) for value in values if value)]
    return forms.TypedChoiceField(choices=choices, required=False, empty_value=None, label=label)


def _number(label: Any, **kwargs: Any) -> forms.FloatField:
    return forms.FloatField(required=False, label=label, **kwargs)


def _integer(label: Any, most: int, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(required=False, label=label, min_value=0, max_value=most, **kwargs)


class TagForm(ServedForm):
    """A tag with its register. What is empty is as the profile says."""

    table = _choice(get_args(Table), gettext_lazy("table"))
    address = _integer(
        gettext_lazy("address"), 65535, help_text=gettext_lazy("On the wire, counted from 0.")
    )
    bit = _integer(gettext_lazy("bit"), 15, help_text=gettext_lazy("Of a register; 0 is lowest."))
    model = _integer(
        gettext_lazy("SunSpec model"),
        65534,
        help_text=gettext_lazy("The address then counts from this model's ID."),
    )
    type = _choice(get_args(Type), gettext_lazy("type"))
    order = _choice(get_args(Order), gettext_lazy("byte order"))
    length = _integer(gettext_lazy("length"), 125, help_text=gettext_lazy("Registers of a string."))
    sentinels = Sentinels(
        label=gettext_lazy("not available"),
        help_text=gettext_lazy("Raw values that mean it, like “0x8000, nan”."),
    )
    scale = _number(gettext_lazy("scale"))
    offset = _number(gettext_lazy("offset"), help_text=gettext_lazy("Added after scaling."))
    scale_from = forms.CharField(
        required=False,
        label=gettext_lazy("exponent from"),
        help_text=gettext_lazy("Tag that holds the exponent of ten."),
    )
    transform = _choice(get_args(Transform), gettext_lazy("transform"))
    clamp = Pair(label=gettext_lazy("cut to"), help_text=gettext_lazy("In the unit: “0 .. 600”."))
    range = Pair(
        label=gettext_lazy("plausible"),
        help_text=gettext_lazy("Outside of it the value is uncertain."),
    )
    kind = _choice(get_args(Kind), gettext_lazy("kind"))
    states = Meanings(
        label=gettext_lazy("states"), help_text=gettext_lazy("A line each: “0 = off”.")
    )
    bits = Meanings(
        label=gettext_lazy("meaning of bits"), help_text=gettext_lazy("A line each: “3 = door”.")
    )
    low_low = _number(gettext_lazy("alarm below"))
    high_high = _number(gettext_lazy("alarm above"))
    further = Further(
        label=gettext_lazy("further settings"),
        help_text=gettext_lazy("JSON: write rules and the simulated signal."),
    )

    class Meta:
        model = Tag
        exclude = ("point",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = self.instance.point if isinstance(self.instance.point, dict) else {}
        for name in SHOWN:
            if name in self.fields and (name in own or self.instance.pk):
                self.initial[name] = own.get(name)  # a new tag may come with some from the URL
        self.initial["further"] = {k: v for k, v in own.items() if k not in SHOWN}
        self._show_profile()

    def _show_profile(self) -> None:
        """Show in each empty field what holds there."""
        if self.instance.device_id is None:
            return
        said = points_in(self.instance.device.profile).get(self.instance.name, {})
        for name in SHOWN:
            field = self.fields.get(name)
            if field is None or name not in said:
                continue
            text = field.prepare_value(said[name])
            if isinstance(field, forms.TypedChoiceField):
                word = _("%(value)s (profile)") % {"value": _WORDS.get(text, text)}
                listed: Any = field.choices
                field.choices = [("", word), *list(listed)[1:]]
            else:
                field.widget.attrs["placeholder"] = text

    def clean(self) -> dict[str, Any]:
        """Make the register of the fields, and see that it makes sense."""
        cleaned = super().clean() or self.cleaned_data
        entered = {name: cleaned.get(name) for name in SHOWN if name != "further"}
        further = cleaned.get("further") or {}
        point = further | {k: v for k, v in entered.items() if v is not None and v != ""}
        self.instance.point = {k: v for k, v in point.items() if k not in COLUMNS}
        return cleaned

    def _post_clean(self) -> None:
        """Check what all fields together come to, once the tag has taken them over."""
        super()._post_clean()
        if not self.errors and self.instance.device_id is not None and self._is_read():
            try:
                point_of(self.instance)
            except ValidationError as error:
                self._show_at_fields(error.messages)

    def _show_at_fields(self, mistakes: Iterable[str]) -> None:
        for mistake in mistakes:
            setting = mistake.removeprefix(f"{self.instance.name}: ").partition(":")[0]
            self.add_error(setting if setting in self.fields else None, mistake)

    def _is_read(self) -> bool:
        """Say whether a server-configured gateway reads it: else it needs no register."""
        return bool(self.instance.point) or (
            self.instance.read and self.instance.device.modbus_id is not None
        )
