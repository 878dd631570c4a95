"""Kinds of refusal that services raise. The edges turn a kind into a status; the error carries what a caller needs.

Apps subclass these with the data of their own case (``class VersionExists(Conflict)``).
"""

from collections.abc import Sequence

from apps.core.schema.json_schema import Problem


class Refusal(Exception):
    """An act that was not done. ``detail`` is for people and holds nothing secret."""

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class Invalid(Refusal):
    """What was handed in cannot be used; ``problems`` point at each mistake."""

    def __init__(self, problems: Sequence[Problem], detail: str = "") -> None:
        super().__init__(detail or summary(problems), problems)


class TooLarge(Refusal):
    """What was handed in is over a limit of size."""


class Hidden(Refusal):
    """It does not exist, or the caller may not see it: the answer is the same."""

    def __init__(self, detail: str = "There is nothing here.") -> None:
        super().__init__(detail)


class Forbidden(Refusal):
    """The caller may see it, but not do this."""

    def __init__(self, detail: str = "You may not do this.") -> None:
        super().__init__(detail)


class Conflict(Refusal):
    """The present state of things does not allow it."""


class Stale(Refusal):
    """The caller asked for it only if nothing had changed since they read it, and something has."""

    def __init__(
        self, detail: str = "Somebody else has changed it since it was read. Read it again, then send your change."
    ) -> None:
        super().__init__(detail)


class Unavailable(Refusal):
    """A part that is needed is away for the moment."""


def summary(problems: Sequence[Problem]) -> str:
    """One line: the first problem, and how many more there are."""
    if not problems:
        return "The request cannot be used."
    first = problems[0]
    place = f" (at {first.pointer})" if first.pointer else ""
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{first.message}{place}{more}"
