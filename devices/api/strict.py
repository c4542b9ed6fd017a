"""What the API does with words that it does not know: it refuses them, so that no mistake is lost.

A token that is to end in a day and is asked for with ``days`` instead of ``expires_at`` would
otherwise never end, and a list that is narrowed down by ``sit`` would be the whole list.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final, TypeVar

from django.db.models import Model, QuerySet
from rest_framework import serializers
from rest_framework.filters import OrderingFilter
from rest_framework.request import Request
from rest_framework.views import APIView

from devices.api.fields import Choice

_MOST_SHOWN: Final = 100  # characters of a word that is repeated
_ONLY_SHOWN: Final = "This is only shown. Leave it out."
Row = TypeVar("Row", bound=Model)


class Strict(serializers.Serializer[Any]):
    """Base of whatever is sent in: fields that cannot be set are refused by name."""

    def to_internal_value(self, data: Any) -> Any:
        """Look at the names first.

        Raises:
            rest_framework.exceptions.ValidationError: there are others than can be set.
        """
        if isinstance(data, Mapping):
            mistakes = self._mistakes(str(name) for name in data)
            if mistakes:
                raise serializers.ValidationError(mistakes)
        return super().to_internal_value(data)

    def _mistakes(self, names: Iterable[str]) -> dict[str, list[str]]:
        known = [name for name, field in self.fields.items() if not field.read_only]
        return {
            _short(name): [_ONLY_SHOWN if name in self.fields else not_known(name, known)]
            for name in names
            if name not in known
        }


class Base(Strict, serializers.ModelSerializer[Row]):
    """Rows of a table."""

    serializer_choice_field = Choice


def not_known(word: str, known: Collection[str]) -> str:
    """Say what could have been meant."""
    near = difflib.get_close_matches(word, known, n=3)
    hint = f"Did you mean {' or '.join(near)}?"
    if not near:
        hint = f"Known are: {', '.join(sorted(known)) or 'none'}."
    return f"“{_short(word)}” is not known here. {hint}"


def _short(word: str) -> str:
    return word[:_MOST_SHOWN].replace("\x00", "\ufffd")


# ---------------------------------------------------------------- lists


class Ordering(OrderingFilter):
    """Orders by what the list can be ordered by; anything else is a mistake."""

    def remove_invalid_fields(
        self, queryset: QuerySet[Any], fields: Iterable[str], view: APIView, request: Request
    ) -> list[str]:
        """Keep all of them.

        Raises:
            rest_framework.exceptions.ValidationError: one is none of the list's.
        """
        asked = [field.strip() for field in fields]
        valid = self.get_valid_fields(queryset, view, {"request": request})
        known = [name for name, _label in valid]
        for field in asked:
            if field.removeprefix("-") not in known:
                text = not_known(field.removeprefix("-"), known)
                raise serializers.ValidationError({self.ordering_param: [text]})
        return asked


def refuse_unknown_parameters(request: Request, known: Collection[str]) -> None:
    """Refuse parameters of a list that it does not have.

    Raises:
        rest_framework.exceptions.ValidationError: there are such.
    """
    unknown = [name for name in request.query_params if name not in known]
    if unknown:
        mistakes = {_short(name): [not_known(name, known)] for name in unknown}
        raise serializers.ValidationError(mistakes)
