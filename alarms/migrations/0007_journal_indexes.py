"""What the metrics of alarms read of the journal, so that they read nothing else of it."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("alarms", "0006_journal_sealed")]

    operations = [
        migrations.RemoveIndex(model_name="journalentry", name="journal_of_load"),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("action", "raise"), ("announced", True), ("historical", False)),
                fields=["site_id", "at"],
                include=("alarm_id", "occurrence", "priority", "source_time"),
                name="journal_of_load",
            ),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(
                    ("action", "clear"), ("before", "unacknowledged"), ("historical", False)
                ),
                fields=["site_id", "at"],
                include=("alarm_id", "occurrence", "source_time"),
                name="journal_of_unseen",
            ),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("action", "acknowledge"), ("historical", False)),
                fields=["site_id", "at"],
                include=("alarm_id", "occurrence"),
                name="journal_of_answers",
            ),
        ),
        migrations.AddIndex(
            model_name="journalentry",
            index=models.Index(
                condition=models.Q(("action__in", ("shelve", "unshelve"))),
                fields=["site_id", "alarm_id", "at"],
                include=("action",),
                name="journal_of_shelving",
            ),
        ),
    ]
