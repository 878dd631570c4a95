"""The job types of this process: the built-in ones, and those that installed plugins offer."""

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from apps.templates.documents.step_types import RESERVED_NAMES, StepType
from apps.workflows.executor.job_types import wait
from apps.workflows.executor.job_types.base import JobType
from apps.workflows.executor.job_types.external_api_call import ExternalApiCall
from apps.workflows.executor.job_types.noop import Noop
from apps.workflows.executor.job_types.transform import Transform
from apps.workflows.executor.job_types.validation import Validation

GROUP = "baseshift.job_types"


class BrokenPlugin(Exception):
    """An entry point that gives no usable job type. A process does not start with half of its types."""


def load(plugins: Iterable[EntryPoint]) -> Mapping[str, JobType]:
    """Return the built-in types and those of ``plugins``, by name; BrokenPlugin names the first that cannot be used."""
    types: dict[str, JobType] = {}
    for built_in in (Noop(), Transform(), Validation(), ExternalApiCall()):
        types[built_in.spec.name] = built_in
    for plugin in plugins:
        job_type = _loaded(plugin)
        name = job_type.spec.name
        if name in types or name in RESERVED_NAMES or name == wait.SPEC.name:
            raise BrokenPlugin(f"{plugin.value}: the job type name {name!r} is taken")
        types[name] = job_type
    return MappingProxyType(types)


def _loaded(plugin: EntryPoint) -> JobType:
    try:
        found = plugin.load()
        job_type: JobType = found() if isinstance(found, type) else found
        usable = isinstance(job_type.spec, StepType) and callable(job_type.run)
    except Exception as error:
        raise BrokenPlugin(f"{plugin.value}: it cannot be loaded: {error}") from error
    if not usable:
        raise BrokenPlugin(f"{plugin.value}: it has no spec that is a StepType, or no run")
    return job_type


JOB_TYPES: Mapping[str, JobType] = load(entry_points(group=GROUP))
"""Job types that executors run, by name. Read-only: plugins are found once, while the process starts."""

STEP_TYPES: tuple[StepType, ...] = (wait.SPEC, *(job_type.spec for job_type in JOB_TYPES.values()))
"""Step types that templates may use."""
