from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "apps.workflows"
    label = "workflows"

    def ready(self) -> None:
        """Make known what step types there are, that workflows run on templates, how triggers try again."""
        from apps.events import dead_letters
        from apps.templates import uses
        from apps.templates.step_types import registry
        from apps.workflows.executor.job_types.registry import STEP_TYPES
        from apps.workflows.services.read import runs_on
        from apps.workflows.triggers import failures

        uses.register(runs_on)
        dead_letters.register(failures.ORIGIN, failures.put_back)
        for step_type in STEP_TYPES:
            registry.register(step_type)
