import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0002_readings'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='site',
            name='members',
            field=models.ManyToManyField(blank=True, help_text='Who may see this site. Administrators see all sites.', related_name='sites', to=settings.AUTH_USER_MODEL, verbose_name='members'),
        ),
        migrations.CreateModel(
            name='TopicRow',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.BigIntegerField()),
                ('row', models.JSONField()),
                ('topic', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='rows', to='devices.topic')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('topic', 'key'), name='one_row_per_key')],
            },
        ),
    ]
