"""Regular expressions from users, run so that none can take forever.

Python's engine is fast but backtracks: ``(a+)+$`` over thirty characters never ends. So a pattern whose repetitions
nest or follow each other, and any pattern over a long text, goes to the linear-time engine inside the CEL library,
which has no look-around and no back-references.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from apps.core.expressions import library

MAX_PATTERN_LENGTH = 256
# Backtracking with a single open repetition is quadratic at worst: a million steps over this many characters.
MAX_BACKTRACKED_LENGTH = 1_000
# So many ways to share a text among repetitions are tried in milliseconds.
MAX_WAYS = 10_000
# The linear engine unrolls counted repetitions, each time it is asked.
MAX_UNROLLED_ATOMS = 1_000
_UNBOUNDED = 2**31

_TOKEN = re.compile(
    r"(?P<escape>\\.)|(?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])|(?P<open>\((?:\?(?:[:=!]|<[=!]|P?<\w+>))?)|(?P<close>\))"
    r"|(?P<repeat>(?:[*+?]|\{(?P<least>[0-9]+)(?P<comma>,(?P<most>[0-9]*))?\})[?+]?)|(?P<branch>\|)|.",
    re.DOTALL,
)
# Some engines read these in a set as sets in it, some as characters.
_SET_OPERATOR = re.compile(r"^\[\^?\[|--|&&|~~|\|\|")
_LINEAR = library.compile("text.matches(pattern)")


class PatternError(ValueError):
    """A pattern that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern. ``backtracks_safely``: Python's engine may run it over short texts. ``is_linear``: the other can."""

    source: str
    backtracks_safely: bool
    is_linear: bool

    def search(self, text: str) -> bool:
        """Return whether it matches anywhere in ``text``. Raises PatternError if no engine can tell in bounded time."""
        if self.backtracks_safely and len(text) <= MAX_BACKTRACKED_LENGTH:
            return re.search(self.source, text) is not None
        if not self.is_linear:
            raise PatternError(f"more than {MAX_BACKTRACKED_LENGTH:,} characters cannot be matched with this pattern")
        return bool(_LINEAR.execute({"text": text, "pattern": self.source}))


@lru_cache(maxsize=1024)
def compile(source: str) -> Pattern:
    """Return the pattern in ``source``. Raises PatternError when it is malformed, too long, or could take forever."""
    if len(source) > MAX_PATTERN_LENGTH:
        raise PatternError(f"a pattern has at most {MAX_PATTERN_LENGTH} characters")
    shape = _Shape(source)
    if shape.ambiguous:
        raise PatternError(
            r"a set in the pattern does not end, or is ambiguous: in sets, write \[ \- \& \~ \| for themselves"
        )
    try:
        re.compile(source)
    except (re.error, OverflowError, RecursionError) as error:
        raise PatternError(f"the pattern is malformed: {error}"[:200]) from None
    linear = shape.size <= MAX_UNROLLED_ATOMS and _linear(source)
    pattern = Pattern(source, not shape.nested and shape.ways <= MAX_WAYS, linear)
    if not pattern.backtracks_safely and not pattern.is_linear:
        raise PatternError(
            "the pattern could take forever: repetitions that nest or follow each other go without look-around, "
            "back-references and large counts"
        )
    return pattern


def _linear(source: str) -> bool:
    try:
        _LINEAR.execute({"text": "", "pattern": source})
    except Exception:  # noqa: BLE001 - the library raises built-in errors of nearly every kind
        return False
    return True


@dataclass(slots=True)
class _Part:
    """An atom, a group, or the whole pattern. ``choice``: it may match in several ways; ``size``: unrolled atoms."""

    choice: bool = False
    size: int = 0

    def add(self, part: "_Part") -> None:
        self.choice |= part.choice
        self.size += part.size


class _Shape:
    """The repetitions of one pattern, read in one pass.

    ``nested``: something that leaves a choice is repeated. ``ways``: in how many ways the repetitions side by side can
    share a text between them, an open one counted as MAX_BACKTRACKED_LENGTH. ``ambiguous``: a set has a set in it, it seems.
    """

    def __init__(self, source: str) -> None:
        self.nested = False
        self.ambiguous = False
        self.ways = 1
        self._open = [_Part()]
        self._last = _Part()
        for token in _TOKEN.finditer(source):
            self._read(token)

    @property
    def size(self) -> int:
        return sum(part.size for part in self._open)

    def _read(self, token: re.Match[str]) -> None:
        match token.lastgroup:
            case "open":
                self._open.append(_Part())
            case "close" if len(self._open) > 1:
                self._last = self._open.pop()
                self._open[-1].add(self._last)
            case "branch":
                self._open[-1].choice = True
            case "repeat":
                self._repeat(*_bounds(token))
            case kind:
                unclosed = token[0] == "["
                self.ambiguous |= unclosed or (kind == "set" and _SET_OPERATOR.search(token[0]) is not None)
                self._last = _Part(size=1)
                self._open[-1].add(self._last)

    def _repeat(self, least: int, most: int) -> None:
        self.nested |= self._last.choice and most > 1
        self.ways *= max(1, min(most, MAX_BACKTRACKED_LENGTH) - least + 1)
        self._open[-1].choice |= most > least
        # An open repetition is a loop in the linear engine, a counted one stands there as often as it may match.
        self._open[-1].size += self._last.size * max(0, (least if most == _UNBOUNDED else most) - 1)


def _bounds(repeat: re.Match[str]) -> tuple[int, int]:
    """Return the minimum and the maximum number of repetitions."""
    if repeat["least"] is None:
        return (0, 1) if repeat[0][0] == "?" else (0, _UNBOUNDED)
    least = int(repeat["least"])
    if repeat["comma"] is None:
        return least, least
    return least, int(repeat["most"]) if repeat["most"] else _UNBOUNDED
