"""Query parameters, read as strictly as bodies: an unknown name or an unreadable value is a 400.

In a problem the pointer of a parameter is its name: ``/limit``.
"""

from collections.abc import Collection
from datetime import datetime

from django.http import QueryDict

from apps.core import times
from apps.core.errors import Invalid
from apps.core.expressions.placeholders import pointer_token
from apps.core.schema.json_schema import Problem

MAX_VALUE_LENGTH = 500


class Query:
    """The parameters of one request. Every reader raises :class:`Invalid`; an absent parameter is ``None``."""

    def __init__(self, params: QueryDict, *, known: Collection[str], repeatable: Collection[str] = ()) -> None:
        problems = [Problem(pointer_token(name), "unknown query parameter") for name in params if name not in known]
        for name, values in params.lists():
            if len(values) > 1 and name not in repeatable:
                problems.append(Problem(pointer_token(name), "given more than once"))
            if any("\0" in value or len(value) > MAX_VALUE_LENGTH for value in values):
                problems.append(
                    Problem(pointer_token(name), f"must be text of at most {MAX_VALUE_LENGTH} characters, no NUL")
                )
        if problems:
            raise Invalid(problems)
        self._params = params

    def text(self, name: str) -> str | None:
        return self._params.get(name)

    def texts(self, name: str) -> list[str]:
        return self._params.getlist(name)

    def pairs(self, name: str) -> list[tuple[str, str]]:
        """Return the values of a repeatable parameter that is written ``key:value``."""
        parts = [text.partition(":") for text in self.texts(name)]
        if not all(key and colon for key, colon, _ in parts):
            raise invalid_parameter(name, "must be written key:value")
        return [(key, value) for key, _, value in parts]

    def choice(self, name: str, choices: Collection[str]) -> str | None:
        value = self.text(name)
        if value is not None and value not in choices:
            raise invalid_parameter(name, f"must be one of {', '.join(choices)}")
        return value

    def number(self, name: str, *, minimum: float, maximum: float) -> float | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            number = float(value)
        except ValueError:
            number = float("nan")
        # NaN fails this comparison, too.
        if not minimum <= number <= maximum:
            raise invalid_parameter(name, f"must be a number from {minimum:g} to {maximum:g}")
        return number

    def whole(self, name: str, *, minimum: int, maximum: int) -> int | None:
        number = self.number(name, minimum=minimum, maximum=maximum)
        if number is not None and not number.is_integer():
            raise invalid_parameter(name, f"must be a whole number from {minimum} to {maximum}")
        return None if number is None else int(number)

    def flag(self, name: str) -> bool:
        return self.choice(name, ("true", "false")) == "true"

    def moment(self, name: str) -> datetime | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            return times.parse(value)
        except ValueError as error:
            raise invalid_parameter(name, str(error)) from error


def invalid_parameter(name: str, message: str) -> Invalid:
    """Return the error for one parameter."""
    return Invalid([Problem(pointer_token(name), message)])
