"""Validation of the names in placeholders and expressions of a document, before anything runs."""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from apps.core.expressions import cel, placeholders
from apps.core.expressions.cel import Expression, ExpressionError
from apps.core.expressions.placeholders import PlaceholderError, Reference
from apps.core.schema.json_schema import Problem

STEP_FIELDS = ("output", "response", "status")
WORKFLOW_FIELDS = ("id",)
VARIABLES = frozenset({"input", "steps", "workflow"})
# What is wrong with a reference, or None.
ReferenceCheck = Callable[[Reference], str | None]


@dataclass(frozen=True)
class Scope:
    """Names that may be used at one place: ``steps`` exist, and ``has_ended`` holds for those that came before."""

    steps: Collection[str]
    has_ended: Callable[[str], bool]
    secrets: bool


def placeholder_problems(value: Any, pointer: str, scope: Scope) -> Iterator[Problem]:
    """Yield malformed placeholders in ``value``, and those that name what is not there."""
    return checked_placeholders(value, pointer, lambda reference: _reference_message(reference, scope))


def checked_placeholders(value: Any, pointer: str, check: ReferenceCheck) -> Iterator[Problem]:
    """Yield malformed placeholders in ``value``, and those that ``check`` has something to say of."""
    for way, text in placeholders.texts_with_placeholders(value):
        for message in _placeholder_messages(text, check):
            yield Problem(pointer + placeholders.pointer(way), message)


def _placeholder_messages(text: str, check: ReferenceCheck) -> Iterator[str]:
    try:
        found = placeholders.references(text)
    except PlaceholderError as error:
        yield error.message
        return
    for reference in found:
        message = check(reference)
        if message:
            yield f"{reference.text[:200]}: {message}"


def _reference_message(reference: Reference, scope: Scope) -> str | None:
    if reference.is_secret:
        return None if scope.secrets else "secrets may not be used here"
    root, *rest = reference.path
    if root == "steps":
        return _step_message(rest, scope)
    if root == "workflow":
        known = rest and rest[0] in WORKFLOW_FIELDS
        return None if known else f"of the workflow only {_listed(WORKFLOW_FIELDS)} can be used"
    if root in ("item", "index"):
        return "this is known with forEach only, which is not available yet"
    return None if root == "input" else "this is not known in a template"


def _step_message(rest: list[str], scope: Scope) -> str | None:
    if not rest:
        return "name the step: steps.NAME.output"
    if len(rest) > 1 and rest[1] not in STEP_FIELDS:
        return f"of a step only {_listed(STEP_FIELDS)} can be used"
    return _order_message(rest[0], scope)


def _order_message(step: str, scope: Scope) -> str | None:
    if step not in scope.steps:
        return f"there is no step {step[:100]!r}"
    return None if scope.has_ended(step) else f"this step does not wait for {step!r}, directly or by others"


def _listed(words: Iterable[str]) -> str:
    return ", ".join(words)


def condition_problems(source: str, pointer: str, scope: Scope) -> Iterator[Problem]:
    """Yield what is wrong with a ``when``: it must be an expression, give true or false, and have no comprehensions."""
    expression = yield from _compiled(source, pointer, scope, comprehensions=False)
    if expression is None:
        return
    for name in sorted(expression.variables - VARIABLES - cel.TYPE_NAMES):
        yield Problem(pointer, f"{name[:100]!r} is not known, only {_listed(sorted(VARIABLES))}")
    if expression.is_constant_other_than(bool):
        yield Problem(pointer, "this must give true or false")


def expression_problems(source: str, pointer: str, scope: Scope) -> Iterator[Problem]:
    """Yield what is wrong with a CEL expression in a step's config."""
    yield from _compiled(source, pointer, scope, comprehensions=True)


def _compiled(
    source: str, pointer: str, scope: Scope, *, comprehensions: bool
) -> Generator[Problem, None, Expression | None]:
    if "${" in source:
        yield Problem(pointer, "an expression takes no placeholders: write input.x, not ${input.x}")
        return None
    try:
        expression = cel.compile(source, comprehensions=comprehensions)
    except ExpressionError as error:
        yield Problem(pointer, error.message)
        return None
    if expression.steps is None:
        # As in steps[input.name]: each job would have to be given all that ran before it.
        yield Problem(pointer, "name the steps that are read: steps.NAME")
        return expression
    for step in sorted(expression.steps):
        message = _order_message(step, scope)
        if message:
            yield Problem(pointer, message)
    return expression
