"""What lists can be narrowed by, in the words of the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.contrib.admin import AllValuesFieldListFilter, EmptyFieldListFilter
from django.utils.translation import gettext

from devices.wording import Words, in_words


def by_words(say: Words | Callable[[Any], str]) -> type[AllValuesFieldListFilter]:
    """Offer every code that occurs, in words.

    Args:
        say: the words of the codes, or a function that finds them.
    """

    class ByWords(AllValuesFieldListFilter):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **kwargs)
            self.title = gettext(str(self.title))  # of a field that nobody fills in: no lazy text

        def choices(self, changelist: Any) -> Iterator[Any]:
            everything, *choices = super().choices(changelist)
            yield everything
            for choice in choices:
                code, *count = choice["display"].split(" (")
                text = say(code) if callable(say) else in_words(say, code)
                yield choice | {"display": " (".join([text, *count])}

    return ByWords


def by_moment(without: Any, having: Any) -> type[EmptyFieldListFilter]:
    """Offer the rows for which something has not happened, and those for which it has.

    Args:
        without: lazy text for those that have no such moment.
        having: lazy text for the others.
    """

    class ByMoment(EmptyFieldListFilter):
        def choices(self, changelist: Any) -> Iterator[Any]:
            texts = (None, without, having)
            for choice, text in zip(super().choices(changelist), texts, strict=True):
                _, *count = str(choice["display"]).split(" (")
                shown = choice["display"] if text is None else " (".join([str(text), *count])
                yield choice | {"display": shown}

    return ByMoment
