from django.apps import AppConfig


class DevicesConfig(AppConfig):
    """The registry and everything that is measured."""

    name = "devices"

    def ready(self) -> None:
        """Have what comes with this version in the database after each migration."""
        from devices import receivers

        receivers.connect(self)
