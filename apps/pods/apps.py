from django.apps import AppConfig


class PodsConfig(AppConfig):
    name = "apps.pods"
    label = "pods"

    def ready(self) -> None:
        from apps.pods import checks  # noqa: F401 - registers them
