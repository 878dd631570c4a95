"""JSON objects from outside, read key by key; every mistake is collected with its pointer."""

from collections.abc import Collection
from typing import Any, TypeVar

from rest_framework.request import Request

from apps.core.errors import Invalid
from apps.core.expressions.placeholders import pointer_token
from apps.core.schema.json_schema import Problem

Kind = TypeVar("Kind")


class Body:
    """The object at ``pointer`` of a body. A reader of an absent or wrong key gives ``None``.

    ``problems`` may be shared by the parts of one body; :meth:`settle` raises them all at once.
    """

    def __init__(
        self,
        value: Any,
        *,
        known: Collection[str],
        required: Collection[str] = (),
        pointer: str = "",
        problems: list[Problem] | None = None,
    ) -> None:
        self.pointer = pointer
        self.problems: list[Problem] = [] if problems is None else problems
        self.value: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.problems.append(Problem(pointer, "must be an object"))
            return
        for name in sorted(self.value.keys() - known):
            self.wrong(name, "unknown key")
        for name in required:
            if name not in self.value:
                self.wrong(name, "is required")

    def wrong(self, name: str, message: str) -> None:
        self.problems.append(Problem(self.pointer + pointer_token(name), message))

    def text(self, name: str, *, longest: int, shortest: int = 1) -> str | None:
        value = self.of_type(name, str, "a text")
        if value is not None and not shortest <= len(value) <= longest:
            self.wrong(name, f"must have {shortest} to {longest} characters")
            return None
        return value

    def number(self, name: str, *, minimum: float, maximum: float) -> float | None:
        value: float | None = self.of_type(name, (int, float), "a number")
        if value is not None and not minimum <= value <= maximum:
            self.wrong(name, f"must be from {minimum:g} to {maximum:g}")
            return None
        return value

    def whole(self, name: str, *, minimum: int, maximum: int) -> int | None:
        value = self.number(name, minimum=minimum, maximum=maximum)
        if value is not None and value != int(value):
            self.wrong(name, "must be a whole number")
            return None
        return None if value is None else int(value)

    def of_type(self, name: str, kind: "type[Kind] | tuple[type[Kind], ...]", called: str) -> Kind | None:
        if name not in self.value:
            return None
        value = self.value[name]
        # JSON's booleans are Python's integers, too.
        if not isinstance(value, kind) or isinstance(value, bool):
            self.wrong(name, f"must be {called}")
            return None
        return value

    def settle(self) -> None:
        """Raises :class:`Invalid` if anything was wrong."""
        if self.problems:
            raise Invalid(self.problems)


def required_body(request: Request) -> Any:
    """The body. Invalid if there is none, for calls that would take none for an empty object, and do harm."""
    if request.stream is None:
        raise Invalid([Problem("", "a body is required")])
    return request.data


def refuse_body(request: Request) -> None:
    """For calls that take no body: if there is one in JSON, it is an empty object."""
    if request.content_type == "application/json":
        Body(request.data, known=()).settle()
