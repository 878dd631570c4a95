from django.db import migrations, router

# Each model's name and what it is called, before and after.
MODELS = [
    (("frozendocument", "frozen document"), ("documentsnapshot", "document snapshot")),
    (("setaside", "entry set aside"), ("quarantinedentry", "quarantined entry")),
]
ACTIONS = ("add", "change", "delete", "view")


def _rename(apps, schema_editor, new_of_old):
    """Permissions keep their rows, so that whoever holds them holds them still."""
    Permission = apps.get_model("auth", "Permission")
    alias = schema_editor.connection.alias
    if not router.allow_migrate_model(alias, Permission):
        return
    rows = Permission.objects.using(alias).filter(content_type__app_label="workflows")
    for (old, _), (new, called) in new_of_old:
        for action in ACTIONS:
            # The names, too: Django makes missing permissions, but leaves those that are there as they are.
            rows.filter(codename=f"{action}_{old}").update(codename=f"{action}_{new}", name=f"Can {action} {called}")


def forwards(apps, schema_editor):
    _rename(apps, schema_editor, MODELS)


def backwards(apps, schema_editor):
    _rename(apps, schema_editor, [(new, old) for old, new in MODELS])


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
