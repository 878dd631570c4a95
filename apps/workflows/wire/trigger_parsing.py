"""The bodies of the calls on triggers, checked against ``schemas`` and read into a definition."""

from typing import Any

from apps.core.errors import Invalid
from apps.core.schema.compiled import CompiledSchema
from apps.core.schema.json_schema import Problem
from apps.workflows.triggers.definition import DEFAULT_FILTER, TriggerDefinition
from apps.workflows.wire import schemas

_NEW = CompiledSchema(schemas.TRIGGER)
_REPLACEMENT = CompiledSchema(schemas.TRIGGER_REPLACEMENT)


def definition(body: Any, *, name: str | None = None) -> TriggerDefinition:
    """Return the body of ``POST /triggers``, or of a ``PUT`` to the trigger ``name``. Raises :class:`Invalid`."""
    problems = (_NEW if name is None else _REPLACEMENT).problems(body)
    if isinstance(body, dict) and isinstance(body.get("name"), str) and name not in (None, body["name"]):
        problems.append(Problem("/name", "the name of a trigger stays"))
    if problems:
        raise Invalid(problems)
    return TriggerDefinition(
        name=name or body["name"],
        topic=body["topic"],
        template_id=body["templateId"],
        filter=body.get("filter", DEFAULT_FILTER),
        version=body.get("version"),
        input=body.get("input", {}),
        enabled=body.get("enabled", True),
    )
