"""Names of new pods: a row of each pool's own, of which everybody takes the first that no pod has had."""

import re
from typing import Any

import pytest

from apps.core.pools import MAX_NAME_LENGTH
from apps.pods.models import Pod, PodPool
from apps.pods.reconciler.pod_names import PodNames
from tests.support.pod_work import pod_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def gpu() -> PodPool:
    return PodPool.objects.create(name="gpu")


def test_names_are_such_as_kubernetes_takes_and_people_can_tell_apart(gpu: PodPool):
    names = PodNames().free("gpu", 500)
    assert len(set(names)) == 500
    assert all(re.fullmatch(r"job-executor-[bcdfghjklmnpqrstvwxz2-9]{8}", name) for name in names)


def test_everybody_comes_to_the_same_names(gpu: PodPool):
    assert PodNames().free("gpu", 3) == PodNames().free("gpu", 5)[:3]


def test_a_name_without_an_answer_is_the_next_one_again(gpu: PodPool):
    names = PodNames()
    assert names.free("gpu", 3) == names.free("gpu", 3)


def test_other_pools_have_other_names(gpu: PodPool):
    PodPool.objects.create(name="cpu")
    assert not set(PodNames().free("gpu", 50)) & set(PodNames().free("cpu", 50))


def test_a_pool_that_is_made_anew_by_the_same_name_has_other_names(gpu: PodPool):
    before = PodNames().free("gpu", 50)
    gpu.delete()
    PodPool.objects.create(name="cpu")
    PodPool.objects.create(name="gpu")
    assert not set(before) & set(PodNames().free("gpu", 50))


def test_another_installation_has_other_names(gpu: PodPool, settings: Any):
    ours = PodNames().free("gpu", 50)
    settings.SECRET_KEY = "of another installation"
    assert not set(ours) & set(PodNames().free("gpu", 50))


def test_the_cost_does_not_grow_with_the_pods_that_there_were(gpu: PodPool, django_assert_num_queries: Any):
    names = PodNames()
    for name in names.free("gpu", 30):
        pod_of(gpu, name, state="ended")
    names.free("gpu", 1)
    # The pool, and which of the next ones are taken.
    with django_assert_num_queries(2):
        assert len(names.free("gpu", 5)) == 5


def test_names_that_pods_have_or_had_are_passed_over_and_gaps_are_filled(gpu: PodPool):
    first, second, third, fourth, fifth = PodNames().free("gpu", 5)
    pod_of(gpu, second)
    pod_of(gpu, fourth, state="ended")
    assert PodNames().free("gpu", 3) == [first, third, fifth]


def test_a_name_that_was_taken_is_passed_over_before_its_pod_is_recorded(gpu: PodPool):
    first, second, third = PodNames().free("gpu", 3)
    names = PodNames()
    names.take(first)
    assert names.free("gpu", 2) == [second, third]


def test_names_of_pods_that_are_forgotten_do_not_come_again(gpu: PodPool):
    had = PodNames().free("gpu", 3)
    for name in had:
        pod_of(gpu, name)
    after = PodNames().free("gpu", 2)
    Pod.objects.all().delete()
    assert PodNames().free("gpu", 2) == after
    assert not set(after) & set(had)


def test_a_pool_that_is_gone_has_no_names():
    assert PodNames().free("gone", 3) == []


def test_that_no_pod_is_to_be_made_costs_nothing(gpu: PodPool, django_assert_num_queries):
    with django_assert_num_queries(0):
        assert PodNames().free("gpu", 0) == []


def test_the_longest_name_of_a_pool_makes_no_longer_names_of_pods():
    name = "p" * MAX_NAME_LENGTH
    PodPool.objects.create(name=name)
    assert len(PodNames().free(name, 1)[0]) <= Pod._meta.get_field("name").max_length
