"""Typed readers of environment variables. A bad value stops the start and names the setting."""

from __future__ import annotations

import json
import os
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured


def env_str(name: str, default: str | None = None) -> str:
    """Read a string; ``NAME_FILE`` may name a file that holds it (for secrets).

    Raises:
        ImproperlyConfigured: it is not set and has no default.
    """
    if path := os.environ.get(f"{name}_FILE"):
        return Path(path).read_text().strip()
    value = os.environ.get(name, "").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"{name} is not set. See .env.example.")
    return value


def env_bool(name: str, *, default: bool) -> bool:
    """Read 1/0, true/false, yes/no, on/off."""
    value = env_str(name, "1" if default else "0").lower()
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")


def env_float(name: str, default: float, *, at_least: float = 0.0) -> float:
    """Read a number that is at least ``at_least``."""
    text = env_str(name, str(default))
    try:
        value = float(text)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a number, not {text!r}.") from None
    if not at_least <= value < float("inf"):
        raise ImproperlyConfigured(f"{name} must be at least {at_least:g}, not {text}.")
    return value


def env_int(name: str, default: int, *, at_least: int = 0) -> int:
    """Read a whole number that is at least ``at_least``."""
    value = env_float(name, default, at_least=at_least)
    if value != int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number, not {value}.")
    return int(value)


def env_list(name: str, default: str = "") -> list[str]:
    """Read a comma-separated list."""
    return [item.strip() for item in env_str(name, default).split(",") if item.strip()]


def env_networks(name: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Read a comma-separated list of addresses and networks: ``10.1.0.0/16,fd00:1::/64``."""
    try:
        return tuple(ip_network(item) for item in env_list(name))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} must be a list of networks: {error}.") from error


def env_days(name: str) -> dict[str, int]:
    """Read days by name: ``fire=365,no_helmet=30``."""
    days: dict[str, int] = {}
    for item in env_list(name):
        key, _, text = item.partition("=")
        if not text.isdecimal() or not int(text):
            raise ImproperlyConfigured(f"{name} must look like fire=365,no_helmet=30: {item!r}.")
        days[key.strip()] = int(text)
    return days


def env_json(name: str) -> dict[str, object]:
    """Read a JSON object."""
    try:
        value = json.loads(env_str(name, "{}"))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} is not JSON: {error}.") from error
    if not isinstance(value, dict):
        raise ImproperlyConfigured(f"{name} must be a JSON object.")
    return value


def database_from_url(name: str, url: str) -> dict[str, object]:
    """Turn ``postgresql://user:password@host:port/name`` into a Django database setting."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgresql", "postgres"} or not parts.path.strip("/"):
        raise ImproperlyConfigured(
            f"{name} must look like postgresql://user:password@host:5432/name."
        )
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
