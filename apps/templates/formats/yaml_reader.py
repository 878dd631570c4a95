"""YAML for people who write templates by hand, read as the JSON it stands for.

Only what JSON has: YAML 1.1 would read the key ``on`` as true, ``1.0`` is a number here as there, dates stay text.
Aliases are refused, a few lines of them can stand for gigabytes, and so are tags, with which YAML makes other types.
The text is read event by event, so that depth and length cost neither stack nor more than their share of time.
"""

import re
from collections.abc import Iterator
from typing import Any

import yaml

from apps.core.expressions.placeholders import pointer_token
from apps.core.json import strict
from apps.core.json.locations import Place, SourceLocation, Walk, place_after
from apps.core.json.strict import Malformed
from apps.core.schema.json_schema import Problem

# Of so many the parser compares each with each other.
MAX_TAG_DIRECTIVES = 100
# Each costs some microseconds, which only texts of nothing but punctuation make many of.
MAX_VALUES = 1_000_000

# The parser in C is ten times as fast; not every build of the library has it.
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NOT_YAML = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")


def loads(text: bytes) -> Any:
    """Return the value of ``text``. Raises Malformed, with line and column where these are known."""
    characters = _decoded(text)
    reading = _Reader()
    try:
        for event in _events(characters):
            reading.take(event)
    except yaml.MarkedYAMLError as error:
        reason = f"not YAML: {error.problem or error.context}"
        raise Malformed(Problem("", reason, *_end_of(error.problem_mark, characters))) from error
    strict.check(reading.result)
    return reading.result


def find(text: bytes, root: SourceLocation) -> None:
    """Mark ``root`` and its parts: a value where it begins, one that begins on the line below its key at the key."""
    walk = Walk(root)
    for event in _events(_decoded(text)):
        if isinstance(event, yaml.CollectionEndEvent):
            walk.leave()
        elif walk.awaits_key():
            spot = walk.key(event.value)
            if spot:
                spot.key = _start(event)
        else:
            spot = walk.value()
            if spot:
                spot.place = _place(spot, event)
            if not isinstance(event, yaml.ScalarEvent):
                walk.enter(spot, is_object=isinstance(event, yaml.MappingStartEvent))


def _start(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _place(spot: SourceLocation, event: Any) -> Place:
    start = _start(event)
    return spot.key if spot.key and spot.key[0] < start[0] else start


def _decoded(text: bytes) -> str:
    """Return the characters of ``text``. Raises Malformed for bytes and characters that no YAML has."""
    try:
        characters = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start].decode("utf-8-sig")
        raise Malformed(Problem("", f"byte {error.start} is not UTF-8", *place_after(before))) from error
    strange = _NOT_YAML.search(characters)
    if strange:
        before = characters[: strange.start()]
        raise Malformed(Problem("", f"not YAML: it has no character U+{ord(strange[0]):04X}", *place_after(before)))
    return characters


def _end_of(mark: Any, text: str) -> Place:
    """Return where the parser stopped: it may name a line behind the last one, or nothing."""
    end = place_after(text)
    return min((mark.line + 1, mark.column + 1), end) if mark else end


def _malformed(pointer: str, message: str, event: Any) -> Malformed:
    return Malformed(Problem(pointer, message, *_start(event)))


def _events(text: str) -> Iterator[Any]:
    """Yield the scalars, beginnings and ends of the one document in ``text``."""
    if text.count("%TAG") > MAX_TAG_DIRECTIVES:
        raise Malformed(Problem("", "tags are not allowed", *place_after(text[: text.index("%TAG")])))
    documents = values = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.NodeEvent):
            values += 1
            if values > MAX_VALUES:
                raise _malformed("", f"holds more than {MAX_VALUES:,} keys and values", event)
            yield event
        elif isinstance(event, yaml.CollectionEndEvent):
            yield event
        elif isinstance(event, yaml.DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise _malformed("", "another document begins: a text has one", event)


class _Reader:
    """The value of one text, put together from its events. ``result`` is null until one comes."""

    def __init__(self) -> None:
        self.result: Any = None
        # Objects and lists that have not ended, and of each the key or index that was reached.
        self._open: list[dict[str, Any] | list[Any]] = []
        self._path: list[str | int] = []
        self._has_key = False

    def take(self, event: Any) -> None:
        if isinstance(event, yaml.CollectionEndEvent):
            self._open.pop()
            self._path.pop()
        elif self._open and isinstance(self._open[-1], dict) and not self._has_key:
            self._take_key(event, self._open[-1])
        else:
            self._take_value(event)

    def _take_key(self, event: Any, inside: dict[str, Any]) -> None:
        self._check(event)
        key = self._scalar(event) if isinstance(event, yaml.ScalarEvent) else None
        if not isinstance(key, str):
            raise self._refused("keys must be text: put it in quotes", event)
        self._path[-1], self._has_key = key, True
        if key in inside:
            raise self._refused("this key is given twice", event)

    def _take_value(self, event: Any) -> None:
        if self._open and isinstance(self._open[-1], list):
            self._path[-1] = len(self._open[-1])
        self._check(event)
        if isinstance(event, yaml.ScalarEvent):
            self._put(self._scalar(event))
            return
        if len(self._open) == strict.MAX_DEPTH:
            raise self._refused(f"nested deeper than {strict.MAX_DEPTH}", event)
        value: dict[str, Any] | list[Any] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._put(value)
        self._open.append(value)
        self._path.append("")

    def _put(self, value: Any) -> None:
        if not self._open:
            self.result = value
        elif isinstance(inside := self._open[-1], list):
            inside.append(value)
        else:
            inside[str(self._path[-1])] = value
            self._has_key = False

    def _scalar(self, event: Any) -> Any:
        try:
            return _word(event.value) if event.implicit[0] else event.value
        except ValueError:
            raise self._refused("this number has too many digits", event) from None

    def _check(self, event: Any) -> None:
        if isinstance(event, yaml.AliasEvent):
            raise self._refused("aliases are not allowed", event)
        if event.tag is not None:
            raise self._refused("tags are not allowed", event)

    def _refused(self, message: str, event: Any) -> Malformed:
        in_key = self._open and isinstance(self._open[-1], dict) and not self._has_key
        path = self._path[:-1] if in_key else self._path
        return _malformed("".join(map(pointer_token, path)), message, event)


def _word(text: str) -> Any:
    """Return what a plain word means. Raises ValueError for digits that Python does not read."""
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    return float(text) if number[1] or number[2] else int(text)
