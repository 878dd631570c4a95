from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "apps.core"
    label = "core"
    verbose_name = "Access"

    def ready(self) -> None:
        from apps.core import checks  # noqa: F401 - registers them
