"""Validation of a pool before it is stored: every mistake at once, each with its pointer.

The schema has the keys, types and bounds; here are the rules of Kubernetes, and those of the product.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from apps.core.expressions.placeholders import pointer_token
from apps.core.json import canonical, strict
from apps.core.pools import NAME_PATTERN, NAME_RULE
from apps.core.schema import json_schema
from apps.core.schema.json_schema import Problem
from apps.core.schema.messages import rule_message
from apps.pods.backends.kubernetes.manifest import APP, POOL
from apps.pods.models import PodPool
from apps.pods.spec import environment, kubernetes_syntax, resources
from apps.pods.spec.kubernetes_syntax import Rule
from apps.pods.spec.pool_schema import KEYS, SCHEMA, Schema

# Of all variables as JSON: lists show them, too.
MAX_ENV: Final = 32_000
_OUR_PREFIX: Final = POOL.rpartition("/")[0] + "/"


def problems(fields: Mapping[str, Any], current: PodPool) -> list[Problem]:
    """Return what is wrong with fields of the model, whose values are as in JSON.

    What ``fields`` leaves out is as the ``current`` pool has it. The pointers have the keys of the interfaces:
    ``/nodeSelector/zone``.
    """
    written = {KEYS.get(name, name): value for name, value in fields.items()}
    if oversized := list(_oversized(SCHEMA, written)):
        return oversized
    try:
        strict.check(written)
    except strict.Malformed as error:
        return [error.problem]
    found = json_schema.problems(SCHEMA, written)
    broken = {problem.pointer for problem in found}
    for key, value in written.items():
        # Of a wrong type the schema has said all.
        if key in _RULES and f"/{key}" not in broken:
            found += [problem for problem in _RULES[key](value, f"/{key}") if problem.pointer not in broken]
    return found + _bounds(written, current, broken)


def _oversized(schema: Schema, value: Any, pointer: str = "") -> Iterator[Problem]:
    """Yield lists and maps with too many items. They are reported alone: to look at each entry takes seconds."""
    keyword = "maxItems" if isinstance(value, list) else "maxProperties"
    if isinstance(value, list | dict) and len(value) > schema.get(keyword, len(value)):
        yield Problem(pointer, rule_message(keyword, schema[keyword]))
    elif isinstance(value, dict):
        for key, part in schema.get("properties", {}).items():
            yield from _oversized(part, value.get(key), pointer + pointer_token(key))


def _bounds(written: Mapping[str, Any], current: PodPool, broken: set[str]) -> list[Problem]:
    minimum, maximum = written.get("minimum", current.minimum), written.get("maximum", current.maximum)
    if broken & {"/minimum", "/maximum"} or minimum <= maximum:
        return []
    return [Problem("/maximum" if "maximum" in written else "/minimum", "the minimum is above the maximum")]


Problems = Iterator[Problem]


def _name(value: str, pointer: str) -> Problems:
    if not NAME_PATTERN.fullmatch(value):
        yield Problem(pointer, NAME_RULE)


def _env(value: Mapping[str, Any], pointer: str) -> Problems:
    if len(canonical.dumps(value)) > MAX_ENV:
        yield Problem(pointer, f"must have at most {MAX_ENV:,} characters in all")
    for name, given in value.items():
        place = pointer + pointer_token(name)
        if said := environment.name_problem(name):
            yield Problem(place, said)
        elif isinstance(given, str):
            yield from _problem_if_any(environment.text_problem(name, given), place)
        elif isinstance(given, dict):
            yield from _reference(given, place)


def _reference(given: Mapping[str, Any], pointer: str) -> Problems:
    rules: Mapping[str, Rule] = {"secret": kubernetes_syntax.subdomain, "key": kubernetes_syntax.secret_key}
    for key, rule in rules.items():
        if isinstance(given.get(key), str):
            yield from _problem_if_any(rule(given[key]), f"{pointer}/{key}")


def _selector(value: Mapping[str, Any], pointer: str) -> Problems:
    for key, given in value.items():
        said = kubernetes_syntax.label_key(key)
        if said is None and isinstance(given, str):
            said = kubernetes_syntax.label_value(given)
        yield from _problem_if_any(said, pointer + pointer_token(key))


def _labels(value: Mapping[str, Any], pointer: str) -> Problems:
    for key in value:
        if key in APP or key.startswith(_OUR_PREFIX):
            yield Problem(pointer + pointer_token(key), "this label is set by the product")
    yield from _selector(value, pointer)


def _tolerations(value: list[Any], pointer: str) -> Problems:
    for index, toleration in enumerate(value):
        if isinstance(toleration, dict):
            yield from _toleration(toleration, f"{pointer}/{index}")


def _toleration(given: Mapping[str, Any], pointer: str) -> Problems:
    key, operator, value = given.get("key", ""), given.get("operator", "Equal"), given.get("value", "")
    if isinstance(key, str) and key:
        yield from _problem_if_any(kubernetes_syntax.label_key(key), f"{pointer}/key")
    if not key and operator != "Exists":
        yield Problem(f"{pointer}/operator", "must be Exists where there is no key")
    if operator == "Exists" and value:
        yield Problem(f"{pointer}/value", "Exists takes no value")
    elif isinstance(value, str):
        yield from _problem_if_any(kubernetes_syntax.label_value(value), f"{pointer}/value")
    if "tolerationSeconds" in given and given.get("effect") != "NoExecute":
        yield Problem(f"{pointer}/tolerationSeconds", "comes with the effect NoExecute alone")


def _text(rule: Rule) -> Callable[[Any, str], Problems]:
    return lambda value, pointer: _problem_if_any(rule(value) if value else None, pointer)


def _problem_if_any(said: str | None, pointer: str) -> Problems:
    if said is not None:
        yield Problem(pointer, said)


_RULES: Final[Mapping[str, Callable[[Any, str], Problems]]] = {
    "name": _name,
    "image": _text(kubernetes_syntax.image),
    "resources": resources.problems,
    "env": _env,
    "labels": _labels,
    "nodeSelector": _selector,
    "tolerations": _tolerations,
    "serviceAccount": _text(kubernetes_syntax.subdomain),
    "namespace": _text(kubernetes_syntax.namespace),
}
