"""The check of an input while it is written on the start page: its fields, and its problems."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.core.api.problems import error_item
from apps.core.expressions.placeholders import pointer_token
from apps.core.json import strict
from apps.core.schema import json_schema
from apps.core.schema.json_schema import Problem
from apps.templates.formats.languages import JSON, Source
from apps.workflows.admin.form_schema import Form
from apps.workflows.admin.schema_parts import FormUnavailable

# Beyond it a number is another one in the page's JavaScript.
MAX_EXACT_INTEGER = 2**53
INEXACT_NOTE = "The input holds a number that the form cannot keep: only its JSON can be edited."

_MISSING = re.compile(r"must have the key '(.*?)'(, since it has '.*')?", re.DOTALL)


def check(schema: Mapping[str, Any], text: str, chosen: Mapping[str, Any]) -> dict[str, Any]:
    """``{"fields": of the form or null, "note": why null, "problems": [{"pointer", "message", "line"?, "column"?}]}``.

    An empty text is an input that nobody has begun. ``chosen`` names the shapes chosen among several, by pointer.
    """
    source = Source((text if text.strip() else "{}").encode(), JSON)
    try:
        value = source.read()
    except strict.Malformed as error:
        return _answer(None, "The input cannot be parsed: fix its JSON first.", [error.problem])
    found = json_schema.problems(schema, value)
    if not _is_exact(value):
        return _answer(None, INEXACT_NOTE, source.located(found))
    try:
        form = Form(schema, value)
        shaped = [one for problem in found for one in form.problems_of_shape(problem.pointer, chosen) or [problem]]
    except FormUnavailable as error:
        return _answer(None, error.reason, source.located(found))
    return _answer(form.fields, "", source.located(dict.fromkeys(shaped)))


def _answer(fields: Any, note: str, problems: Sequence[Problem]) -> dict[str, Any]:
    return {"fields": fields, "note": note, "problems": [error_item(_at_its_field(problem)) for problem in problems]}


def _at_its_field(problem: Problem) -> Problem:
    """Move the problem of a missing key to the field that it is to come from."""
    missing = _MISSING.fullmatch(problem.message)
    if missing is None:
        return problem
    said = f"is required{missing[2] or ''}"
    return replace(problem, pointer=problem.pointer + pointer_token(missing[1]), message=said)


def _is_exact(value: Any) -> bool:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)
        elif isinstance(item, int) and abs(item) > MAX_EXACT_INTEGER:
            return False
    return True


def chosen_shapes(text: str) -> dict[str, Any]:
    """Return what the page sends as ``chosen``; nothing for anything else."""
    try:
        value = json.loads(text or "{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}
