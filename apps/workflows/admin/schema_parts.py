"""Which parts of a JSON Schema speak of a value: what ``$ref`` and ``allOf`` lead to, and the branches that are in force.

``if``, ``dependentSchemas`` and ``dependentRequired`` are decided for the value at hand, by the one validator.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, unquote

from apps.core import canonical, schemas
from apps.core.placeholders import pointer_token

_WHOLE = "urn:whole"
# Each question to the validator takes the whole schema along: of a large one fewer are asked.
MAX_QUESTIONS = 200
MAX_ASKED = 1_000_000


class NoForm(Exception):
    """The schema or the input is not for a form; the reason is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class TooLarge(NoForm):
    def __init__(self) -> None:
        super().__init__("The input schema is too large for a form: write the input as JSON.")


class Absent:
    """Stands for a value that is not there."""


ABSENT: Final = Absent()


@dataclass(frozen=True, slots=True)
class Part:
    """A subschema and where it stands in the whole schema (RFC 6901)."""

    pointer: str
    schema: Any

    def at(self, *tokens: str | int) -> "Part":
        schema, pointer = self.schema, self.pointer
        for token in tokens:
            schema, pointer = schema[token], pointer + pointer_token(token)
        return Part(pointer, schema)

    def without(self, key: str) -> "Part":
        return Part(self.pointer, {name: rule for name, rule in self.schema.items() if name != key})


class Whole:
    """A schema that has passed ``schemas.check_schema``, to be asked about its parts."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self.root = Part("", schema)
        # A part may refer to any other: it is asked within the whole, under a name of the whole's own.
        named = {key: rule for key, rule in schema.items() if key != "$schema"} | {"$id": _WHOLE}
        self._asked = {"$defs": {"whole": named}}
        self._questions_left = min(MAX_QUESTIONS, MAX_ASKED // len(canonical.dumps(schema)))

    def problems(self, part: Part, value: Any, pointer: str = "") -> list[schemas.Problem]:
        """What of one part the value breaks, with pointers below ``pointer``. TooLarge after many such questions."""
        self._questions_left -= 1
        if self._questions_left < 0:
            raise TooLarge
        return schemas.problems({**self._asked, "$ref": f"{_WHOLE}#{quote(part.pointer)}"}, value, pointer)

    def in_force(self, part: Part, value: Any) -> list[Part]:
        """The part and all that it brings in for the value, each once. TooLarge."""
        found: dict[str, Part] = {}
        waiting = [part]
        while waiting:
            one = waiting.pop()
            if one.pointer not in found:
                found[one.pointer] = one
                if isinstance(one.schema, Mapping):
                    waiting.extend(reversed(list(self._brought(one, value))))
        return list(found.values())

    def _brought(self, part: Part, value: Any) -> Iterator[Part]:
        schema = part.schema
        target = self._target(schema["$ref"]) if "$ref" in schema else None
        if target is not None:
            yield target
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

    def _target(self, reference: str) -> Part | None:
        """The part that a reference names by its place; None for an anchor."""
        if not (reference == "#" or reference.startswith("#/")):
            return None
        part = self.root
        for token in unquote(reference).split("/")[1:]:
            name = token.replace("~1", "/").replace("~0", "~")
            part = part.at(int(name) if isinstance(part.schema, list) else name)
        return part


def required(parts: Sequence[Part], value: Any) -> list[str]:
    """The keys that an object must have, those that depend on keys it has included."""
    names: dict[str, None] = {}
    for part in parts:
        names |= dict.fromkeys(part.schema.get("required", ()))
        for name, others in part.schema.get("dependentRequired", {}).items():
            if isinstance(value, Mapping) and name in value:
                names |= dict.fromkeys(others)
    return list(names)
