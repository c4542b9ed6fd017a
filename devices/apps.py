from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """The registry and everything that is measured."""

    name = "devices"
