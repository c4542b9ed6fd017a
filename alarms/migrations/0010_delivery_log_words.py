from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("alarms", "0009_owed"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="notification",
            options={
                "ordering": ("-created_at", "-pk"),
                "verbose_name": "delivery log entry",
                "verbose_name_plural": "delivery log entries",
            },
        ),
        migrations.AlterField(
            model_name="notification",
            name="channel_name",
            field=models.CharField(max_length=100, verbose_name="channel"),
        ),
    ]
