from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("events", "0002_publishing"),
    ]

    operations = [
        migrations.RemoveIndex(model_name="event", name="event_unpublished"),
        migrations.RenameField("event", "set_aside_at", "quarantined_at"),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(
                condition=models.Q(("published_at", None), ("quarantined_at", None)),
                fields=["id"],
                name="event_unpublished",
            ),
        ),
    ]
