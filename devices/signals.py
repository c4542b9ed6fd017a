"""The signals of this app, for those above it."""

from django.dispatch import Signal

# Something that pages show has changed. Sent on commit.
# kwargs: site_id: int, topic: str, epoch: str, offset: int, payload: dict
announced = Signal()

# A gateway, a device behind it, or one of their tags was added, changed or deleted. Sent in the
# transaction of the change.
# kwargs: gateway_id: int
plant_edited = Signal()
