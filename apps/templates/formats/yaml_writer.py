"""JSON written as YAML for people and for git.

Keys keep the order of the document, each value has a line of its own, and a text stands as it is wherever no reader
of YAML could take it for anything else: the same document is always the same text, and a small change a small
difference. ``yaml_text`` reads back exactly what was written.
"""

import json
import re
from typing import Any

# A longer key must be announced.
MAX_PLAIN_KEY_LENGTH = 200
_INDENT = "  "

# Words, versions and durations. What begins with any other digit, sign or bracket is put in quotes.
_PLAIN = re.compile(
    r"(?:[^\W\d]|[$/]|\d+\.\d+\.\d+(?![\d.:_])|\d+(?:ms|s|m|h|d)\Z)(?:[^:#\s]|:(?=\S)|(?<=\S)#|[ ](?=\S))*"
)
# Other readers of YAML take these for true, false, null or a number.
_WORDS = frozenset({"true", "false", "null", "yes", "no", "on", "off", "y", "n"})
# Controls, characters without a width, those that turn the direction of text, and breaks of lines.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\xa0\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff"
    "\U000e0000-\U000e007f]"
)
_ENDS_IN_BLANK = re.compile(r"[ \t]$", re.MULTILINE)
_BEGINS_WITH_BLANK = re.compile(r"[ \t\n]")


class TooLong(ValueError):
    """Refusal to write more characters than wanted."""


def dumps(value: Any, *, limit: int | None = None) -> str:
    """Return JSON ``value`` as a block of YAML with a line's end. Raises TooLong beyond ``limit`` characters."""
    return "\n".join(_YamlWriter(limit).written(value)) + "\n"


class _YamlWriter:
    """Lines so far. ``indent`` is that of the value's children; a ``head`` is what stands before a value."""

    def __init__(self, limit: int | None) -> None:
        self._lines: list[str] = []
        self._left = float("inf") if limit is None else limit

    def written(self, value: Any) -> list[str]:
        if isinstance(value, dict) and value:
            self._mapping("", "", value)
        elif isinstance(value, list) and value:
            self._sequence("", "", value)
        else:
            self._add(_scalar(value))
        return self._lines

    def _add(self, line: str) -> None:
        self._left -= len(line) + 1
        if self._left < 0:
            raise TooLong
        self._lines.append(line)

    def _mapping(self, first: str, indent: str, mapping: dict[str, Any]) -> None:
        """Write a mapping. ``first`` stands before the first key, ``indent`` before the others."""
        for key, item in mapping.items():
            text = _text(key)
            if len(text) > MAX_PLAIN_KEY_LENGTH:
                self._add(f"{first}? {text}")
                self._value(f"{indent}:", indent, item)
            else:
                self._value(f"{first}{text}:", indent, item)
            first = indent

    def _sequence(self, first: str, indent: str, items: list[Any]) -> None:
        head, inner = f"{first}-", indent + _INDENT
        for item in items:
            if isinstance(item, dict) and item:
                self._mapping(f"{head} ", inner, item)
            elif isinstance(item, list) and item:
                self._sequence(f"{head} ", inner, item)
            else:
                self._value(head, indent, item)
            head = f"{indent}-"

    def _value(self, head: str, indent: str, value: Any) -> None:
        inner = indent + _INDENT
        if isinstance(value, dict) and value:
            self._add(head)
            self._mapping(inner, inner, value)
        elif isinstance(value, list) and value:
            self._add(head)
            self._sequence(inner, inner, value)
        elif isinstance(value, str) and "\n" in value and _stands_in_lines(value):
            self._add(f"{head} {_block_head(value)}")
            for line in value.removesuffix("\n").split("\n"):
                self._add(inner + line if line else "")
        else:
            self._add(f"{head} {_scalar(value)}")


def _stands_in_lines(text: str) -> bool:
    """Return whether it can be written line by line: all can be seen, and no editor would strip its ends."""
    visible = text.replace("\n", "").replace("\t", "")
    return bool(visible) and not _UNSEEN.search(visible) and not _ENDS_IN_BLANK.search(text)


def _block_head(text: str) -> str:
    depth = str(len(_INDENT)) if _BEGINS_WITH_BLANK.match(text) else ""
    if not text.endswith("\n"):
        return f"|{depth}-"
    return f"|{depth}+" if text.endswith("\n\n") else f"|{depth}"


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return _text(value)
    if type(value) in (int, float):
        return repr(value)
    # Of dicts and lists only empty ones come here.
    return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS and not _UNSEEN.search(text):
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNSEEN.sub(_escape, quoted)


def _escape(character: re.Match[str]) -> str:
    code = ord(character[0])
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
