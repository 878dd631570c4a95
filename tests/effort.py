"""How much a statement makes the database read, in what the database itself counts and no clock says.

PostgreSQL counts the rows that the plan's scans meet, SQLite the instructions of its virtual machine. A row costs SQLite
several of these, so the numbers of one do not compare with those of the other.
"""

import json
from typing import Any

from django.db import connection
from django.db.models import QuerySet

# How often SQLite calls back; what is left over after the last call is not counted.
STEP = 10


def effort(rows: "QuerySet[Any, Any]") -> int:
    return _examined(rows) if connection.vendor == "postgresql" else _instructions(rows)


def _examined(rows: "QuerySet[Any, Any]") -> int:
    (answer,) = json.loads(rows.explain(format="json", analyze=True))
    return _met(answer["Plan"])


def _met(node: dict[str, Any]) -> int:
    if parts := node.get("Plans"):
        return sum(map(_met, parts))
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(sum(node.get(name, 0) for name in names) * node["Actual Loops"])


def _instructions(rows: "QuerySet[Any, Any]") -> int:
    connection.ensure_connection()
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    connection.connection.set_progress_handler(count, STEP)
    try:
        list(rows)
    finally:
        connection.connection.set_progress_handler(None, 0)
    return calls * STEP
