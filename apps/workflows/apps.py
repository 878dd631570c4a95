from django.apps import AppConfig


class WorkflowsConfig(AppConfig):
    name = "apps.workflows"
    label = "workflows"

    def ready(self) -> None:
        """Make known step types, what workflows have to do with templates, how triggers try again, and to pods the work."""
        from apps.events import dead_letters
        from apps.pods import workload
        from apps.templates import demands, uses
        from apps.templates.step_types import registry
        from apps.workflows.executor.job_types.registry import STEP_TYPES
        from apps.workflows.live.executors import ExecutorsWorkload
        from apps.workflows.services.pool_demands import pools_of_steps
        from apps.workflows.services.read import runs_on
        from apps.workflows.triggers import failures

        uses.register(runs_on)
        demands.register(pools_of_steps)
        dead_letters.register(failures.ORIGIN, failures.put_back, failures.forget)
        workload.register(ExecutorsWorkload())
        for step_type in STEP_TYPES:
            registry.register(step_type)
