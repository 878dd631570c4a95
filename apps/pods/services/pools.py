"""Pools: created, read, changed, deleted, scaled by hand, cordoned."""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Field, QuerySet
from django.utils import timezone

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.entity_tags import require_match
from apps.core.errors import Conflict, Hidden, Invalid
from apps.core.json import canonical
from apps.core.json.merge_patch import apply_merge_patch
from apps.core.pools import DEFAULT_POOL
from apps.core.schema.json_schema import Problem
from apps.pods.models import Pod, PodPool
from apps.pods.planning.values import PodState
from apps.pods.spec import validation
from apps.pods.spec.pool_schema import KEYS

ADD = "pods.add_podpool"
OPERATE = "operate"
# What the maker of a pool may do with it.
CREATOR_ACTIONS = ("view", "change", OPERATE, "use", "delete")


class PoolNameTaken(Conflict):
    """Conflict with a pool of the same name."""


class PoolBeingDeleted(Conflict):
    """Refusal to change a pool that is being deleted."""

    def __init__(self, name: str) -> None:
        super().__init__(f"The pool {name} is being deleted: it is gone when its pods have ended.")


def pools(actor: Actor) -> QuerySet[PodPool]:
    """Return the pools that the actor may view, with what their pods used."""
    return policy.visible(actor, PodPool.objects.select_related("usage"))


def pool(actor: Actor, *, name: str) -> PodPool:
    """Return a pool. Raises Hidden if there is none that the actor may see."""
    # PostgreSQL takes no NUL, not even in a question.
    found = pools(actor).filter(name=name).first() if "\0" not in name else None
    if found is None:
        raise Hidden
    return found


def etag(pool: PodPool) -> str:
    """Return an entity tag, quotes included, of the pool's settings. Its scale, cordon and state are no part of it."""
    written = {field: getattr(pool, field) for field in KEYS}
    return f'"{canonical.sha256([pool.pk, written])[:32]}"'


def create(actor: Actor, *, fields: Mapping[str, Any]) -> PodPool:
    """Create a pool. ``fields`` are those of ``pool_schema.FIELDS``, as in JSON; omitted ones get their defaults.

    Raises Forbidden without ``pods.add_podpool``, Invalid with every mistake, and PoolNameTaken.
    """
    policy.require_model(actor, ADD)
    made = PodPool()
    missing = [] if "name" in fields else [Problem("/name", "is required")]
    _require_valid(missing + validation.problems(fields, made))
    _set_fields(made, fields)
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            policy.grant_creator(actor, [made], CREATOR_ACTIONS)
    except IntegrityError:
        if taken := PodPool.objects.filter(name=made.name).first():
            raise PoolNameTaken(_why_taken(taken)) from None
        raise
    return made


def _why_taken(pool: PodPool) -> str:
    if pool.deleted_at:
        return f"A pool {pool.name} is being deleted: make another one when its pods have ended."
    return f"There is a pool {pool.name} already."


def update(actor: Actor, *, name: str, changes: Mapping[str, Any], if_match: Collection[str] | None = None) -> PodPool:
    """Set the fields that ``changes`` has; the pods are replaced one after the other if they differ by it.

    ``if_match`` holds the entity tags of what the actor has read: raises Stale if the pool is another by now. Raises
    Hidden, Forbidden without ``change`` on it, Invalid, PoolBeingDeleted. The name stays.
    """
    return _changed(actor, name, if_match, lambda _: changes)


def replace(actor: Actor, *, name: str, fields: Mapping[str, Any], if_match: Collection[str] | None = None) -> PodPool:
    """Set every field as :func:`update` does: what ``fields`` leaves out gets its default."""
    plain = PodPool(name=name)
    changes = {**{field: getattr(plain, field) for field in KEYS}, **fields}
    return update(actor, name=name, changes=changes, if_match=if_match)


def patch(actor: Actor, *, name: str, fields: Mapping[str, Any], if_match: Collection[str] | None = None) -> PodPool:
    """Apply a JSON Merge Patch as :func:`update` does: of a map the keys it has, and null gives a field its default."""
    plain = PodPool(name=name)

    def changes(current: PodPool) -> dict[str, Any]:
        return {
            field: getattr(plain, field, None)
            if value is None
            else apply_merge_patch(getattr(current, field, None), value)
            for field, value in fields.items()
        }

    return _changed(actor, name, if_match, changes)


def _changed(
    actor: Actor, name: str, if_match: Collection[str] | None, changes_of: Callable[[PodPool], Mapping[str, Any]]
) -> PodPool:
    found = pool(actor, name=name)
    policy.require(actor, "change", found)
    with transaction.atomic():
        # Two changes at once must not leave bounds that neither would have, nor undo each other.
        current = _locked(found.pk)
        if current.deleted_at:
            raise PoolBeingDeleted(name)
        require_match(etag(current), if_match)
        changes = changes_of(current)
        _require_possible(current, changes)
        _set_fields(current, changes)
        # The reconciler writes other fields meanwhile.
        current.save(update_fields=list(changes))
    return current


def _require_possible(current: PodPool, changes: Mapping[str, Any]) -> None:
    found = validation.problems(changes, current)
    if not found and changes.get("name", current.name) != current.name:
        found = [Problem("/name", "the name of a pool stays")]
    _require_valid(found)


def delete(actor: Actor, *, name: str, if_match: Collection[str] | None = None) -> PodPool | None:
    """Delete the pool: at once if it has no pods, and return None; else when these have finished what they have.

    Until then it is there, with ``deleted_at``; once asked for, it is not taken back. Raises Hidden, Forbidden without
    ``delete`` on it, Stale as in :func:`update`, Conflict for the default pool, which is always there.
    """
    found = pool(actor, name=name)
    policy.require(actor, "delete", found)
    if name == DEFAULT_POOL:
        raise Conflict("The default pool is always there: cordon it, or let it have no pods by a maximum of 0.")
    with transaction.atomic():
        # No pod may come to be recorded meanwhile.
        locked = _locked(found.pk)
        require_match(etag(locked), if_match)
        if not locked.pods.alive().exists():
            locked.delete()
            return None
        if locked.deleted_at is None:
            locked.deleted_at = timezone.now()
            locked.save(update_fields=["deleted_at"])
    return locked


def counts(pool_pks: Collection[int]) -> dict[int, dict[str, int]]:
    """Return how many pods each pool has, by state; those that ended are left out.

    Asks no policy: the caller has the pools.
    """
    alive = Pod.objects.alive().filter(pool__in=pool_pks).exclude(state=PodState.ENDED)
    found: dict[int, dict[str, int]] = {}
    # No ordering: it would be grouped by, too.
    for pk, state, count in alive.order_by().values_list("pool_id", "state").annotate(Count("pk")):
        found.setdefault(pk, {})[state] = count
    return found


def scale(actor: Actor, *, name: str, count: int | None) -> PodPool:
    """Keep ``count`` pods from now on; None gives the pool back to the autoscaler.

    Raises Hidden, Forbidden, PoolBeingDeleted, and Invalid for a count that is beyond the pool's maximum.
    """
    found = _operable(actor, name)
    if count is not None and not 0 <= count <= found.maximum:
        raise Invalid([Problem("/count", f"must be between 0 and {found.maximum}, the pool's maximum")])
    return _set(found, scale_to=count)


def cordon(actor: Actor, *, name: str, cordoned: bool) -> PodPool:
    """Stop the pool's executors from taking jobs, or let them take jobs again. Raises Hidden, Forbidden, PoolBeingDeleted."""
    return _set(_operable(actor, name), cordoned=cordoned)


def _operable(actor: Actor, name: str) -> PodPool:
    found = pool(actor, name=name)
    policy.require(actor, OPERATE, found)
    return found


def _set(pool: PodPool, **fields: object) -> PodPool:
    """Write these fields alone. Raises PoolBeingDeleted, or Hidden if the pool is gone by now."""
    if not PodPool.objects.filter(pk=pool.pk, deleted_at=None).update(**fields):
        raise PoolBeingDeleted(pool.name) if PodPool.objects.filter(pk=pool.pk).exists() else Hidden
    for name, value in fields.items():
        setattr(pool, name, value)
    return pool


def _require_valid(problems: list[Problem]) -> None:
    if problems:
        raise Invalid(problems)


def _set_fields(pool: PodPool, fields: Mapping[str, Any]) -> None:
    for name, value in fields.items():
        column = pool._meta.get_field(name)
        # JSON's 8.0 is a whole number, too.
        setattr(pool, name, column.to_python(value) if isinstance(column, Field) else value)


def _locked(pk: int) -> PodPool:
    found = PodPool.objects.select_for_update().filter(pk=pk).first()
    if found is None:
        raise Hidden
    return found
