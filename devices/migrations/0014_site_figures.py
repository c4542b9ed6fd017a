import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("devices", "0013_export_jobs")]

    operations = [
        migrations.CreateModel(
            name="SiteFigure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.PositiveSmallIntegerField(
                        default=10, help_text="Smaller ones come first.", verbose_name="place"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("devices", "devices online"),
                            ("gateways", "gateways connected"),
                            ("tags", "tags reporting"),
                            ("bad", "tags without a valid value"),
                            ("outside", "tags outside their normal range"),
                            ("rate", "readings per second"),
                            ("delay", "delay, source to page"),
                            ("unacknowledged", "unacknowledged alarms"),
                            ("standing", "standing alarms"),
                            ("detections", "detections of cameras in the last hour"),
                            ("tag", "value of one tag"),
                            ("sum", "sum of tags"),
                            ("mean", "mean of tags"),
                            ("min", "smallest of tags"),
                            ("max", "largest of tags"),
                        ],
                        max_length=16,
                        verbose_name="figure",
                    ),
                ),
                (
                    "label",
                    models.CharField(
                        blank=True,
                        help_text="Empty: what it is called anyway.",
                        max_length=60,
                        verbose_name="label",
                    ),
                ),
                (
                    "target",
                    models.FloatField(
                        blank=True,
                        help_text="In its unit. Shown beside the value; it judges nothing.",
                        null=True,
                        verbose_name="target",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="figures",
                        to="devices.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "tags",
                    models.ManyToManyField(
                        blank=True,
                        help_text="One for the value of a tag; several of the same unit for a sum, a mean and so on.",
                        related_name="figures",
                        to="devices.tag",
                        verbose_name="tags",
                    ),
                ),
            ],
            options={
                "verbose_name": "key figure",
                "verbose_name_plural": "key figures",
                "ordering": ("position", "pk"),
            },
        ),
    ]
