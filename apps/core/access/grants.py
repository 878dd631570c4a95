"""Lists of large tables, limited to what a user holds a permission on, by the query plan that is cheaper.

A list that asks of each row in turn (apps/core/access/conditions.py) reads the whole table for a user who may see ten of its rows. One
that gathers what was granted to the user reads a table of grants as long, for a user who starts nearly all there is. So it
is asked first how far the permission reaches, and the list is made for that. Its statement decides what is seen.
"""

from collections.abc import Sequence
from typing import Any, TypeVar

from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BooleanField, F, Func, Model, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from apps.core.access.conditions import HasPermission, tables

Row = TypeVar("Row", bound=Model)

# So many grants are gathered and sorted within some 20 ms. Who has more finds a page of them near the newest rows, but for
# one who has been granted nothing for a long time.
MAX_GATHERED = 10_000

_FOR_USER = "SELECT content_object_id FROM {for_user} WHERE permission_id = %s AND user_id = %s"
_FOR_GROUPS = " UNION ALL SELECT content_object_id FROM {for_group} WHERE permission_id = %s AND group_id IN ({groups})"

# One row for each group of the user, at least one: the group, and whether the permission is held on the model.
_MEMBERSHIPS = """SELECT m.group_id,
    EXISTS(SELECT 1 FROM {of_user} WHERE permission_id = %s AND user_id = %s)
    OR EXISTS(SELECT 1 FROM {of_group} p JOIN {members} own ON own.group_id = p.group_id
        WHERE p.permission_id = %s AND own.user_id = %s)
    FROM {users} u LEFT JOIN {members} m ON m.user_id = u.id WHERE u.id = %s"""


class HasGrant(Func):
    """The condition that the ``whole`` of ``key`` is among those granted to the user or to one of these groups.

    It does not depend on the row, so it is gathered once. The groups are given by their numbers, not as those that the
    user is in: PostgreSQL knows how much has been granted to each, and would guess for a group that it is yet to find.
    """

    output_field = BooleanField()

    def __init__(
        self, whole: type[Model], key: str, *, user_id: int, permission_id: int, groups: Sequence[int]
    ) -> None:
        super().__init__(F(key))
        self.grants, self.holders = _FOR_USER.format(**tables(whole)), [permission_id, user_id]
        if groups:
            self.grants += _FOR_GROUPS.format(**tables(whole), groups=", ".join(["%s"] * len(groups)))
            self.holders += [permission_id, *groups]

    def is_small(self) -> bool:
        """Return whether there are at most MAX_GATHERED grants. One statement, which reads no further than that."""
        with connection.cursor() as cursor:
            # Names are the models' own; values travel as parameters.
            cursor.execute(f"SELECT 1 FROM ({self.grants}) g LIMIT 1 OFFSET {MAX_GATHERED}", self.holders)  # noqa: S608
            return cursor.fetchone() is None

    def as_sql(  # type: ignore[override]
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, among: str = "IN ({})", **_: Any
    ) -> tuple[str, tuple[int, ...]]:
        # A column: it has no parameters.
        row, _params = compiler.compile(self.source_expressions[0])
        return f"{row} {among.format(self.grants)}", tuple(self.holders)

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **_: Any
    ) -> tuple[str, tuple[int, ...]]:
        # As a join it would rather walk the list for them, on the guess that they lie evenly among all.
        return self.as_sql(compiler, connection, among="= ANY(ARRAY({}))")


def filter_granted(
    queryset: QuerySet[Row], whole: type[Model], key: str, *, user_id: int, permission_id: int
) -> QuerySet[Row]:
    """Return the rows on whose ``whole``, the one of ``key``, the user holds the permission."""
    groups, on_all = _memberships(whole, user_id, permission_id)
    if on_all:
        return queryset
    granted = HasGrant(whole, key, user_id=user_id, permission_id=permission_id, groups=groups)
    if granted.is_small():
        return queryset.filter(granted)
    return queryset.filter(HasPermission(whole, key, user_id=user_id, permission_id=permission_id))


def _memberships(whole: type[Model], user_id: int, permission_id: int) -> tuple[list[int], bool]:
    """Return the ids of the user's groups, and whether the permission is held on the model."""
    with connection.cursor() as cursor:
        cursor.execute(_MEMBERSHIPS.format(**tables(whole)), [*[permission_id, user_id] * 2, user_id])
        rows = cursor.fetchall()
    return [group for group, _ in rows if group is not None], any(on_all for _, on_all in rows)
