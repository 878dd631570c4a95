"""The parts of a JSON Schema that apply to a value: what ``$ref`` and ``allOf`` lead to, and the branches that are in force.

``if``, ``dependentSchemas`` and ``dependentRequired`` are decided for the value at hand, by the one validator.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from apps.core.json import canonical
from apps.core.schema import json_schema, references
from apps.core.schema.dialect import resource
from apps.core.schema.references import Resolver

# To the validator. Of a large schema fewer are asked: its parts may be large, too.
MAX_QUESTIONS = 200
MAX_ASKED = 5_000_000


class FormUnavailable(Exception):
    """The schema or the input is not for a form; the reason is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class FormTooLarge(FormUnavailable):
    def __init__(self) -> None:
        super().__init__("The input schema is too large for a form: write the input as JSON.")


class Absent:
    """Stands for a value that is not there."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class FormPart:
    """A subschema; ``place`` resolves the references that stand in it."""

    schema: Any
    place: Resolver

    def at(self, *tokens: str | int) -> "FormPart":
        schema = self.schema
        for token in tokens:
            schema = schema[token]
        is_schema = isinstance(schema, Mapping)
        return FormPart(schema, self.place.in_subresource(resource(schema)) if is_schema else self.place)

    def without(self, key: str) -> "FormPart":
        return FormPart({name: rule for name, rule in self.schema.items() if name != key}, self.place)


class SchemaParts:
    """A schema that has passed ``schemas.check_schema``, to be asked about its parts."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        # With it, the library would take its own class for the dialect, and so its own keywords.
        bare = {key: rule for key, rule in schema.items() if key != "$schema"}
        self.root = FormPart(bare, references.resolver(bare))
        self._questions_left = min(MAX_QUESTIONS, MAX_ASKED // len(canonical.dumps(schema)))

    def problems(self, part: FormPart, value: Any, pointer: str = "") -> list[json_schema.Problem]:
        """Return what of one part the value breaks, with pointers below ``pointer``. TooLarge after many such questions."""
        self._questions_left -= 1
        if self._questions_left < 0:
            raise FormTooLarge
        return json_schema.problems_of_part(part.schema, part.place, value, pointer)

    def in_force(self, part: FormPart, value: Any) -> list[FormPart]:
        """Return the part and all that it brings in for the value, each once. FormTooLarge."""
        found: dict[int, FormPart] = {}
        waiting = [part]
        while waiting:
            one = waiting.pop()
            if id(one.schema) not in found:
                found[id(one.schema)] = one
                if isinstance(one.schema, Mapping):
                    waiting.extend(reversed(list(self._brought(one, value))))
        return list(found.values())

    def _brought(self, part: FormPart, value: Any) -> Iterator[FormPart]:
        schema = part.schema
        if "$ref" in schema:
            target = part.place.lookup(schema["$ref"])
            yield FormPart(target.contents, target.resolver)
        for index in range(len(schema.get("allOf", ()))):
            yield part.at("allOf", index)
        if "if" in schema and not isinstance(value, Absent):
            branch = "else" if self.problems(part.at("if"), value) else "then"
            if branch in schema:
                yield part.at(branch)
        if isinstance(value, Mapping):
            for name in schema.get("dependentSchemas", ()):
                if name in value:
                    yield part.at("dependentSchemas", name)


def required(parts: Sequence[FormPart], value: Any) -> list[str]:
    """Return the keys that an object must have, those that depend on keys it has included."""
    names: dict[str, None] = {}
    for part in parts:
        names |= dict.fromkeys(part.schema.get("required", ()))
        for name, others in part.schema.get("dependentRequired", {}).items():
            if isinstance(value, Mapping) and name in value:
                names |= dict.fromkeys(others)
    return list(names)
