from django.apps import AppConfig


class TemplatesConfig(AppConfig):
    name = "apps.templates"
    label = "templates"

    def ready(self) -> None:
        """Have the publisher of events relay what an interrupted act has left in a document."""
        from apps.events import sources
        from apps.templates.store import relay_pending

        sources.register("templates", relay_pending)
