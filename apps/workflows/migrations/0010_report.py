from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("workflows", "0009_names"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="workflow",
            options={
                "permissions": [
                    ("operate_workflow", "Can cancel and change the workflow"),
                    ("report_workflow", "Can report for the workflow's jobs"),
                ]
            },
        ),
    ]
