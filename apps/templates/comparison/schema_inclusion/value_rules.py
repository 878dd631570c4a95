"""Rules without schemas in them, such as ``minimum``: whether the known constraints imply them."""

from collections.abc import Callable
from typing import Any

from apps.core.schema import json_schema
from apps.core.schema.keywords import identity
from apps.templates.comparison.schema_inclusion.constraints import Constraints, types_named

# Listed values that are tried one by one.
MAX_LISTED_VALUES = 1_000

_Implies = Callable[[Constraints, Any], bool]


def implies(known: Constraints, keyword: str, rule: Any) -> bool:
    """Return whether every such value keeps ``rule``, as far as can be seen; ``keyword`` is one of RULES."""
    return RULES[keyword](known, rule) or _all_pass(known, {keyword: rule})


def _all_pass(known: Constraints, schema: dict[str, Any]) -> bool:
    values = known.values
    return (
        values is not None
        and len(values) <= MAX_LISTED_VALUES
        and not any(json_schema.problems(schema, v) for v in values)
    )


def _at_least(keyword: str) -> _Implies:
    return lambda known, least: least <= 0 or any(least <= bound for bound in known.rules(keyword))


def _at_most(keyword: str) -> _Implies:
    return lambda known, most: any(bound <= most for bound in known.rules(keyword))


def _minimum(known: Constraints, least: float) -> bool:
    bounds = (*known.rules("minimum"), *known.rules("exclusiveMinimum"))
    return any(least <= bound for bound in bounds)


def _maximum(known: Constraints, most: float) -> bool:
    bounds = (*known.rules("maximum"), *known.rules("exclusiveMaximum"))
    return any(bound <= most for bound in bounds)


def _exclusive_minimum(known: Constraints, least: float) -> bool:
    if any(least < bound for bound in known.rules("minimum")):
        return True
    return any(least <= bound for bound in known.rules("exclusiveMinimum"))


def _exclusive_maximum(known: Constraints, most: float) -> bool:
    if any(bound < most for bound in known.rules("maximum")):
        return True
    return any(bound <= most for bound in known.rules("exclusiveMaximum"))


def _multiple_of(known: Constraints, factor: float) -> bool:
    if factor == 1 and "fraction" not in known.types:
        return True
    # With fractions, a multiple of a multiple need not be one: they are rounded.
    whole = isinstance(factor, int)
    return any(
        held == factor or (whole and isinstance(held, int) and held % factor == 0) for held in known.rules("multipleOf")
    )


def _min_properties(known: Constraints, least: int) -> bool:
    return len(known.required) >= least or any(least <= bound for bound in known.rules("minProperties"))


def _dependent_required(known: Constraints, rule: dict[str, list[str]]) -> bool:
    return all(set(names) <= known.required.union(*_needed(known, key)) for key, names in rule.items())


def _needed(known: Constraints, key: str) -> list[list[str]]:
    return [held[key] for held in known.rules("dependentRequired") if key in held]


def _unique_items(known: Constraints, rule: bool) -> bool:
    return not rule or any(known.rules("uniqueItems")) or known.most_items <= 1


def _listed(known: Constraints, values: list[Any]) -> bool:
    return known.identities is not None and known.identities <= {identity(value) for value in values}


RULES: dict[str, _Implies] = {
    "type": lambda known, rule: known.types <= types_named(rule),
    "enum": _listed,
    "const": lambda known, rule: _listed(known, [rule]),
    "minimum": _minimum,
    "maximum": _maximum,
    "exclusiveMinimum": _exclusive_minimum,
    "exclusiveMaximum": _exclusive_maximum,
    "multipleOf": _multiple_of,
    "minLength": _at_least("minLength"),
    "maxLength": _at_most("maxLength"),
    "pattern": lambda known, rule: rule in known.rules("pattern"),
    "minItems": _at_least("minItems"),
    "maxItems": _at_most("maxItems"),
    "uniqueItems": _unique_items,
    "minProperties": _min_properties,
    "maxProperties": _at_most("maxProperties"),
    "dependentRequired": _dependent_required,
}
