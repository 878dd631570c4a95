"""Documents and step types for the tests of templates."""

from typing import Any

from apps.core.schema.json_schema import Problem
from apps.templates.documents.step_types import Registry, StepType
from apps.templates.documents.validation import validate

ANY_OBJECT = {"type": "object"}
TYPES = Registry(
    StepType("noop", {"type": "object", "additionalProperties": False}),
    StepType("any", ANY_OBJECT),
    StepType("open", ANY_OBJECT, secrets=False),
    StepType("cel", ANY_OBJECT, expressions=("expression",)),
    StepType("count", {"type": "object", "required": ["times"], "properties": {"times": {"type": "integer"}}}),
    StepType("picky", ANY_OBJECT, check=lambda config: [Problem("/mood", "it is not in the mood")]),
)


def step(name: str, **keys: Any) -> dict[str, Any]:
    return {"name": name, "type": "any", "config": {}} | keys


def document(*steps: dict[str, Any], **keys: Any) -> dict[str, Any]:
    """The five keys of a minimal template and what is given; one step unless steps are given."""
    return {
        "templateId": "sample",
        "version": "1.0.0",
        "steps": list(steps) or [step("only")],
        "inputSchema": {"type": "object"},
        "outputSchema": {},
        **keys,
    }


def errors(document: Any) -> dict[str, str]:
    """Messages by pointer."""
    return {problem.pointer: problem.message for problem in validate(document, TYPES)}


def noop_document(**keys: Any) -> dict[str, Any]:
    """A document of a type that ships."""
    return document({"name": "only", "type": "noop", "config": {}}, **keys)
