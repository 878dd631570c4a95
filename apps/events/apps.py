from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "apps.events"
    label = "events"

    def ready(self) -> None:
        """Register the replay of the publisher's dead letters."""
        from apps.events import dead_letters
        from apps.events.publisher import rows

        dead_letters.register(rows.ORIGIN, rows.requeue)
