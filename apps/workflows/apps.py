from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "apps.workflows"
    label = "workflows"

    def ready(self) -> None:
        """Make the step types known to the validation of templates, and to the engine."""
        from apps.templates.step_types import registry
        from apps.workflows.executor.job_types.registry import STEP_TYPES

        for step_type in STEP_TYPES:
            registry.register(step_type)
