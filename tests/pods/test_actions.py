"""What people do to pools and pods."""

import pytest
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.access.policy import SYSTEM
from apps.core.errors import Conflict, Forbidden, Hidden, Invalid
from apps.core.models import User
from apps.pods.models import Pod, PodPool
from apps.pods.services import pods, pools
from tests.support.admin_pages import staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def pool() -> PodPool:
    return PodPool.objects.create(name="default", maximum=5)


@pytest.fixture
def pod(pool: PodPool) -> Pod:
    return Pod.objects.create(pool=pool, name="job-executor-a", state="ready", revision="r", created_at=timezone.now())


@pytest.fixture
def sam(pool: PodPool) -> User:
    """Staff who may look at the pool."""
    user = staff("sam")
    assign_perm("view_podpool", user, pool)
    return user


def test_a_pool_is_scaled_by_hand_and_given_back(pool: PodPool):
    assert pools.scale(SYSTEM, name="default", count=3).scale_to == 3
    assert pools.scale(SYSTEM, name="default", count=None).scale_to is None


@pytest.mark.parametrize("count", [-1, 6])
def test_a_count_beyond_the_bounds_is_refused(pool: PodPool, count: int):
    with pytest.raises(Invalid):
        pools.scale(SYSTEM, name="default", count=count)
    pool.refresh_from_db()
    assert pool.scale_to is None


def test_who_may_only_look_may_do_nothing(sam: User, pod: Pod):
    with pytest.raises(Forbidden):
        pools.scale(sam, name="default", count=1)
    with pytest.raises(Forbidden):
        pools.cordon(sam, name="default", cordoned=True)
    with pytest.raises(Forbidden):
        pods.drain(sam, name=pod.name)


def test_what_one_may_not_see_does_not_exist(pod: Pod):
    eve = staff("eve")
    with pytest.raises(Hidden):
        pools.scale(eve, name="default", count=1)
    with pytest.raises(Hidden):
        pods.drain(eve, name=pod.name)
    assert list(pods.pods(eve)) == []


def test_who_may_operate_the_pool_drains_its_pods(sam: User, pool: PodPool, pod: Pod):
    assign_perm("operate_podpool", sam, pool)
    assert pods.drain(sam, name=pod.name).leaving


def test_a_pod_that_has_ended_cannot_drain(pod: Pod):
    Pod.objects.update(ended_at=timezone.now())
    with pytest.raises(Conflict):
        pods.drain(SYSTEM, name=pod.name)
