"""When a gateway last said how it does: its figures are as old as that, not as its last frame."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0009_camera")]

    operations = [
        migrations.AddField(
            "devicestate",
            "beat_at",
            models.DateTimeField(null=True, verbose_name="last heartbeat"),
        )
    ]
