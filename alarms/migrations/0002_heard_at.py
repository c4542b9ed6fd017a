from typing import Any

from django.db import migrations, models
from django.db.models import F


def fill(apps: Any, schema_editor: Any) -> None:
    """What is known of earlier ones is when their first phase came."""
    apps.get_model("alarms", "Detection").objects.update(heard_at=F("received_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='detection',
            name='heard_at',
            field=models.DateTimeField(null=True, verbose_name='last heard of'),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='detection',
            name='heard_at',
            field=models.DateTimeField(verbose_name='last heard of'),
        ),
    ]
