from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "apps.events"
    label = "events"

    def ready(self) -> None:
        """Let dead letters of the publisher be tried again."""
        from apps.events import dead_letters
        from apps.events.publisher import rows

        dead_letters.register(rows.ORIGIN, rows.put_back)
