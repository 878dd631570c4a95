"""Pools are made, changed and deleted by whom the policy lets, and never half."""

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.access import policy
from apps.core.access.policy import SYSTEM
from apps.core.errors import Conflict, Forbidden, Hidden, Invalid
from apps.core.models import User
from apps.pods.models import IMAGE, Pod, PodPool
from apps.pods.services import pools
from tests.support.pod_work import pod_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    """She may make pools."""
    user = User.objects.create_user("ann")
    user.user_permissions.add(Permission.objects.get(codename="add_podpool"))
    return user


@pytest.fixture
def eve() -> User:
    return User.objects.create_user("eve")


def test_who_makes_a_pool_may_do_everything_with_it(ann: User):
    pool = pools.create(ann, fields={"name": "gpu", "slots": 2})
    actions = ["view", "change", "operate", "use", "delete"]
    assert policy.held_actions(ann, PodPool, [pool.pk], actions)[pool.pk] == set(actions)
    assert pools.pool(ann, name="gpu") == pool


def test_what_is_left_out_has_its_default():
    pools.create(SYSTEM, fields={"name": "gpu"})
    pool = PodPool.objects.get(name="gpu")
    assert (pool.image, pool.slots, pool.maximum, pool.idle_seconds, pool.env) == (IMAGE, 8, 10, None, {})


def test_who_may_not_make_pools_makes_none(eve: User):
    with pytest.raises(Forbidden):
        pools.create(eve, fields={"name": "gpu"})
    assert not PodPool.objects.exists()


@pytest.mark.parametrize(("fields", "where"), [({}, "/name"), ({"name": "gpu", "slots": 0}, "/slots")])
def test_a_pool_with_a_mistake_is_not_made(fields: dict[str, Any], where: str):
    with pytest.raises(Invalid) as refused:
        pools.create(SYSTEM, fields=fields)
    assert [problem.pointer for problem in refused.value.problems] == [where]
    assert not PodPool.objects.exists()


def test_a_name_is_taken_once(ann: User):
    pools.create(SYSTEM, fields={"name": "gpu", "slots": 2})
    with pytest.raises(pools.PoolNameTaken):
        pools.create(ann, fields={"name": "gpu", "slots": 3})
    assert PodPool.objects.get().slots == 2
    with pytest.raises(Hidden):
        pools.pool(ann, name="gpu")


def test_a_change_sets_what_it_names_and_nothing_else():
    pools.create(SYSTEM, fields={"name": "gpu", "slots": 2, "labels": {"a": "b"}, "idle_seconds": 5})
    PodPool.objects.update(scale_to=1, problem="no quota")
    pools.update(SYSTEM, name="gpu", changes={"slots": 4.0, "idle_seconds": None})
    pool = PodPool.objects.get()
    assert (pool.slots, pool.labels, pool.idle_seconds) == (4, {"a": "b"}, None)
    assert (pool.scale_to, pool.problem) == (1, "no quota")


def test_a_change_with_a_mistake_changes_nothing():
    pools.create(SYSTEM, fields={"name": "gpu", "minimum": 3})
    for changes in ({"slots": 5, "maximum": 2}, {"slots": 5, "name": "other"}, {"slots": 5, "scale_to": 1}):
        with pytest.raises(Invalid):
            pools.update(SYSTEM, name="gpu", changes=changes)
    assert PodPool.objects.get().slots == 8


def test_the_name_may_be_said_again():
    pools.create(SYSTEM, fields={"name": "gpu"})
    assert pools.update(SYSTEM, name="gpu", changes={"name": "gpu", "surge": 2}).surge == 2


def test_a_pool_without_pods_is_deleted_at_once_with_what_was_recorded_of_earlier_ones(ann: User):
    pool = pools.create(ann, fields={"name": "gpu"})
    pod_of(pool, state="ended", ended_at=timezone.now())
    assert pools.delete(ann, name="gpu") is None
    assert not PodPool.objects.exists()
    assert not Pod.objects.exists()


def test_a_pool_with_pods_is_there_while_it_is_being_deleted(ann: User):
    pod_of(pools.create(ann, fields={"name": "gpu"}))
    left = pools.delete(ann, name="gpu")
    assert left is not None
    assert pools.pool(ann, name="gpu").deleted_at == left.deleted_at is not None
    assert Pod.objects.exists()


def test_to_delete_it_again_changes_nothing(ann: User):
    pod_of(pools.create(ann, fields={"name": "gpu"}))
    first, second = pools.delete(ann, name="gpu"), pools.delete(ann, name="gpu")
    assert first is not None
    assert second is not None
    assert first.deleted_at == second.deleted_at


def test_nothing_of_a_pool_that_is_being_deleted_is_changed():
    pod_of(pools.create(SYSTEM, fields={"name": "gpu"}))
    pools.delete(SYSTEM, name="gpu")
    before = PodPool.objects.values().get()
    for act in (
        lambda: pools.update(SYSTEM, name="gpu", changes={"slots": 2}),
        lambda: pools.replace(SYSTEM, name="gpu", fields={"slots": 2}),
        lambda: pools.patch(SYSTEM, name="gpu", fields={"slots": 2}),
        lambda: pools.scale(SYSTEM, name="gpu", count=1),
        lambda: pools.cordon(SYSTEM, name="gpu", cordoned=False),
        lambda: pools.cordon(SYSTEM, name="gpu", cordoned=True),
    ):
        with pytest.raises(pools.PoolBeingDeleted, match="gpu is being deleted"):
            act()
    assert PodPool.objects.values().get() == before


def test_its_name_is_taken_until_it_is_gone():
    pod_of(pools.create(SYSTEM, fields={"name": "gpu"}))
    pools.delete(SYSTEM, name="gpu")
    with pytest.raises(pools.PoolNameTaken, match="is being deleted"):
        pools.create(SYSTEM, fields={"name": "gpu"})


def test_the_default_pool_is_always_there():
    PodPool.objects.create(name="default")
    with pytest.raises(Conflict):
        pools.delete(SYSTEM, name="default")
    assert PodPool.objects.exists()


@pytest.mark.parametrize("name", ["nothing", "a\0b", "x" * 300, ""])
def test_what_is_not_there_is_hidden(name: str):
    for act in (
        lambda: pools.pool(SYSTEM, name=name),
        lambda: pools.update(SYSTEM, name=name, changes={}),
        lambda: pools.delete(SYSTEM, name=name),
        lambda: pools.scale(SYSTEM, name=name, count=1),
        lambda: pools.cordon(SYSTEM, name=name, cordoned=True),
    ):
        with pytest.raises(Hidden):
            act()


def test_each_act_needs_its_permission_on_this_pool(eve: User):
    pools.create(SYSTEM, fields={"name": "gpu"})
    pools.create(SYSTEM, fields={"name": "other"})
    for action in ("view", "change", "delete"):
        assign_perm(f"{action}_podpool", eve, PodPool.objects.get(name="other"))
    with pytest.raises(Hidden):
        pools.update(eve, name="gpu", changes={"surge": 2})
    assign_perm("view_podpool", eve, PodPool.objects.get(name="gpu"))
    with pytest.raises(Forbidden):
        pools.update(eve, name="gpu", changes={"surge": 2})
    with pytest.raises(Forbidden):
        pools.delete(eve, name="gpu")
    assert [pool.name for pool in pools.pools(eve)] == ["gpu", "other"]
    assert pools.update(eve, name="other", changes={"surge": 2}).surge == 2
    pools.delete(eve, name="other")
