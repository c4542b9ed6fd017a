from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('alarms', '0002_heard_at'),
    ]

    operations = [
        migrations.AddField(
            model_name='detection',
            name='ended_why',
            field=models.CharField(blank=True, default='', max_length=8, verbose_name='why it ended'),
        ),
    ]
