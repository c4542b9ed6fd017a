from typing import Any

from django.db import migrations

from devices import partitions


def create_table(apps: Any, schema_editor: Any) -> None:
    with schema_editor.connection.cursor() as cursor:
        partitions.create_table(cursor)


# Rows that change with every flush keep room for the new version on their page.
TUNE = """
alter table devices_position set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
alter table devices_latest set (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);
alter table devices_devicestate set (fillfactor = 50);
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial")]
    operations = [
        migrations.RunPython(
            create_table,
            lambda apps, schema_editor: schema_editor.execute("drop table devices_reading"),
        ),
        migrations.RunSQL(TUNE, migrations.RunSQL.noop),
    ]
