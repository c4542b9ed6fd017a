"""What every template may use."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from devices.access import may_somewhere
from devices.models import Role
from project.catalog import catalog_digest

THEMES: Final = ("dark", "light")  # the first one is the default
THEME_COOKIE: Final = "sentinel_theme"
# Each language by its own name, so that who reads only that one finds it.
LANGUAGE_NAMES: Final = {"en": "English", "zh-hans": "中文"}


def theme_of(request: HttpRequest) -> str:
    """Read the theme that this browser was set to."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return theme if theme in THEMES else THEMES[0]


def shell(request: HttpRequest) -> dict[str, object]:
    """Give the frame of every page its theme, its languages and its script catalogue."""
    theme, language = theme_of(request), get_language() or settings.LANGUAGE_CODE
    return {
        "theme": theme,
        "other_themes": [name for name in THEMES if name != theme],
        "language": language,
        "other_languages": {c: n for c, n in LANGUAGE_NAMES.items() if c != language},
        "catalog_digest": catalog_digest(),
        "here": request.get_full_path(),
        # a function: asked only where a template wants to know
        "may_administer": lambda: may_somewhere(request.user, Role.ENGINEER),
    }
