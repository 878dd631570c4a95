"""Source locations in a JSON text. The text must have been parsed before: it is not checked again."""

import json
import re

from apps.core.json.locations import Place, SourceLocation, Walk, place_after

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[][{}]|[^][{}:,"\s]+', re.DOTALL)


def find(text: bytes, root: SourceLocation) -> None:
    """Set the locations of ``root`` and its parts, each where the value begins."""
    characters = text.decode()
    walk, lines = Walk(root), _Lines(characters)
    for token in _TOKEN.finditer(characters):
        first = token[0][0]
        if first in "]}":
            walk.leave()
        elif first == '"' and walk.awaits_key():
            spot = walk.key(json.loads(token[0]))
            if spot:
                spot.key = lines.place(token.start())
        else:
            spot = walk.value()
            if spot:
                spot.place = lines.place(token.start())
            if first in "[{":
                walk.enter(spot, is_object=first == "{")


def of_depth(text: str, depth: int) -> Place:
    """Return the place of the bracket that opens the ``depth``-th level; the text's end if it is not so deep."""
    level = 0
    for token in _TOKEN.finditer(text):
        first = text[token.start()]
        level += (first in "[{") - (first in "]}")
        if level == depth:
            return place_after(text[: token.start()])
    return place_after(text)


class _Lines:
    """Lines and columns of rising offsets."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._seen = self._start = 0
        self._line = 1

    def place(self, offset: int) -> Place:
        self._line += self._text.count("\n", self._seen, offset)
        self._start = max(self._start, self._text.rfind("\n", self._seen, offset) + 1)
        self._seen = offset
        return self._line, offset - self._start + 1
