"""Which outcomes a step's config needs: these are sent along with its job."""

from typing import Any

from apps.templates.documents.step_types import Registry
from apps.workflows.engine import graph
from apps.workflows.executor.job_types.registry import STEP_TYPES

TYPES = Registry(*STEP_TYPES)


def last_step(config: dict[str, Any]) -> graph.Step:
    """The transform at the end of:  a ─► b ─► last"""
    steps = [
        {"name": "a", "type": "noop"},
        {"name": "b", "type": "noop"},
        {"name": "last", "type": "transform", "config": config},
    ]
    return graph.compile({"templateId": "t", "version": "1.0.0", "steps": steps}, TYPES).steps[-1]


def test_placeholders_name_what_a_step_reads():
    step = last_step({"output": "${steps.a.output}"})
    assert (step.reads, step.reads_base) == ((0,), False)


def test_expressions_name_what_a_step_reads():
    assert last_step({"expression": "steps.b.status == 'COMPLETED'"}).reads == (1,)


def test_what_looks_like_a_placeholder_in_an_expression_is_none():
    assert last_step({"expression": "'${' + input.name"}).reads == ()
