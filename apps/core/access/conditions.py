"""The condition "this user holds this permission on the row", for use in any statement."""

from collections.abc import Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Field, Func, Model
from django.db.models.sql.compiler import SQLCompiler
from guardian.utils import get_group_obj_perms_model, get_user_obj_perms_model

from apps.core.models import User

# On the object, for the user or a group of theirs; or on the model, for the user or a group of theirs. Their groups are not
# joined: SQLite would look through all grants of the permission for each row. With an offset PostgreSQL looks up the row's
# own grant; without one it may gather all there are first, for however few rows.
_CONDITION = """(
    EXISTS(SELECT 1 FROM {for_user} WHERE content_object_id = {row} AND permission_id = %s AND user_id = %s
        LIMIT 1 OFFSET 0)
    OR EXISTS(SELECT 1 FROM {for_group} WHERE content_object_id = {row} AND permission_id = %s
        AND group_id IN (SELECT group_id FROM {members} WHERE user_id = %s) LIMIT 1 OFFSET 0)
    OR EXISTS(SELECT 1 FROM {of_user} WHERE permission_id = %s AND user_id = %s)
    OR EXISTS(SELECT 1 FROM {of_group} p JOIN {members} m ON m.group_id = p.group_id
        WHERE p.permission_id = %s AND m.user_id = %s))"""


class HasPermission(Func):
    """The condition that a user holds a permission on the ``whole`` (a model with guardian's direct tables) of ``key``.

    Its SQL is written out because every request needs it: as ``Exists`` and ``Q`` it takes longer to build and
    compile than the rest of a request takes altogether.
    """

    output_field = BooleanField()

    def __init__(self, whole: type[Model], key: str, *, user_id: int, permission_id: int) -> None:
        super().__init__(F(key))
        self.whole = whole
        self.user_id = user_id
        self.permission_id = permission_id

    # A condition of its own has no function and no template to vary.
    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        # A column: it has no parameters.
        row, _params = compiler.compile(self.source_expressions[0])
        return _condition(self.whole, row), (self.permission_id, self.user_id) * 4


def held_permissions(
    model: type[Model], pks: Sequence[Any], *, user_id: int, permission_ids: Sequence[int]
) -> dict[Any, list[bool]]:
    """Return, for each of the objects that exist, which of the permissions the user holds on it. One statement."""
    if not pks:
        return {}
    key = _key(model)
    holder = [[permission_id, user_id] * 4 for permission_id in permission_ids]
    written = [key.get_db_prep_value(pk, connection) for pk in pks]
    with connection.cursor() as cursor:
        cursor.execute(_question(model, len(permission_ids), len(written)), [*chain(*holder), *written])
        return {key.to_python(pk): [bool(answer) for answer in answers] for pk, *answers in cursor.fetchall()}


@cache
def _question(model: type[Model], permissions: int, objects: int) -> str:
    table = f'"{model._meta.db_table}"'
    key = f'{table}."{_key(model).column}"'
    columns = ", ".join([key, *[_condition(model, key)] * permissions])
    # Names are the models' own; values travel as parameters.
    return f"SELECT {columns} FROM {table} WHERE {key} IN ({', '.join(['%s'] * objects)})"  # noqa: S608


def _key(model: type[Model]) -> "Field[Any, Any]":
    return model._meta.pk


@cache
def _condition(whole: type[Model], row: str) -> str:
    return _CONDITION.format(row=row, **tables(whole))


@cache
def tables(whole: type[Model]) -> Mapping[str, str]:
    """Return the tables with the permissions on a ``whole``, quoted for a statement."""
    models: dict[str, type[Model]] = {
        "for_user": get_user_obj_perms_model(whole),  # type: ignore[arg-type]
        "for_group": get_group_obj_perms_model(whole),  # type: ignore[arg-type]
        "members": User.groups.through,
        "of_user": User.user_permissions.through,
        "of_group": Group.permissions.through,
        "users": User,
    }
    return {name: f'"{model._meta.db_table}"' for name, model in models.items()}
