"""Validation of a job template document: every error at once, each with a JSON Pointer (RFC 6901) to its place.

Pure: no Django, no database. The shape is checked first; what is of the right shape is checked for its meaning even
if other parts are broken, so that an author sees everything that needs fixing.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from apps.core import durations, pools
from apps.core.expressions import placeholders
from apps.core.json import strict
from apps.core.schema import json_schema
from apps.core.schema.json_schema import Problem
from apps.templates.documents import dependencies, references
from apps.templates.documents.references import Scope
from apps.templates.documents.schema import DOCUMENT_SCHEMA, MAX_STEPS, UNSUPPORTED_STEP_KEYS, UNSUPPORTED_TEMPLATE_KEYS
from apps.templates.documents.step_types import RESERVED_NAMES, Registry, StepType
from apps.templates.versioning import versions

MAX_PROBLEMS = json_schema.MAX_PROBLEMS
MAX_SECONDS = 365 * 86400.0
# Keys stand in the pointers of all that is below them.
MAX_KEY_LENGTH = 1_000

_TEMPLATE_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_STEP_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
_FAILURE = re.compile(r"timeout|connect|error|http_(?:4xx|5xx|[1-5][0-9]{2})")

Step = Mapping[str, Any]


def is_template_id(text: str) -> bool:
    return _TEMPLATE_ID.fullmatch(text) is not None


def validate(document: Any, types: Registry) -> list[Problem]:
    """Return the errors of ``document``, at most MAX_PROBLEMS, those of its shape first; empty if it is right."""
    try:
        strict.check(document, longest_key=MAX_KEY_LENGTH)
    except strict.Malformed as error:
        return [error.problem]
    found = json_schema.problems(DOCUMENT_SCHEMA, document)
    # A full list may have been cut: what of the rest is sound is unknown.
    if isinstance(document, Mapping) and len(found) < json_schema.MAX_PROBLEMS:
        found += islice(_meaning_problems(_sound_part(document, found), types), MAX_PROBLEMS - len(found))
    return found


def _sound_part(document: Mapping[str, Any], shape: list[Problem]) -> Mapping[str, Any]:
    """Return the document without the keys of the wrong shape; a step keeps its place even if nothing of it is left."""
    if not shape:
        return document
    broken = {"/".join(tokens[:length]) for tokens in (p.pointer.split("/") for p in shape) for length in (2, 3, 4)}
    sound = {key: value for key, value in document.items() if f"/{key}" not in broken and key != "steps"}
    steps = document.get("steps")
    if isinstance(steps, list) and len(steps) <= MAX_STEPS:
        sound["steps"] = [_sound_step(step, f"/steps/{index}/", broken) for index, step in enumerate(steps)]
    return sound


def _sound_step(step: Any, pointer: str, broken: set[str]) -> Step:
    if not isinstance(step, Mapping):
        return {}
    return {key: value for key, value in step.items() if f"{pointer}{key}" not in broken}


def _meaning_problems(document: Mapping[str, Any], types: Registry) -> Iterator[Problem]:
    steps: Sequence[Step] = document.get("steps", [])
    names = {step["name"] for step in steps if "name" in step}
    yield from _template_problems(document, names)
    yield from _name_problems(steps)
    order = list(dependencies.problems(steps))
    yield from order
    # With holes in the graph no more can be asked of a name than that it exists.
    complete = not order and len(names) == len(steps)
    ancestors = dependencies.Ancestors(dependencies.parents(steps)) if complete else None
    for index, step in enumerate(steps):
        scope = _step_scope(step, names, ancestors, types.get(step.get("type", "")))
        yield from _step_problems(step, f"/steps/{index}", scope, types)


def _step_scope(
    step: Step, names: set[str], ancestors: dependencies.Ancestors | None, step_type: StepType | None
) -> Scope:
    def has_ended(other: str) -> bool:
        return ancestors is None or ancestors.is_before(other, step["name"])

    return Scope(names, has_ended, secrets=step_type is None or step_type.secrets)


def _template_problems(document: Mapping[str, Any], names: set[str]) -> Iterator[Problem]:
    yield from _identity_problems(document)
    yield from _unsupported_keys(document, UNSUPPORTED_TEMPLATE_KEYS, "")
    yield from _duration_problems(document, "timeout", "", least=0.001)
    everything = Scope(names, lambda step: True, secrets=False)
    yield from references.placeholder_problems(document.get("output"), "/output", everything)
    for key in ("inputSchema", "outputSchema"):
        if key in document:
            yield from json_schema.check_schema(document[key], f"/{key}")


def _identity_problems(document: Mapping[str, Any]) -> Iterator[Problem]:
    if not is_template_id(document.get("templateId", "absent")):
        yield Problem(
            "/templateId", "must be 1 to 100 letters, digits, '.', '_' or '-', starting with a letter or digit"
        )
    if not versions.is_version(document.get("version", "0.0.0")):
        yield Problem("/version", "must be a semantic version such as 1.2.0 (semver 2.0.0)")


def _name_problems(steps: Sequence[Step]) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for index, step in enumerate(steps):
        if "name" not in step:
            continue
        name, pointer = step["name"], f"/steps/{index}/name"
        if not _STEP_NAME.fullmatch(name):
            yield Problem(pointer, "must be 1 to 100 letters, digits or '_', not starting with a digit")
        elif first.setdefault(name, index) != index:
            yield Problem(pointer, f"the step at /steps/{first[name]} is named {name!r}, too")


def _step_problems(step: Step, pointer: str, scope: Scope, types: Registry) -> Iterator[Problem]:
    yield from _unsupported_keys(step, UNSUPPORTED_STEP_KEYS, pointer)
    if "type" in step:
        yield from _type_problems(step, pointer, scope, types)
    if "when" in step:
        yield from references.condition_problems(step["when"], f"{pointer}/when", scope)
    yield from _duration_problems(step, "timeout", pointer, least=0.001)
    yield from _retry_problems(step.get("retry", {}), f"{pointer}/retry")
    if "pool" in step and not pools.NAME_PATTERN.fullmatch(step["pool"]):
        yield Problem(f"{pointer}/pool", pools.NAME_RULE)


def _retry_problems(retry: Mapping[str, Any], pointer: str) -> Iterator[Problem]:
    for key in ("initialDelay", "maxDelay"):
        yield from _duration_problems(retry, key, pointer, least=0)
    for index, failure in enumerate(retry.get("on", ())):
        if not _FAILURE.fullmatch(failure):
            yield Problem(f"{pointer}/on/{index}", "must be timeout, connect, error, http_4xx, http_5xx or http_NNN")


def _unsupported_keys(part: Mapping[str, Any], keys: Sequence[str], pointer: str) -> Iterator[Problem]:
    for key in keys:
        if key in part:
            yield Problem(f"{pointer}/{key}", f"{key} is not available yet", at_key=True)


def _duration_problems(part: Mapping[str, Any], key: str, pointer: str, *, least: float) -> Iterator[Problem]:
    if key not in part:
        return
    try:
        seconds = durations.parse(part[key])
    except ValueError as error:
        yield Problem(f"{pointer}/{key}", str(error))
        return
    if not least <= seconds <= MAX_SECONDS:
        yield Problem(f"{pointer}/{key}", "a duration is at most 365d" if seconds else "this cannot be zero")


def _type_problems(step: Step, pointer: str, scope: Scope, types: Registry) -> Iterator[Problem]:
    name = step["type"]
    step_type = types.get(name)
    if step_type is not None:
        if "config" in step:
            yield from _config_problems(step["config"], f"{pointer}/config", scope, step_type)
    elif name in RESERVED_NAMES:
        yield Problem(f"{pointer}/type", f"the step type {name!r} is not available yet")
    else:
        yield Problem(f"{pointer}/type", f"there is no step type {name[:100]!r}, only {', '.join(types.names())}")


def _config_problems(config: Mapping[str, Any], pointer: str, scope: Scope, step_type: StepType) -> Iterator[Problem]:
    broken = json_schema.problems(step_type.config_schema, config)
    # A placeholder stands for a value that is only known later: what the schema says of it is asked again then.
    shape = [problem for problem in broken if not _is_known_later(config, problem.pointer)]
    if not shape and len(broken) < MAX_PROBLEMS:
        checks = (step_type.check, step_type.check_written)
        shape = [problem for check in checks if check for problem in check(_without(config, broken))]
    yield from (replace(problem, pointer=pointer + problem.pointer) for problem in shape)
    sources = {key: config[key] for key in step_type.expressions if isinstance(config.get(key), str)}
    for key, source in sources.items():
        yield from references.expression_problems(source, f"{pointer}/{key}", scope)
    rest = {key: value for key, value in config.items() if key not in sources}
    yield from references.placeholder_problems(rest, pointer, scope)


def _is_known_later(config: Mapping[str, Any], pointer: str) -> bool:
    value = placeholders.lookup(config, placeholders.pointer_keys(pointer))
    return isinstance(value, str) and "${" in value


def _without(config: Mapping[str, Any], problems: Iterable[Problem]) -> Mapping[str, Any]:
    """Return the config without the keys under which there are problems."""
    broken = {placeholders.pointer_keys(problem.pointer)[0] for problem in problems}
    return {key: value for key, value in config.items() if key not in broken}
