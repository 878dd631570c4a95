"""Authorization. Every list and every action is decided here; no edge decides for itself.

A permission is held on one object (guardian's direct tables, for a user or a group) or on all objects of a model
(Django's own permissions). ``action`` is the verb of the codename: ``view``, ``change``, ``start``, ``operate``.
What a user may not view does not exist for them. Decisions are never cached: a withdrawn permission ends at once.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import compress
from typing import Any, Final, TypeGuard, TypeVar

from django.contrib.auth.models import Permission
from django.db.models import Model, QuerySet
from django.db.models.signals import post_migrate
from guardian.utils import get_user_obj_perms_model

from apps.core import bulk_write
from apps.core.access import grants
from apps.core.access.conditions import HasPermission, held_permissions
from apps.core.errors import Forbidden, Hidden
from apps.core.models import User

Row = TypeVar("Row", bound=Model)


class System:
    """The product itself, run by its operator from the command line: it may do everything and owns nothing."""

    pk: None = None


SYSTEM: Final = System()
Actor = User | System


def visible(user: Actor, queryset: QuerySet[Row], action: str = "view") -> QuerySet[Row]:
    """Return the rows on which ``user`` holds ``action``, filtered in the statement itself."""
    if not _depends_on_grants(user):
        return _all_or_none(user, queryset)
    return queryset.filter(_holds(user, queryset.model, action))


def visible_in_large_table(
    user: Actor, queryset: QuerySet[Row], whole: type[Model] | None = None, key: str = "pk"
) -> QuerySet[Row]:
    """Return the same as :func:`visible`, or :func:`visible_through` with a ``whole``, for tables that keep growing.

    What such a list costs follows from what the user may see, for two small statements more.
    """
    if not _depends_on_grants(user):
        return _all_or_none(user, queryset)
    whole = whole or queryset.model
    return grants.filter_granted(queryset, whole, key, user_id=user.id, permission_id=_permission_id(whole, "view"))


def visible_through(user: Actor, queryset: QuerySet[Row], whole: type[Model], key: str) -> QuerySet[Row]:
    """Return the rows that are part of a ``whole`` that the user may view; ``key`` is the foreign key to it."""
    if not _depends_on_grants(user):
        return _all_or_none(user, queryset)
    return queryset.filter(_holds(user, whole, "view", key))


def held_actions(
    user: Actor, model: type[Model], pks: Iterable[Any], actions: Sequence[str]
) -> dict[Any, frozenset[str]]:
    """Return which of ``actions`` the user holds on each object, in one statement; without objects that do not exist."""
    if not _depends_on_grants(user):
        return {pk: frozenset(actions) for pk in pks} if _may_do_all(user) else {}
    ids = [_permission_id(model, action) for action in actions]
    found = held_permissions(model, list(pks), user_id=user.id, permission_ids=ids)
    return {pk: frozenset(compress(actions, answers)) for pk, answers in found.items()}


def require(user: Actor, action: str, obj: Model) -> None:
    """Raise :class:`Hidden` unless the user may view ``obj``, and :class:`Forbidden` unless they hold ``action`` on it."""
    actions = held_actions(user, type(obj), [obj.pk], ["view", action]).get(obj.pk, frozenset())
    if "view" not in actions:
        raise Hidden
    if action not in actions:
        raise Forbidden


def holds_on_model(user: Actor, permission: str) -> bool:
    """Return whether the user holds a model permission, such as ``pods.use_podpool``: then on every object."""
    return isinstance(user, System) or user.has_perm(permission)


def require_model(user: Actor, permission: str) -> None:
    """Raise :class:`Forbidden` unless the user holds the model permission, such as ``templates.add_jobtemplate``."""
    if not holds_on_model(user, permission):
        raise Forbidden


def grant_creator(user: Actor, objs: Sequence[Model], actions: Sequence[str]) -> None:
    """Grant the creator ``actions`` on the new objects, whatever else the creator may do by then."""
    if isinstance(user, System) or not objs:
        return
    model = type(objs[0])
    table = get_user_obj_perms_model(model)  # type: ignore[arg-type]
    ids = [_permission_id(model, action) for action in actions]
    bulk_write.insert(
        [
            table(user_id=user.pk, permission_id=permission_id, content_object=obj)
            for obj in objs
            for permission_id in ids
        ]
    )


def _depends_on_grants(user: Actor) -> TypeGuard[User]:
    """Return whether it is grants that decide: the product and superusers may do everything, the inactive nothing."""
    return isinstance(user, User) and user.is_active and not user.is_superuser


def _may_do_all(user: Actor) -> bool:
    """Return which of the two it is for one of whom grants decide nothing."""
    return isinstance(user, System) or user.is_active


def _all_or_none(user: Actor, queryset: QuerySet[Row]) -> QuerySet[Row]:
    return queryset if _may_do_all(user) else queryset.none()


def _holds(user: User, model: type[Model], action: str, key: str = "pk") -> HasPermission:
    return HasPermission(model, key, user_id=user.id, permission_id=_permission_id(model, action))


@cache
def _permission_id(model: type[Model], action: str) -> int:
    """Return the id of the action's permission: a constant of the database, so it may be cached."""
    return Permission.objects.values_list("pk", flat=True).get(
        content_type__app_label=model._meta.app_label,
        content_type__model=model._meta.model_name,
        codename=f"{action}_{model._meta.model_name}",
    )


def _forget_ids(**_: object) -> None:
    _permission_id.cache_clear()


# A database that is emptied and migrated again numbers its permissions anew.
post_migrate.connect(_forget_ids, dispatch_uid="policy.forget_ids")
