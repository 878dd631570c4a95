"""The one shard there is today."""

from django.db import migrations


def create_shard(apps, schema_editor):
    apps.get_model("workflows", "Shard").objects.create(id=0)


class Migration(migrations.Migration):
    dependencies = [("workflows", "0001_initial")]
    operations = [migrations.RunPython(create_shard, migrations.RunPython.noop)]
