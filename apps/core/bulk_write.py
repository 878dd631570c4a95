"""Bulk inserts and updates in one statement."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db import connections, router
from django.db.models import AutoField, Field, Model


def insert(rows: Sequence[Model]) -> None:
    """Insert unsaved rows of one model by one ``executemany``, however many there are.

    ``bulk_create`` splits by the number of parameters, on SQLite into statements of some 40 rows. Keys that the
    database makes are not read back. Call it inside a transaction.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    fields: list[Field[Any, Any]] = [
        field for field in model._meta.concrete_fields if not isinstance(field, AutoField) or not field.primary_key
    ]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    places = ", ".join(["%s"] * len(fields))
    # Names come from the model alone, values travel as parameters.
    statement = f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [[field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields] for row in rows],
        )


def update(rows: Sequence[Model], names: Collection[str]) -> None:
    """Write these fields of stored rows of one model by one ``executemany``, however many there are.

    ``bulk_update`` makes an expression of each value, which takes a millisecond a row. Call it inside a transaction.
    """
    if not rows:
        return
    model = type(rows[0])
    connection = connections[router.db_for_write(model)]
    fields: list[Field[Any, Any]] = [field for field in model._meta.concrete_fields if field.name in names]
    quote = connection.ops.quote_name
    values = ", ".join(f"{quote(str(field.column))} = %s" for field in fields)
    key = quote(str(model._meta.pk.column))
    statement = f"UPDATE {quote(model._meta.db_table)} SET {values} WHERE {key} = %s"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(
            statement,
            [
                [*(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields), row.pk]
                for row in rows
            ],
        )
