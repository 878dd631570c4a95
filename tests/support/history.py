"""A long history, made within the database: tens of thousands of rows in one statement."""

from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.db.models import Model

from apps.core.models import User
from apps.workflows.models import Command, Workflow, WorkflowGroupPermission, WorkflowUserPermission

# For row i of a copy: another key, and a time that is i seconds before the first's.
_COPIED = {
    "sqlite": {"id": "lower(hex(randomblob(16)))", "created_at": "datetime(created_at, '-' || i || ' seconds')"},
    "postgresql": {"id": "gen_random_uuid()", "created_at": "created_at - i * interval '1 second'"},
}


def copies(row: Workflow | Command, number: int) -> None:
    """So many rows like this one, each a second older than the one before."""
    quote = connection.ops.quote_name
    table, columns = quote(row._meta.db_table), [field.column for field in row._meta.concrete_fields]
    values = [_COPIED[connection.vendor].get(column, quote(column)) for column in columns]
    key = row._meta.pk.get_db_prep_value(row.pk, connection)
    _execute(
        f"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {number}) "  # noqa: S608
        f"INSERT INTO {table} ({', '.join(map(quote, columns))}) "
        f"SELECT {', '.join(values)} FROM {table}, n WHERE id = %s",
        key,
    )
    _analyze(type(row))


def grant(holder: User | Group, number: int) -> None:
    """View on so many workflows, the oldest first."""
    table, column = (
        (WorkflowUserPermission, "user_id") if isinstance(holder, User) else (WorkflowGroupPermission, "group_id")
    )
    permission = Permission.objects.get(codename="view_workflow")
    _execute(
        f"INSERT INTO {table._meta.db_table} ({column}, permission_id, content_object_id) "  # noqa: S608
        f"SELECT %s, %s, id FROM {Workflow._meta.db_table} ORDER BY created_at, id LIMIT {number}",
        holder.pk,
        permission.pk,
    )
    # A list asks both.
    _analyze(WorkflowUserPermission)
    _analyze(WorkflowGroupPermission)


def _execute(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def _analyze(model: type[Model]) -> None:
    """As PostgreSQL does on its own after a while; what SQLite serves is never analyzed."""
    if connection.vendor == "postgresql":
        _execute(f"ANALYZE {model._meta.db_table}")
