"""What came before phases were counted is taken for what it was: numbers of them without a row."""

from typing import Any

from django.db import migrations
from django.db.models import F, Sum


def fill(apps: Any, schema_editor: Any) -> None:
    """Count, for each gateway that told of detections, the numbers that left no row."""
    told = apps.get_model("alarms", "Detection").objects.exclude(gateway=None).order_by()
    for gateway_id in told.values_list("gateway_id", flat=True).distinct():
        _fill_one(apps, gateway_id)


def _fill_one(apps: Any, gateway_id: int) -> None:
    def rows(model: str, **by: Any) -> Any:
        return apps.get_model("devices", model).objects.filter(**by)

    positions = rows("Position", device_id=gateway_id, stream="events")
    newest = positions.order_by("updated_at").last()
    if newest is None:
        return
    gaps = rows("Gap", device_id=gateway_id, stream="events")
    dropped = gaps.aggregate(numbers=Sum(F("seq_to") - F("seq_from") + 1))["numbers"] or 0
    left = rows("GatewayEvent", gateway_id=gateway_id, own=False).count()
    left += rows("Quarantined", device_id=gateway_id, stream="events", i=-1).count()
    claimed = positions.aggregate(numbers=Sum("last"))["numbers"]
    newest.phases = max(0, claimed - dropped - left)
    newest.save(update_fields=["phases"])


class Migration(migrations.Migration):
    dependencies = [("alarms", "0003_ended_why"), ("devices", "0011_position_phases")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
