"""Which job types a process has, and what plugins may add."""

from importlib.metadata import EntryPoint

import pytest

from apps.templates.documents.step_types import StepType
from apps.workflows.executor.job_types.base import JobResult
from apps.workflows.executor.job_types.noop import Noop
from apps.workflows.executor.job_types.registry import GROUP, JOB_TYPES, STEP_TYPES, BrokenPlugin, load

HERE = __name__


class Greeting:
    """A plugin's type."""

    spec = StepType(name="greeting", config_schema={"type": "object"})

    def run(self, config, context):
        return JobResult("hello")


class Approval(Greeting):
    spec = StepType(name="approval", config_schema={"type": "object"})


class Wait(Greeting):
    spec = StepType(name="wait", config_schema={"type": "object"})


class Unusable:
    spec = "no spec"


def plugin(name: str) -> EntryPoint:
    return EntryPoint(name=name, value=f"{HERE}:{name}", group=GROUP)


def test_the_shipped_types_are_there():
    assert {"noop", "transform", "validation", "external_api_call"} <= set(JOB_TYPES)
    assert {spec.name for spec in STEP_TYPES} == {*JOB_TYPES, "wait"}


def test_the_registry_cannot_be_changed():
    with pytest.raises(TypeError):
        JOB_TYPES["noop"] = Noop()  # type: ignore[index]


def test_a_plugins_type_is_loaded():
    assert isinstance(load([plugin("Greeting")])["greeting"], Greeting)


@pytest.mark.parametrize("name", ["Noop", "Approval", "Wait"])
def test_a_plugin_cannot_take_a_name_of_ours(name: str):
    with pytest.raises(BrokenPlugin, match="taken"):
        load([plugin(name)])


@pytest.mark.parametrize("name", ["Unusable", "absent"])
def test_a_plugin_that_cannot_be_used_is_named(name: str):
    with pytest.raises(BrokenPlugin, match=f"{HERE}:{name}"):
        load([plugin(name)])
