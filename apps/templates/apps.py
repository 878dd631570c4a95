from django.apps import AppConfig


class TemplatesConfig(AppConfig):
    name = "apps.templates"
    label = "templates"

    def ready(self) -> None:
        """Have the publisher of events relay what an interrupted action has left in a document."""
        from apps.events import relay_registry
        from apps.templates.storage.store import relay_pending

        relay_registry.register("templates", relay_pending)
