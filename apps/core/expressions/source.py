"""Static analysis of a CEL expression's text: its nesting, its loops, and which steps it names.

The library compiles and runs but gives no tree, so the text is read token by token. Where the reading is unsure it
errs on the safe side: more loops, and unknown steps.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

COMPREHENSIONS = frozenset({"all", "exists", "exists_one", "existsOne", "map", "filter"})
_COPYING = frozenset({"map", "filter"})

_TOKEN = re.compile(
    r"""
      (?P<blank> \s+ | //[^\n]* )
    | (?P<raw> [bB]?[rR] (?: \"{3}.*?\"{3} | '{3}.*?'{3} | "[^"\n\r]*" | '[^'\n\r]*' ) )
    | (?P<text> [bB]? (?: \"{3}(?:\\.|[^\\])*?\"{3} | '{3}(?:\\.|[^\\])*?'{3}
                        | "(?:\\.|[^"\\\n\r])*" | '(?:\\.|[^'\\\n\r])*' ) )
    | (?P<number> [0-9]+ (?: \.[0-9]+ )? (?: [eE][+-]?[0-9]+ )? )
    | (?P<name> [A-Za-z_][A-Za-z0-9_]* )
    | (?P<mark> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_STEP_NAME = re.compile(r"""["']([A-Za-z_][A-Za-z0-9_]*)["']""")


@dataclass(frozen=True, slots=True)
class Outline:
    """The result of the analysis."""

    # How deep brackets are nested.
    nesting: int
    # The comprehensions called, in order.
    loops: tuple[str, ...]
    # How deep comprehensions are nested.
    loop_nesting: int
    # Whether a comprehension builds a list.
    copies: bool
    # Whether ``in`` is used.
    searches: bool
    # How often ``+`` may join lists.
    joins: int
    # Whether lists or objects are written out or joined.
    builds: bool
    # How many names the expression has in all.
    names: int
    # The steps that it names; None if that cannot be known (see Expression).
    steps: frozenset[str] | None


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def outline(source: str) -> Outline:
    """Analyse ``source``, which need not be valid CEL."""
    tokens = list(_tokens(source))
    names = [token.text for token in tokens if token.kind == "name"]
    loops = tuple(tokens[at - 1].text for at in _loop_brackets(tokens))
    nesting, loop_nesting = _depths(tokens)
    joins = sum(_may_join(tokens, at) for at in range(len(tokens)))
    return Outline(
        nesting=nesting,
        loops=loops,
        loop_nesting=loop_nesting,
        copies=any(loop in _COPYING for loop in loops),
        searches="in" in names,
        joins=joins,
        builds=joins > 0 or any(_opens_literal(tokens, at) for at in range(len(tokens))),
        names=len(names),
        steps=_steps(tokens),
    )


def _tokens(source: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(source):
        if match.lastgroup and match.lastgroup != "blank":
            yield _Token(match.lastgroup, match[0])


def _loop_brackets(tokens: list[_Token]) -> list[int]:
    """Return the positions of the opening brackets of comprehension calls: ``.`` name ``(``."""
    return [
        at
        for at in range(2, len(tokens))
        if tokens[at].text == "(" and tokens[at - 1].text in COMPREHENSIONS and tokens[at - 2].text == "."
    ]


def _may_join(tokens: list[_Token], at: int) -> bool:
    """Return whether a ``+`` may join two lists: not next to a text, a number or ``string(...)``."""
    if tokens[at].text != "+" or tokens[at].kind != "mark":
        return False
    neighbours = tokens[max(at - 1, 0) : at] + tokens[at + 1 : at + 2]
    return not any(token.kind in ("text", "raw", "number") or token.text == "string" for token in neighbours)


def _opens_literal(tokens: list[_Token], at: int) -> bool:
    """Return whether a list or an object is written out here (and not an index: ``a[0]``)."""
    text = tokens[at].text
    return text == "{" or (text == "[" and (at == 0 or not _is_operand(tokens[at - 1])))


def _is_operand(token: _Token) -> bool:
    return token.kind != "mark" or token.text in ")]}"


def _depths(tokens: list[_Token]) -> tuple[int, int]:
    """Return how deep brackets are nested, and how deep comprehensions are."""
    opening_loops = set(_loop_brackets(tokens))
    open_brackets: list[bool] = []
    deepest = deepest_loop = 0
    for at, token in enumerate(tokens):
        if token.kind != "mark":
            continue
        if token.text in "([{":
            open_brackets.append(at in opening_loops)
            deepest = max(deepest, len(open_brackets))
            deepest_loop = max(deepest_loop, sum(open_brackets))
        elif token.text in ")]}" and open_brackets:
            open_brackets.pop()
    return deepest, deepest_loop


def _steps(tokens: list[_Token]) -> frozenset[str] | None:
    names = set()
    for at, token in enumerate(tokens):
        if token.text != "steps" or token.kind != "name" or _is_field(tokens, at):
            continue
        name = _step_after(tokens[at + 1 : at + 4])
        if name is None:
            return None
        names.add(name)
    return frozenset(names)


def _is_field(tokens: list[_Token], at: int) -> bool:
    """Return whether the name is a field of something (``input.steps``) and not the variable."""
    if at < 2 or tokens[at - 1].text != ".":
        return False
    return _is_operand(tokens[at - 2])


def _step_after(tokens: list[_Token]) -> str | None:
    """Return NAME of ``.NAME`` or ``["NAME"]``; None for anything else."""
    match tokens:
        case [_Token(text="."), _Token(kind="name", text=name), *_]:
            return name
        case [_Token(text="["), _Token(kind="text", text=text), _Token(text="]")]:
            found = _STEP_NAME.fullmatch(text)
            return found[1] if found else None
    return None
