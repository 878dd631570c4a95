"""A database as an earlier version left it: loaded from its dump, moved by management commands, read as it is."""

import gzip
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.db import connections

from apps.core.env import BASE_DIR

DUMPS = Path(__file__).parent / "dumps"
# Beside the session's own database, which stays as it is.
ALIAS = "upgraded"
APPS = ("core", "events", "templates", "pods", "workflows")
# What Django keeps about the models themselves.
ABOUT_MODELS = ("django_migrations", "django_content_type", "auth_permission")
RUN = """
import sys, django; django.setup()
from django.core.management import call_command
for line in sys.argv[1:]: call_command(*line.split())
"""

Row = dict[str, Any]
# By table.
Rows = dict[str, list[Row]]


@dataclass(frozen=True)
class OldDatabase:
    """``url`` is its ``DATABASE_URL``; ``directory`` takes what processes write."""

    url: str
    directory: Path

    @property
    def is_sqlite(self) -> bool:
        return self.url.startswith("sqlite")

    @property
    def name(self) -> str:
        """As Django's settings name it: a path, or the name on the server."""
        place = self.url.partition("://")[2].partition("?")[0]
        return place.removeprefix("/") if self.is_sqlite else place.rpartition("/")[2]

    @contextmanager
    def reachable(self) -> Iterator[None]:
        """Models reach it by ``using(ALIAS)``."""
        connections.settings[ALIAS] = {**connections["default"].settings_dict, "NAME": self.name}
        try:
            yield
        finally:
            connections[ALIAS].close()
            del connections[ALIAS]
            del connections.settings[ALIAS]

    def load(self) -> None:
        """Fill it, while it is empty."""
        kind = "sqlite" if self.is_sqlite else "postgres"
        text = gzip.decompress((DUMPS / f"{kind}.sql.gz").read_bytes())
        if self.is_sqlite:
            connection = sqlite3.connect(self.name)
            connection.executescript(text.decode())
            connection.close()
        else:
            with psycopg.connect(self.url, autocommit=True) as server:
                server.execute(text)

    def manage(self, *lines: str) -> None:
        """Run these management commands, one after the other, in a process of their own."""
        settings = {
            "DJANGO_SETTINGS_MODULE": "baseshift.settings.dev",
            "DATABASE_URL": self.url,
            "MONGODB_URL": "",
            "VAR_DIR": str(self.directory),
        }
        command, environment = [sys.executable, "-c", RUN, *lines], {**os.environ, **settings}
        done = subprocess.run(command, cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr


def migrations() -> dict[str, str]:
    """Return the last migration of each of our apps that the database has."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return {app: name for app, name in cursor.fetchall() if app in APPS}


def permissions() -> set[tuple[str, ...]]:
    """Return app, model, codename and name of each."""
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(
            "SELECT app_label, model, codename, name FROM auth_permission"
            " JOIN django_content_type ON content_type_id = django_content_type.id"
        )
        return set(cursor.fetchall())


def constraints(table: str) -> set[str]:
    """Return the names of its indexes and constraints."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        return set(connection.introspection.get_constraints(cursor, table))


def rows() -> Rows:
    """Return everything that the database holds, but for ABOUT_MODELS."""
    connection = connections[ALIAS]
    with connection.cursor() as cursor:
        names = connection.introspection.table_names(cursor)
        return {name: _rows_of(cursor, name) for name in names if name not in ABOUT_MODELS}


def _rows_of(cursor: Any, table: str) -> list[Row]:
    cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608  (the names of our own tables)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]


def renamed(old: Rows, tables: dict[str, str], columns: dict[tuple[str, str], str]) -> Rows:
    """Return ``old`` with other names of tables and columns, which are given by their old ones."""
    return {
        tables.get(table, table): [{columns.get((table, key), key): row[key] for key in row} for row in found]
        for table, found in old.items()
    }


def differences(old: Rows, new: Rows) -> list[tuple[str, Row]]:
    """Return the rows that only one of them has, in the tables and columns of ``old``."""
    return [(table, row) for table, before in old.items() for row in _differences(before, new.get(table, []))]


def _differences(old: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    columns = old[0].keys() if old else ()
    same = [{column: row.get(column) for column in columns} for row in new]
    return [row for row in old if row not in same] + [row for row in same if row not in old]
