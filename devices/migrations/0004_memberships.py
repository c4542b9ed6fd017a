from typing import Any

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def keep_members(apps: Any, schema_editor: Any) -> None:
    """Whoever was a member could see and operate."""
    site = apps.get_model("devices", "Site")
    membership = apps.get_model("devices", "Membership")
    membership.objects.bulk_create(
        membership(site_id=row.site_id, user_id=row.user_id, role="operator")
        for row in site.members.through.objects.all()
    )


class Migration(migrations.Migration):
    dependencies = [
        ("devices", "0003_site_members_topicrow"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("viewer", "viewer"),
                            ("operator", "operator"),
                            ("engineer", "engineer"),
                            ("admin", "administrator"),
                        ],
                        default="operator",
                        max_length=8,
                        verbose_name="role",
                    ),
                ),
                (
                    "site",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="devices.site",
                        verbose_name="site",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "ordering": ("site", "user"),
            },
        ),
        migrations.AddConstraint(
            model_name="membership",
            constraint=models.UniqueConstraint(
                fields=("user", "site"), name="one_role_per_user_and_site"
            ),
        ),
        migrations.RunPython(keep_members, migrations.RunPython.noop),
        migrations.RemoveField(model_name="site", name="members"),
        migrations.AddField(
            model_name="site",
            name="members",
            field=models.ManyToManyField(
                blank=True,
                help_text="Who may see this site. Administrators see all sites.",
                related_name="sites",
                through="devices.Membership",
                to=settings.AUTH_USER_MODEL,
                verbose_name="members",
            ),
        ),
    ]
