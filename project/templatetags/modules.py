"""The scripts of a page: the names they import each other by, and all they need asked for at once.

There is no bundler. Without a hint the browser would learn of a module's imports only after it has
read it, one round trip for each level; ``modulepreload`` asks for every level in the first one.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import Any, Final

from django import template
from django.contrib.staticfiles import finders
from django.template.context import Context
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

register = template.Library()

VENDORED: Final = {"echarts": "vendor/echarts.js"}
_IMPORT: Final = re.compile(r'^(?:import|export) (?:[^;"]*? from )?"(\w+)";', re.MULTILINE)


@functools.cache
def files() -> dict[str, str]:
    """Return the static file of each module by the name that others import it by."""
    folder = Path(str(finders.find("js")))
    return {path.stem: f"js/{path.name}" for path in sorted(folder.glob("*.js"))} | VENDORED


@functools.cache
def needed(name: str) -> tuple[str, ...]:
    """Return the modules that one needs, directly or not, the nearest first.

    Raises:
        KeyError: there is no module of a name.
    """
    found = dict.fromkeys([name])
    waiting = [name]
    while waiting:
        each = waiting.pop(0)
        if each in VENDORED:
            continue
        text = Path(str(finders.find(files()[each]))).read_text()
        new = [other for other in _IMPORT.findall(text) if other not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return tuple(found)[1:]


@register.simple_tag(takes_context=True)
def import_map(context: Context) -> SafeString:
    """Write the import map: every module by its name."""
    return format_html(
        '<script type="importmap" nonce="{}">{}</script>', context["CSP_NONCE"], _imports()
    )


@register.simple_tag(takes_context=True)
def module(context: Context, name: str, *later: str) -> SafeString:
    """Write the script that runs a page, and ask for what it needs, now and ``later``."""
    return format_html(
        '{}<script type="module" src="{}" nonce="{}"></script>',
        _preloads(name, *later),
        static(files()[name]),
        context["CSP_NONCE"],
    )


@functools.cache
def _imports() -> SafeString:
    addresses: dict[str, Any] = {name: static(file) for name, file in files().items()}
    return mark_safe(json.dumps({"imports": addresses}))  # noqa: S308  names of files of ours


@functools.cache
def _preloads(*names: str) -> SafeString:
    wanted = dict.fromkeys([*names[1:], *(each for name in names for each in needed(name))])
    addresses = [(static(files()[each]),) for each in wanted]
    return format_html_join("", '<link rel="modulepreload" href="{}">', addresses)
