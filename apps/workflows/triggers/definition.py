"""The definition of a trigger, and its problems as far as they can be seen without looking anything up."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from apps.core.expressions import cel, placeholders
from apps.core.expressions.cel import ExpressionError
from apps.core.expressions.placeholders import Reference
from apps.core.schema.json_schema import Problem
from apps.templates.documents.references import checked_placeholders
from apps.workflows.triggers.messages import FIELDS

DEFAULT_FILTER = "true"
MAX_NAME_LENGTH = 100
MAX_TOPIC_LENGTH = 249
EVENT_VARIABLE = "event"

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
# Kafka's own rule.
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
# In Redis a topic is a key, and these are Celery's.
_RESERVED = ("celery", "pilots.", "_kombu.", "unacked")


@dataclass(frozen=True, slots=True)
class TriggerDefinition:
    """A trigger as REST and the admin write it."""

    name: str
    # Of the bus, whose messages it takes.
    topic: str
    # The template whose workflows it starts.
    template_id: str
    # CEL over ``event``; the message is taken if it is true.
    filter: str = DEFAULT_FILTER
    # Exact, or a range: the newest published match. None: the newest of all.
    version: str | None = None
    # JSON with ``${event.…}``.
    input: Any = None
    enabled: bool = True


def problems(definition: TriggerDefinition) -> list[Problem]:
    """Return each mistake with its pointer; empty if there is none."""
    return [
        *_name_problems(definition.name),
        *_topic_problems(definition.topic),
        *_filter_problems(definition.filter),
        *checked_placeholders(definition.input, "/input", _reference_message),
    ]


def is_name(text: str) -> bool:
    return _NAME.fullmatch(text) is not None


def is_fixed(value: Any) -> bool:
    """Return whether an input is the same for every event: it has no placeholders."""
    return not placeholders.references(value)


def _name_problems(name: str) -> Iterator[Problem]:
    if not is_name(name):
        yield Problem(
            "/name", f"must be 1 to {MAX_NAME_LENGTH} letters, digits, '.', '_' or '-', a letter or digit first"
        )


def _topic_problems(topic: str) -> Iterator[Problem]:
    if not _TOPIC.fullmatch(topic) or topic in (".", ".."):
        yield Problem("/topic", f"must be 1 to {MAX_TOPIC_LENGTH} letters, digits, '.', '_' or '-'")
    elif topic.startswith(_RESERVED):
        yield Problem("/topic", "no topic may have this name: queues have such names")


def _filter_problems(source: str) -> Iterator[Problem]:
    try:
        expression = cel.compile(source)
    except ExpressionError as error:
        yield Problem("/filter", error.message)
        return
    for name in sorted(expression.variables - {EVENT_VARIABLE} - cel.TYPE_NAMES):
        yield Problem("/filter", f"{name[:100]!r} is not known, only {EVENT_VARIABLE}")
    if expression.is_constant_other_than(bool):
        yield Problem("/filter", "this must give true or false")


def _reference_message(reference: Reference) -> str | None:
    if reference.is_secret:
        return "secrets may not be used here"
    if reference.path[0] != EVENT_VARIABLE:
        return f"only {EVENT_VARIABLE} is known here"
    if len(reference.path) > 1 and reference.path[1] not in FIELDS:
        return f"an event has {', '.join(FIELDS)} only"
    return None
