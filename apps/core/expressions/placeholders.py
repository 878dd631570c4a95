"""Placeholders in templates: ``${API_KEY}`` is a secret, ``${input.amount}`` is data, ``$${`` is a literal ``${``.

A string that is one placeholder keeps the value's type; inside longer text a value is written as text (what is not a
string as compact JSON). Only values are read: the keys of objects are never placeholders.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

# Of the variable in an executor's environment that ``${NAME}`` reads.
SECRET_PREFIX = "BASESHIFT_SECRET_"  # noqa: S105
ROOTS = frozenset({"input", "steps", "workflow", "item", "index", "event"})
# Characters filled in by one call. A short template can repeat a large input many times: as text at once, and as
# values when the result is written. The first few values that are taken over whole go uncounted, so that ordinary
# templates do not pay for a walk through their data.
MAX_FILLED_CHARACTERS = 10_000_000
UNCOUNTED_VALUES = 8

_TOKEN = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_SECRET = re.compile(r"[A-Z][A-Z0-9_]*")
_PATH = re.compile(r"""[a-z]+(\.[^\s.$"'\\\[\]{}]+)*""")

Secret = Callable[[str], str]
# The path to a part of a value, its last key first. The parts below a long key share it, as pointers would not.
Way = tuple["Way", str | int] | None


class PlaceholderError(ValueError):
    """A placeholder that cannot be read. ``pointer`` is its place in the value (RFC 6901)."""

    def __init__(self, pointer: str, message: str) -> None:
        super().__init__(message)
        self.pointer = pointer
        self.message = message


class MissingPath(LookupError):
    """A path at which the data has no value."""

    def __init__(self, path: str) -> None:
        super().__init__(f"there is nothing at {path}")
        self.path = path


class SecretMissing(LookupError):
    """A secret of this ``name`` that is not set."""

    def __init__(self, name: str) -> None:
        super().__init__(f"the secret {name} is missing")
        self.name = name


@dataclass(frozen=True, slots=True)
class Reference:
    """One placeholder in a value."""

    # The keys and indexes that lead to the string it is in.
    way: Way
    # The placeholder as it is written.
    text: str
    # What it refers to, split at the dots; for a secret its name alone.
    path: tuple[str, ...]
    # Whether it is a secret and not data.
    is_secret: bool


def references(value: Any) -> list[Reference]:
    """Return every placeholder in ``value``, in order. Raises PlaceholderError for the first malformed one."""
    return list(_references(value, None))


def resolve(value: Any, data: Mapping[str, Any], secret: Secret | None) -> Any:
    """Return a copy of ``value`` with every placeholder filled in.

    MissingPath and SecretMissing say what is not there, PlaceholderError what is malformed or grows too large.
    Values are taken over as they are, not copied: treat the result as read-only.
    """
    return _Filling(data, secret).fill(value)


def pointer_token(key: str | int) -> str:
    """Return one step of a JSON Pointer, escaped and with its slash."""
    return "/" + str(key).replace("~", "~0").replace("/", "~1")


def pointer_keys(pointer: str) -> tuple[str, ...]:
    """Return the steps of a JSON Pointer, unescaped."""
    return tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])


def pointer(way: Way) -> str:
    """Return the JSON Pointer of a path."""
    tokens = []
    while way is not None:
        way, key = way
        tokens.append(pointer_token(key))
    return "".join(reversed(tokens))


def texts_with_placeholders(value: Any, way: Way = None) -> Iterator[tuple[Way, str]]:
    """Return every string in ``value`` that may hold a placeholder, and the path to it."""
    if isinstance(value, str):
        if "${" in value:
            yield way, value
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from texts_with_placeholders(item, (way, key))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from texts_with_placeholders(item, (way, index))


def _references(value: Any, way: Way) -> Iterator[Reference]:
    for place, text in texts_with_placeholders(value, way):
        yield from (part for part in _parts(text, place) if isinstance(part, Reference))


def _parts(text: str, way: Way) -> Iterator[str | Reference]:
    """Return the literal parts and the placeholders of one string."""
    position = 0
    for match in _TOKEN.finditer(text):
        if match.start() > position:
            yield text[position : match.start()]
        yield "${" if match[0] == "$${" else _reference(match, way)
        position = match.end()
    if position < len(text):
        yield text[position:]


def _reference(match: re.Match[str], way: Way) -> Reference:
    inside: str | None = match[1]
    if inside is None:
        raise PlaceholderError(pointer(way), "a placeholder is not closed; write $${ for a literal ${")
    if _SECRET.fullmatch(inside):
        return Reference(way, match[0], (inside,), is_secret=True)
    path = tuple(inside.split("."))
    if not _PATH.fullmatch(inside) or path[0] not in ROOTS:
        message = f"{_short(match[0])} is neither a secret (capitals) nor a path such as input.x"
        raise PlaceholderError(pointer(way), message)
    return Reference(way, match[0], path, is_secret=False)


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "..."


class _Filling:
    """One call of ``resolve``: the data, the secrets, and how much text was filled in so far."""

    def __init__(self, data: Mapping[str, Any], secret: Secret | None) -> None:
        self._data = data
        self._secret = secret
        self._left = MAX_FILLED_CHARACTERS
        self._uncounted = UNCOUNTED_VALUES

    def fill(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value) if "${" in value else value
        if isinstance(value, Mapping):
            return {key: self.fill(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.fill(item) for item in value]
        return value

    def _text(self, text: str) -> Any:
        parts = list(_parts(text, None))
        if len(parts) == 1 and isinstance(parts[0], Reference):
            return self._whole(parts[0])
        return "".join(part if isinstance(part, str) else self._written(part) for part in parts)

    def _written(self, reference: Reference) -> str:
        value = self._value(reference)
        text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        self._spend(len(text))
        return text

    def _whole(self, reference: Reference) -> Any:
        value = self._value(reference)
        if self._uncounted > 0:
            self._uncounted -= 1
        else:
            self._spend(_weight(value, self._left))
        return value

    def _spend(self, characters: int) -> None:
        self._left -= characters
        if self._left < 0:
            raise PlaceholderError("", f"placeholders fill in more than {MAX_FILLED_CHARACTERS:,} characters")

    def _value(self, reference: Reference) -> Any:
        if not reference.is_secret:
            return lookup(self._data, reference.path)
        if self._secret is None:
            raise SecretMissing(reference.path[0])
        return self._secret(reference.path[0])


def _weight(value: Any, enough: int) -> int:
    """Return about how many characters ``value`` has when written; counting stops beyond ``enough``."""
    weight, waiting = 0, [value]
    while waiting and weight <= enough:
        item = waiting.pop()
        weight += len(item) if isinstance(item, str) else 1
        if isinstance(item, Mapping):
            weight += sum(map(len, item))
            waiting.extend(item.values())
        elif isinstance(item, list | tuple):
            waiting.extend(item)
    return weight


def lookup(data: Any, path: tuple[str, ...]) -> Any:
    """Return the value at ``path``: keys of objects, indexes of lists (from 0). Raises MissingPath."""
    for key in path:
        if isinstance(data, Mapping) and key in data:
            data = data[key]
        elif isinstance(data, list | tuple) and key.isascii() and key.isdigit() and int(key) < len(data):
            data = data[int(key)]
        else:
            raise MissingPath(".".join(path))
    return data
