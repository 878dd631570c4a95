from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "apps.workflows"
    label = "workflows"

    def ready(self) -> None:
        """Make known step types, what workflows have to do with templates, how triggers try again, and to pods the work."""
        from apps.events import dead_letters
        from apps.pods import workload
        from apps.templates import document_checks, usage
        from apps.templates.documents.step_types import registry
        from apps.workflows.executor.job_types.registry import STEP_TYPES
        from apps.workflows.services.pool_checks import pools_of_steps
        from apps.workflows.services.read import has_open_workflows
        from apps.workflows.triggers import failures
        from apps.workflows.workload import ExecutorsWorkload

        usage.register(has_open_workflows)
        document_checks.register(pools_of_steps)
        dead_letters.register(failures.ORIGIN, failures.put_back, failures.delete_failure)
        workload.register(ExecutorsWorkload())
        for step_type in STEP_TYPES:
            registry.register(step_type)
