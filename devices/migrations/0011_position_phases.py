"""Phases of detections leave no row each, so the stream that brought them counts them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0010_beat_at")]

    operations = [
        migrations.AddField("position", "phases", models.BigIntegerField(default=0)),
    ]
