from django.apps import AppConfig


class RealtimeConfig(AppConfig):
    """Sockets, the way in and the way out."""

    name = "realtime"

    def ready(self) -> None:
        """Connect the one listener of the apps' signals."""
        from realtime import receivers  # noqa: F401
