import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('devices', '0007_own_events'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='device',
            constraint=models.UniqueConstraint(django.db.models.functions.text.Lower('uid'), name='one_device_per_uid_in_any_case', violation_error_message='There is a device whose UID differs from this one only in capital letters.'),
        ),
    ]
