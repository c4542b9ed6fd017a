"""The one signal of this app: something that pages show has changed. Sent on commit."""

from django.dispatch import Signal

# kwargs: site_id: int, topic: str, epoch: str, offset: int, payload: dict
announced = Signal()
