"""Form fields that edit a JSON object or list as rows of cells.

The cells of a column share a name, so rows need no numbers: static/src/rows.js adds and removes them, and without
JavaScript one more row stands there each time. A row that is left as it was offered is left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField

Row = dict[str, str]
NO_NULL = "Null characters are not allowed."
# Rows as they were sent, each with its number among all of them.
Numbered = Sequence[tuple[int, Row]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the rows."""

    # In the names of the form's inputs, and the key of a cell in its row.
    name: str
    # The column's heading.
    label: str
    # Value and label of each option, the first for a new row; empty: any text.
    choices: tuple[tuple[str, str], ...] = ()
    # Texts that the browser proposes.
    suggestions: tuple[str, ...] = ()
    # Shown in an empty cell.
    hint: str = ""
    # Whether spaces and lines are kept as they are written.
    is_text: bool = False

    @property
    def first(self) -> str:
        return self.choices[0][0] if self.choices else ""

    def read(self, text: str) -> str:
        # Forms send their own line ends.
        return text.replace("\r\n", "\n").replace("\r", "\n") if self.is_text else text.strip()


class RowError(ValidationError):
    """One problem of a row, numbered from 0; ``column`` is "" if it is not of one cell."""

    def __init__(self, message: str, row: int, column: str = "") -> None:
        super().__init__(message)
        self.row = row
        self.column = column


class RowsWidget(forms.Widget):
    """A widget that reads rows; BoundRows and templates/admin/parts/rows.html render them."""

    use_fieldset = True

    def __init__(self, columns: Sequence[Column]) -> None:
        super().__init__()
        self.columns = columns

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        cells = [[column.read(text) for text in data.getlist(f"{name}-{column.name}")] for column in self.columns]
        names = [column.name for column in self.columns]
        return [dict(zip(names, row, strict=True)) for row in zip_longest(*cells, fillvalue="")]


class BoundRows(BoundField):
    """The bound field. ``rows``: each with its cells and problems; ``own_errors``: problems of no single row."""

    field: "RowsField"

    @property
    def blank(self) -> list[dict[str, Any]]:
        return [{"column": column, "value": column.first} for column in self.field.columns]

    @property
    def rows(self) -> list[dict[str, Any]]:
        errors = [error for error in self.errors.as_data() if isinstance(error, RowError)]
        return [self._row(index, row, errors) for index, row in self.field.filled(self.value())]

    @property
    def own_errors(self) -> list[str]:
        others = [error for error in self.errors.as_data() if not isinstance(error, RowError)]
        return [message for error in others for message in error.messages]

    def value(self) -> list[Row]:
        return self.data if self.form.is_bound else self.field.written(self.initial)

    def _row(self, index: int, row: Row, errors: Sequence[RowError]) -> dict[str, Any]:
        mine = [error for error in errors if error.row == index]
        wrong = {error.column for error in mine}
        cells = [
            {"column": one, "value": row[one.name], "is_wrong": bool(wrong & {one.name, ""})}
            for one in self.field.columns
        ]
        return {"cells": cells, "errors": [message for error in mine for message in error.messages]}


class RowsField(forms.Field):
    """A JSON value that is edited in rows."""

    columns: ClassVar[tuple[Column, ...]]

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=RowsWidget(self.columns), **kwargs)

    def written(self, value: Any) -> list[Row]:
        """Return the rows for a value."""
        raise NotImplementedError

    def read(self, rows: Numbered) -> tuple[Any, list[RowError]]:
        """Return the value of the filled rows, and their problems."""
        raise NotImplementedError

    def place(self, keys: Sequence[str], rows: Numbered) -> tuple[int, str] | None:
        """Return the row and the column of the part of the value that the keys lead to."""
        raise NotImplementedError

    def is_filled(self, row: Mapping[str, str]) -> bool:
        return any(row[column.name] not in ("", column.first) for column in self.columns)

    def filled(self, rows: Sequence[Row]) -> Numbered:
        return [(index, row) for index, row in enumerate(rows) if self.is_filled(row)]

    def get_bound_field(self, form: Any, field_name: str) -> BoundRows:
        return BoundRows(form, self, field_name)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as shown: a value that can be written in several ways is unchanged."""
        shown = [{one.name: one.read(row[one.name]) for one in self.columns} for row in self.written(initial)]
        return [row for _, row in self.filled(shown)] != [row for _, row in self.filled(data)]

    def clean(self, value: list[Row]) -> Any:
        result, errors = self.read(self.filled(value))
        broken = [RowError(NO_NULL, index) for index, row in enumerate(value) if "\0" in "".join(row.values())]
        if errors or broken:
            raise ValidationError([*errors, *broken])
        return result
