from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workflows', '0007_lists'),
    ]

    operations = [
        migrations.AddField(
            model_name='trigger',
            name='begins',
            field=models.JSONField(blank=True, null=True),
        ),
    ]
