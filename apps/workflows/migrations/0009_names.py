from django.db import migrations

MODELS = [("frozendocument", "documentsnapshot"), ("setaside", "quarantinedentry")]
ACTIONS = ("add", "change", "delete", "view")


def _rename(apps, new_of_old):
    """Permissions keep their rows, so that whoever holds them holds them still."""
    Permission = apps.get_model("auth", "Permission")
    for old, new in new_of_old:
        for action in ACTIONS:
            Permission.objects.filter(
                content_type__app_label="workflows", codename=f"{action}_{old}"
            ).update(codename=f"{action}_{new}")


def forwards(apps, schema_editor):
    _rename(apps, MODELS)


def backwards(apps, schema_editor):
    _rename(apps, [(new, old) for old, new in MODELS])


class Migration(migrations.Migration):

    dependencies = [
        ("workflows", "0008_trigger_beginnings"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    operations = [
        migrations.RenameModel("FrozenDocument", "DocumentSnapshot"),
        migrations.RenameModel("SetAside", "QuarantinedEntry"),
        migrations.AlterModelOptions(
            name="quarantinedentry",
            options={"verbose_name": "quarantined entry", "verbose_name_plural": "quarantined entries"},
        ),
        migrations.RenameField("trigger", "begins", "start_offsets"),
        migrations.RenameField("triggertopic", "told_at", "reported_at"),
        migrations.RunPython(forwards, backwards),
    ]
