"""Forms of the admin that submit JSON and show problems by their pointers."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.core.json import strict
from apps.core.schema.json_schema import Problem


class CodeText(forms.CharField):
    """A text area for code."""

    def __init__(self, rows: int, **kwargs: Any) -> None:
        attrs = {"rows": rows, "spellcheck": "false", "class": "bs-code", "aria-describedby": "problems"}
        super().__init__(widget=UnfoldAdminTextareaWidget(attrs), strip=False, **kwargs)


class JSONText(CodeText):
    """A text area whose value is read as strictly as the body of a request."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return strict.loads(text.encode())
        except strict.Malformed as error:
            raise ValidationError(_said(error.problem)) from error


class ProblemsForm(forms.Form):
    """A form that shows a service's problems. ``fields_of_keys`` maps keys of a body to fields with another name."""

    fields_of_keys: Mapping[str, str] = {}

    def add_problems(self, problems: Sequence[Problem]) -> None:
        """Add each problem to the field that its pointer leads into."""
        for problem in problems:
            key, _, below = problem.pointer.removeprefix("/").partition("/")
            field = self.fields_of_keys.get(key, key)
            inside = Problem(f"/{below}" if below else "", problem.message)
            if field in self.fields:
                self.add_error(field, self.describe(field, inside))
            else:
                self.add_error(None, _said(problem))

    def describe(self, field: str, inside: Problem) -> ValidationError:
        """Return the message at the field; the rest of the pointer precedes it."""
        return ValidationError(_said(inside))


def _said(problem: Problem) -> str:
    return f"{problem.pointer}: {problem.message}" if problem.pointer else problem.message
