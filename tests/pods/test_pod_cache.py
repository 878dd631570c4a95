"""What is known of a namespace's pods, in whatever order it is told."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from apps.pods.backends.kubernetes.pod_cache import PodCache
from apps.pods.backends.port import ObservedPod, Phase

CREATED = datetime(2026, 1, 1, tzinfo=UTC)
NEW = ObservedPod("a", "default", "r", Phase.PENDING, CREATED)
RUNNING = replace(NEW, phase=Phase.RUNNING)
STOPPING = replace(RUNNING, stop_by=CREATED + timedelta(seconds=30))


def test_a_pod_that_is_made_during_a_list_is_there():
    known = PodCache()
    known.list_started()
    known.made(NEW)
    known.listed({})
    assert known.pods() == [NEW]


def test_a_list_that_knows_more_of_it_is_right():
    known = PodCache()
    known.list_started()
    known.made(NEW)
    known.listed({"a": RUNNING})
    assert known.pods() == [RUNNING]


def test_a_pod_that_is_told_to_end_during_a_list_stops():
    known = PodCache()
    known.listed({"a": RUNNING})
    known.list_started()
    known.deleting(STOPPING)
    known.listed({"a": RUNNING})
    assert known.pods() == [STOPPING]


def test_a_pod_that_is_found_to_be_gone_during_a_list_is_gone():
    known = PodCache()
    known.list_started()
    known.gone("a")
    known.listed({"a": RUNNING})
    assert known.pods() == []


def test_what_happened_before_a_list_is_in_it():
    known = PodCache()
    known.made(NEW)
    known.list_started()
    known.listed({})
    assert known.pods() == []


def test_what_the_watch_told_before_the_answer_came_is_newer():
    known = PodCache()
    known.changed(RUNNING)
    known.made(NEW)
    assert known.pods() == [RUNNING]


def test_a_pod_that_is_gone_before_the_answer_to_its_end_came_stays_gone():
    known = PodCache()
    known.deleting(STOPPING)
    assert known.pods() == []


def test_what_a_pod_comes_to_is_known_as_it_is_told():
    known = PodCache()
    known.changed(NEW)
    known.changed(RUNNING)
    assert known.pods() == [RUNNING]


def test_how_a_pod_ends_that_was_told_to_is_known():
    known, ended = PodCache(), replace(STOPPING, phase=Phase.ENDED)
    known.changed(STOPPING)
    known.changed(ended)
    assert known.pods() == [ended]


def test_a_list_that_knows_more_of_an_end_is_right():
    known, ended = PodCache(), replace(STOPPING, phase=Phase.ENDED)
    known.listed({"a": RUNNING})
    known.list_started()
    known.deleting(STOPPING)
    known.listed({"a": ended})
    assert known.pods() == [ended]


def test_an_old_event_takes_no_end_back():
    known = PodCache()
    known.changed(STOPPING)
    known.changed(RUNNING)
    assert known.pods() == [STOPPING]


def test_a_pod_that_is_gone_before_the_answer_to_its_making_came_stays_gone():
    known = PodCache()
    known.list_started()
    known.changed(RUNNING)
    known.gone("a")
    known.made(NEW)
    assert known.pods() == []
