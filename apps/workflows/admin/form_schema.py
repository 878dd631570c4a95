"""The form that an input schema asks for, for the input at hand.

The library on the page knows less of JSON Schema than the one validator does, and takes from a schema what its author
must not be able to give it: options, addresses to fetch, text as HTML. So it never gets the author's schema but one
written here, in which references are followed, what is merged by ``allOf`` is merged, and the branches are taken that
are in force for the input. What has no field of its own (say, ``not``) is left to the validator.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from apps.core.expressions.placeholders import pointer_token
from apps.core.schema.json_schema import Problem
from apps.workflows.admin import form_fields
from apps.workflows.admin.form_fields import Field
from apps.workflows.admin.schema_parts import ABSENT, FormPart, FormTooLarge, FormUnavailable, SchemaParts, required

MAX_FIELDS = 2_000
# Deeper than this, and so where a schema refers to itself, a value is written as JSON.
MAX_DEPTH = 8
# A list that must have more items begins without them.
MAX_INITIAL_ITEMS = 20
# The page's library keeps fields by their keys in plain objects of JavaScript, which have these already.
RESERVED_KEYS = frozenset(
    {
        *("__proto__", "__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"),
        *("constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable"),
        *("toLocaleString", "toString", "valueOf"),
    }
)
RESERVED_KEY_NOTE = "There are keys that the form cannot keep: write the input as JSON."


@dataclass(frozen=True, slots=True)
class FieldLocation:
    """A location in the input, with what is known of it from above."""

    # The present value, ABSENT if there is none.
    value: Any
    pointer: str = ""
    # Written so that nobody reads it over a shoulder: it, or what it is part of, is writeOnly.
    secret: bool = False
    # Whether the object that it belongs to must have it.
    wanted: bool = True
    # Levels below the root.
    depth: int = 0

    def below(self, token: str | int, value: Any, *, wanted: bool = True) -> "FieldLocation":
        return FieldLocation(value, self.pointer + pointer_token(token), self.secret, wanted, self.depth + 1)


class Form:
    """``fields`` is what the page gets. FormUnavailable if there can be none."""

    def __init__(self, schema: Mapping[str, Any], value: Any) -> None:
        self._whole = SchemaParts(schema)
        self._left = MAX_FIELDS
        # Where the page lets choose between shapes: the shapes, and the value that is to have one of them.
        self._shapes: dict[str, tuple[list[FormPart], Any]] = {}
        self.fields = self._field([self._whole.root], FieldLocation(value))

    def problems_of_shape(self, pointer: str, chosen: Mapping[str, Any]) -> list[Problem]:
        """Return what the shape that is chosen at ``pointer`` finds wrong: the validator says only that none fits."""
        shapes, value = self._shapes.get(pointer, ([], None))
        index = chosen.get(pointer)
        if isinstance(index, int) and 0 <= index < len(shapes):
            return self._whole.problems(shapes[index], value, pointer)
        return []

    def _field(self, parts: Sequence[FormPart], location: FieldLocation) -> Field:
        return self._of([held for part in parts for held in self._whole.in_force(part, location.value)], location)

    def _of(self, parts: Sequence[FormPart], location: FieldLocation) -> Field:
        self._left -= 1
        if self._left < 0:
            raise FormTooLarge
        if location.depth > MAX_DEPTH:
            return form_fields.json_field({}, secret=location.secret)
        parts = [part for part in parts if isinstance(part.schema, Mapping)]
        rules = [part.schema for part in parts]
        if any(one.get("writeOnly") is True for one in rules):
            location = replace(location, secret=True)
        said = form_fields.annotations(rules)
        values = form_fields.choices(rules)
        if values is not None and not location.secret:
            return form_fields.choice_field(values, said)
        for key in ("oneOf", "anyOf"):
            for index, part in enumerate(parts):
                if key in part.schema:
                    rest = [*parts[:index], part.without(key), *parts[index + 1 :]]
                    return self._choice_of_shapes(
                        [part.at(key, at) for at in range(len(part.schema[key]))], rest, location
                    )
        return self._of_kinds(parts, form_fields.value_types(rules), said, location)

    def _choice_of_shapes(self, shapes: list[FormPart], rest: list[FormPart], location: FieldLocation) -> Field:
        said = form_fields.annotations([part.schema for part in rest])
        constants = form_fields.constants([shape.schema for shape in shapes])
        if constants and not location.secret:
            return form_fields.choice_field(list(constants.values()), said, titles=list(constants))
        self._shapes[location.pointer] = (shapes, location.value)
        fields = []
        for number, shape in enumerate(shapes, start=1):
            held = [part for part in self._whole.in_force(shape, location.value) if isinstance(part.schema, Mapping)]
            name = form_fields.name_of_shape([part.schema for part in held], number)
            # First the shape's own parts: what they say goes before what is said of all shapes.
            fields.append({**self._of([*held, *rest], replace(location, depth=location.depth + 1)), "title": name})
        return {**said, "oneOf": fields}

    def _of_kinds(self, parts: Sequence[FormPart], kinds: list[str], said: Field, location: FieldLocation) -> Field:
        if not 0 < len(kinds) <= form_fields.MAX_TYPES:
            return form_fields.json_field(said, secret=location.secret)
        fields = [self._of_kind(kind, parts, said, location) for kind in kinds]
        if len(fields) == 1:
            return fields[0]
        return {
            **said,
            "oneOf": [
                {**field, "title": form_fields.TYPE_LABELS[kind]} for kind, field in zip(kinds, fields, strict=True)
            ],
        }

    def _of_kind(self, kind: str, parts: Sequence[FormPart], said: Field, location: FieldLocation) -> Field:
        if kind == "object":
            return self._object(parts, said, location)
        if kind == "array":
            return self._list(parts, said, location)
        rules = [part.schema for part in parts]
        return form_fields.scalar_field(
            kind, rules, said, location.value, secret=location.secret, wanted=location.wanted
        )

    def _object(self, parts: Sequence[FormPart], said: Field, location: FieldLocation) -> Field:
        given: Mapping[str, Any] = location.value if isinstance(location.value, Mapping) else {}
        must = required(parts, location.value)
        named: dict[str, list[FormPart]] = {}
        for part in parts:
            for name in part.schema.get("properties", ()):
                named.setdefault(name, []).append(part.at("properties", name))
        for name in must:
            named.setdefault(name, [])
        if not RESERVED_KEYS.isdisjoint({*named, *given}):
            raise FormUnavailable(RESERVED_KEY_NOTE)
        shown = {name: held for name, held in named.items() if not any(part.schema is False for part in held)}
        rest = [part.at("additionalProperties") for part in parts if "additionalProperties" in part.schema]
        if not shown and not any(isinstance(part.schema, Mapping) for part in rest):
            return form_fields.json_field(said, secret=location.secret)
        fields = {
            name: self._field(held, location.below(name, given.get(name, ABSENT), wanted=name in must))
            for name, held in shown.items()
        }
        return {**said, "type": "object", "properties": fields, "required": must, **self._other_keys(rest, location)}

    def _other_keys(self, parts: list[FormPart], location: FieldLocation) -> Field:
        if any(part.schema is False for part in parts):
            return {"additionalProperties": False}
        rules = [part for part in parts if isinstance(part.schema, Mapping)]
        if not rules:
            # Such keys are kept if the input has them; the form itself offers to add only what the schema speaks of.
            return {"additionalProperties": form_fields.json_field({}, secret=location.secret)}
        field = self._field(rules, location.below("*", ABSENT))
        return {"additionalProperties": field, "options": {"keys": True}}

    def _list(self, parts: Sequence[FormPart], said: Field, location: FieldLocation) -> Field:
        rules = [part.schema for part in parts]
        first = [part.at("prefixItems") for part in parts if "prefixItems" in part.schema][:1]
        rest = [part.at("items") for part in parts if "items" in part.schema]
        if not first and not any(isinstance(part.schema, Mapping) for part in rest):
            return form_fields.json_field(said, secret=location.secret)
        field = {**said, "type": "array", **_bounds(rules)}
        prefix = [first[0].at(index) for index in range(len(first[0].schema))] if first else []
        return {**field, **self._items(prefix, rest, location)}

    def _items(self, prefix: list[FormPart], rest: list[FormPart], location: FieldLocation) -> Field:
        """One schema for all items; or, where branches differ, one each for those that are there, and one for more."""
        given: Sequence[Any] = location.value if isinstance(location.value, list) else []
        more = self._field(rest, location.below(len(given), ABSENT))
        each = [
            self._field([prefix[index]] if index < len(prefix) else rest, location.below(index, value))
            for index, value in enumerate([*given, *([ABSENT] * (len(prefix) - len(given)))])
        ]
        if all(field == more for field in each):
            return {"items": more}
        closed = any(part.schema is False for part in rest)
        return {"items": each, "additionalItems": False if closed else more}


def _bounds(rules: Sequence[Mapping[str, Any]]) -> Field:
    least, most = form_fields.first_value(rules, "minItems"), form_fields.first_value(rules, "maxItems")
    bounds = {"minItems": least if (least or 0) <= MAX_INITIAL_ITEMS else None, "maxItems": most}
    return {key: bound for key, bound in bounds.items() if bound is not None}
