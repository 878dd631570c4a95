"""The JSON fields of a pool as rows of a form."""

from collections.abc import Mapping, Sequence
from typing import Any

from apps.core.admin.rows import Column, Numbered, Row, RowError, RowsField

VALUE, SECRET = "value", "secret"
OPERATORS = (("", "Equal"), ("Exists", "Exists"))
EFFECTS = (("", "Any"), *((name, name) for name in ("NoSchedule", "PreferNoSchedule", "NoExecute")))
RESOURCES = ("cpu", "memory", "ephemeral-storage")
# In the document: those of a resource's two quantities.
SIDES = {"requests": "request", "limits": "limit"}


def _name_errors(rows: Numbered) -> list[RowError]:
    """Return the errors of rows whose name is missing or stands twice."""
    errors, seen = [], set()
    for index, row in rows:
        name = row["name"]
        if not name:
            errors.append(RowError("A name is missing.", index, "name"))
        elif name in seen:
            errors.append(RowError(f"{name} is listed twice.", index, "name"))
        seen.add(name)
    return errors


def _row_of(name: str, rows: Numbered) -> int | None:
    return next((index for index, row in rows if row["name"] == name), None)


class MapRows(RowsField):
    """Text by name: labels, a node selector."""

    columns = (Column("name", "Name"), Column("value", "Value"))

    def written(self, value: Any) -> list[Row]:
        return [{"name": name, "value": text} for name, text in (value or {}).items()]

    def read(self, rows: Numbered) -> tuple[dict[str, str], list[RowError]]:
        return {row["name"]: row["value"] for _, row in rows}, _name_errors(rows)

    def place(self, keys: Sequence[str], rows: Numbered) -> tuple[int, str] | None:
        index = _row_of(keys[0], rows) if keys else None
        return None if index is None else (index, "")


class EnvironmentRows(RowsField):
    """Variables: a value, or a reference to a key of a Kubernetes Secret."""

    columns = (
        Column("name", "Name"),
        Column("kind", "From", choices=((VALUE, "Value"), (SECRET, "Secret"))),
        Column("value", "Value", is_text=True),
        Column("secret", "Secret", hint="name of the Secret"),
        Column("key", "Key", hint="key in it"),
    )

    def written(self, value: Any) -> list[Row]:
        return [self._row(name, one) for name, one in (value or {}).items()]

    def read(self, rows: Numbered) -> tuple[dict[str, Any], list[RowError]]:
        return {row["name"]: self._variable(row) for _, row in rows}, _name_errors(rows)

    def place(self, keys: Sequence[str], rows: Numbered) -> tuple[int, str] | None:
        index = _row_of(keys[0], rows) if keys else None
        if index is None:
            return None
        return index, keys[1] if len(keys) > 1 and keys[1] in (SECRET, "key") else ""

    @staticmethod
    def _row(name: str, value: str | Mapping[str, str]) -> Row:
        if isinstance(value, str):
            return {"name": name, "kind": VALUE, "value": value, "secret": "", "key": ""}
        return {"name": name, "kind": SECRET, "value": "", "secret": value["secret"], "key": value["key"]}

    @staticmethod
    def _variable(row: Row) -> str | dict[str, str]:
        return row["value"] if row["kind"] != SECRET else {"secret": row["secret"], "key": row["key"]}


class TolerationRows(RowsField):
    """Tolerations of node taints, in the words of Kubernetes."""

    columns = (
        Column("key", "Key"),
        Column("operator", "Operator", choices=OPERATORS),
        Column("value", "Value"),
        Column("effect", "Effect", choices=EFFECTS),
        Column("tolerationSeconds", "Seconds"),
    )

    def written(self, value: Any) -> list[Row]:
        return [{column.name: self._cell(one, column.name) for column in self.columns} for one in value or []]

    def read(self, rows: Numbered) -> tuple[list[dict[str, Any]], list[RowError]]:
        errors, tolerations = [], []
        for index, row in rows:
            toleration: dict[str, Any] = {name: text for name, text in row.items() if text}
            seconds = row["tolerationSeconds"]
            if seconds and not (seconds.isascii() and seconds.isdecimal() and len(seconds) < 10):
                errors.append(RowError("Seconds are a whole number.", index, "tolerationSeconds"))
            elif seconds:
                toleration["tolerationSeconds"] = int(seconds)
            tolerations.append(toleration)
        return tolerations, errors

    def place(self, keys: Sequence[str], rows: Numbered) -> tuple[int, str] | None:
        if not keys or not keys[0].isdecimal() or int(keys[0]) >= len(rows):
            return None
        return rows[int(keys[0])][0], keys[1] if len(keys) > 1 else ""

    @staticmethod
    def _cell(toleration: Mapping[str, Any], name: str) -> str:
        value = toleration.get(name)
        # What Kubernetes takes for granted is the first choice.
        return "" if value is None or (name, value) == ("operator", "Equal") else str(value)


class ResourceRows(RowsField):
    """Requests and limits of a pod."""

    columns = (
        Column("name", "Resource", suggestions=RESOURCES),
        Column("request", "Request", hint="such as 250m or 64Mi"),
        Column("limit", "Limit", hint="such as 500m or 128Mi"),
    )

    def written(self, value: Any) -> list[Row]:
        sides = {column: (value or {}).get(side, {}) for side, column in SIDES.items()}
        names = dict.fromkeys(name for quantities in sides.values() for name in quantities)
        return [{"name": name, **{column: sides[column].get(name, "") for column in sides}} for name in names]

    def read(self, rows: Numbered) -> tuple[dict[str, dict[str, str]], list[RowError]]:
        value = {side: {row["name"]: row[column] for _, row in rows if row[column]} for side, column in SIDES.items()}
        empty = [RowError(f"{row['name']} has neither.", i) for i, row in rows if not row["request"] + row["limit"]]
        return {side: quantities for side, quantities in value.items() if quantities}, [*_name_errors(rows), *empty]

    def place(self, keys: Sequence[str], rows: Numbered) -> tuple[int, str] | None:
        index = _row_of(keys[1], rows) if len(keys) > 1 else None
        return None if index is None else (index, SIDES.get(keys[0], ""))
