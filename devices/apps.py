from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DevicesConfig(AppConfig):
    """The registry and everything that is measured."""

    name = "devices"
    verbose_name = _("Plant")

    def ready(self) -> None:
        """Have what comes with this version in the database after each migration."""
        from devices import receivers

        receivers.connect(self)
