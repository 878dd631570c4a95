"""Refusals that services raise. The edges map each class to a status; the error carries what a caller needs.

Apps subclass these with the data of their own case (``class VersionExists(Conflict)``).
"""

from collections.abc import Sequence

from apps.core.schema.json_schema import Problem


class Refusal(Exception):
    """An action that was not done. ``detail`` is for people and holds nothing secret."""

    def __init__(self, detail: str, problems: Sequence[Problem] = ()) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problems = tuple(problems)


class Invalid(Refusal):
    """Input that cannot be used; ``problems`` point at each mistake."""

    def __init__(self, problems: Sequence[Problem], detail: str = "") -> None:
        super().__init__(detail or summary(problems), problems)


class TooLarge(Refusal):
    """Input over a limit of size."""


class Hidden(Refusal):
    """An object that does not exist, or that the caller may not see: the response is the same."""

    def __init__(self, detail: str = "There is nothing here.") -> None:
        super().__init__(detail)


class Forbidden(Refusal):
    """An action that the caller may not do on an object that they may see."""

    def __init__(self, detail: str = "You may not do this.") -> None:
        super().__init__(detail)


class Conflict(Refusal):
    """An action that the present state does not allow."""


class Stale(Refusal):
    """A conditional change of an object that has changed since the caller read it."""

    def __init__(
        self, detail: str = "Somebody else has changed it since it was read. Read it again, then send your change."
    ) -> None:
        super().__init__(detail)


class Unavailable(Refusal):
    """A dependency that is unavailable for the moment."""


def summary(problems: Sequence[Problem]) -> str:
    """Return one line: the first problem, and how many more there are."""
    if not problems:
        return "The request cannot be used."
    first = problems[0]
    place = f" (at {first.pointer})" if first.pointer else ""
    more = f", and {len(problems) - 1} more" if len(problems) > 1 else ""
    return f"{first.message}{place}{more}"
