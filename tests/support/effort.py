"""How much a statement makes the database read, in what the database itself counts and no clock says.

PostgreSQL counts the rows that the plan's scans meet, SQLite the instructions of its virtual machine. A row costs SQLite
several of these, so the numbers of one do not compare with those of the other.
"""

import json
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

# How often SQLite calls back; what is left over after the last call is not counted.
STEP = 10


def effort(act: Callable[[], object]) -> int:
    """Of all that the act reads."""
    return _examined(act) if connection.vendor == "postgresql" else _instructions(act)


def _examined(act: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as made:
        act()
    reads = [query["sql"] for query in made.captured_queries if query["sql"].startswith("SELECT")]
    return sum(map(_rows_met, reads))


def _rows_met(statement: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}")
        ((answer,),) = cursor.fetchall()
    (plan,) = json.loads(answer) if isinstance(answer, str) else answer
    return _met(plan["Plan"])


def _met(node: dict[str, Any]) -> int:
    if parts := node.get("Plans"):
        return sum(map(_met, parts))
    names = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    return round(sum(node.get(name, 0) for name in names) * node["Actual Loops"])


def _instructions(act: Callable[[], object]) -> int:
    connection.ensure_connection()
    calls = 0

    def count() -> None:
        nonlocal calls
        calls += 1

    connection.connection.set_progress_handler(count, STEP)
    try:
        act()
    finally:
        connection.connection.set_progress_handler(None, 0)
    return calls * STEP
