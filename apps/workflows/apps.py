from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "apps.workflows"
    label = "workflows"

    def ready(self) -> None:
        """Make known to templates what step types there are, and that workflows run on them."""
        from apps.templates import uses
        from apps.templates.step_types import registry
        from apps.workflows.executor.job_types.registry import STEP_TYPES
        from apps.workflows.services.read import runs_on

        uses.register(runs_on)

        for step_type in STEP_TYPES:
            registry.register(step_type)
