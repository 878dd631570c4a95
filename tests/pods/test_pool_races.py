"""Several people change pools at once: each is told what became of it, and no pool is left half."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from apps.core.access.policy import SYSTEM
from apps.core.errors import Hidden, Invalid, Refusal, Stale
from apps.pods.models import PodPool
from apps.pods.services import pools
from tests.support.pod_work import pod_of

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = 8


def at_once(act: Callable[[int], object]) -> list[type[Refusal] | None]:
    """What each of several threads was told."""

    def run(index: int) -> type[Refusal] | None:
        try:
            act(index)
        except Refusal as refusal:
            return type(refusal)
        finally:
            connections.close_all()
        return None

    with ThreadPoolExecutor(PEOPLE) as threads:
        return list(threads.map(run, range(PEOPLE)))


def test_of_many_that_make_the_same_pool_one_does():
    told = at_once(lambda index: pools.create(SYSTEM, fields={"name": "gpu", "slots": index + 1}))
    assert sorted(told, key=str) == [*[pools.PoolNameTaken] * (PEOPLE - 1), None]
    assert PodPool.objects.get().slots == told.index(None) + 1


def test_changes_that_contradict_each_other_are_not_both_made():
    pools.create(SYSTEM, fields={"name": "gpu", "minimum": 0, "maximum": 10})
    bounds = [{"minimum": 8}, {"maximum": 3}]
    told = at_once(lambda index: pools.update(SYSTEM, name="gpu", changes=bounds[index % 2]))
    assert told.count(Invalid) == told.count(None) == PEOPLE // 2
    pool = PodPool.objects.get()
    assert (pool.minimum, pool.maximum) in [(8, 10), (0, 3)]


def test_of_many_that_change_what_they_have_read_one_does():
    read = {pools.etag(pools.create(SYSTEM, fields={"name": "gpu"}))}
    told = at_once(lambda index: pools.update(SYSTEM, name="gpu", changes={"slots": index + 1}, if_match=read))
    assert sorted(told, key=str) == [*[Stale] * (PEOPLE - 1), None]
    assert PodPool.objects.get().slots == told.index(None) + 1


def test_of_many_that_add_to_a_map_each_does():
    pools.create(SYSTEM, fields={"name": "gpu"})
    assert set(at_once(lambda index: pools.patch(SYSTEM, name="gpu", fields={"labels": {f"l{index}": "x"}}))) == {None}
    assert len(PodPool.objects.get().labels) == PEOPLE


def test_whoever_acts_on_a_pool_that_is_being_deleted_is_told_so():
    pools.create(SYSTEM, fields={"name": "gpu"})

    def act(index: int) -> object:
        if index == PEOPLE - 1:
            return pools.delete(SYSTEM, name="gpu")
        if index % 2:
            return pools.cordon(SYSTEM, name="gpu", cordoned=True)
        return pools.update(SYSTEM, name="gpu", changes={"slots": index + 1})

    assert set(at_once(act)) <= {None, Hidden}
    assert not PodPool.objects.exists()


def test_whoever_acts_on_a_pool_whose_pods_are_waited_for_is_told_so():
    pod_of(pools.create(SYSTEM, fields={"name": "gpu"}))

    def act(index: int) -> object:
        if index % 2:
            return pools.delete(SYSTEM, name="gpu")
        return pools.scale(SYSTEM, name="gpu", count=1) if index % 4 else pools.patch(SYSTEM, name="gpu", fields={})

    assert set(at_once(act)) <= {None, pools.PoolBeingDeleted}
    assert PodPool.objects.get().deleted_at is not None
