"""The lease of loops of which one works at a time."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.processes.lease import LeaseHolder
from apps.events.models import PublisherLease
from tests.support.monotonic import Clock

pytestmark = pytest.mark.django_db

# By the database's clock no lease runs out while a test lasts, however slow the machine.
DURATION = timedelta(hours=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def candidate(holder: str, clock: Clock) -> LeaseHolder:
    return LeaseHolder(PublisherLease, holder, DURATION, clock)


def test_it_is_asked_for_again_after_a_third_of_its_time(clock: Clock):
    first = candidate("one", clock)
    assert first.acquire()
    PublisherLease.objects.update(holder="two")
    clock.seconds = DURATION.total_seconds() / 3 - 1
    assert first.acquire()
    clock.seconds += 1
    assert not first.acquire()


def test_one_in_doubt_asks_before_anything_else(clock: Clock):
    first = candidate("one", clock)
    assert first.acquire()
    PublisherLease.objects.update(holder="two")
    first.invalidate()
    assert not first.acquire()


def test_one_that_lets_go_makes_room_at_once(clock: Clock):
    first, second = candidate("one", clock), candidate("two", clock)
    assert (first.acquire(), second.acquire()) == (True, False)
    first.release()
    assert second.acquire()


def test_nobody_lets_go_of_what_another_holds(clock: Clock):
    first, second, third = (candidate(name, clock) for name in ("one", "two", "three"))
    assert first.acquire()
    second.release()
    assert not third.acquire()


def test_one_that_ran_out_is_the_next_ones(clock: Clock):
    first, second = candidate("one", clock), candidate("two", clock)
    before = timezone.now()
    assert first.acquire()
    began = PublisherLease.objects.get().expires_at - DURATION
    # Databases round, each in its own way.
    assert before - timedelta(seconds=1) < began < timezone.now() + timedelta(seconds=1)
    # By the database's clock, which is not the test's.
    PublisherLease.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert second.acquire()
    clock.seconds = DURATION.total_seconds()
    assert not first.acquire()


def test_who_stands_by_only_asks(clock: Clock):
    """An update that changes nothing would lock all of an SQLite database, each second."""
    assert candidate("one", clock).acquire()
    with CaptureQueriesContext(connection) as queries:
        assert not candidate("two", clock).acquire()
    assert {query["sql"].split()[0] for query in queries} == {"SELECT"}


def test_who_begins_and_who_ends_to_lead_is_told_once(clock: Clock, caplog: pytest.LogCaptureFixture):
    caplog.set_level("INFO")
    first = candidate("one", clock)
    first.acquire(), first.acquire()
    PublisherLease.objects.update(holder="two")
    clock.seconds = DURATION.total_seconds()
    first.acquire(), first.acquire()
    records = [record for record in caplog.records if record.name == "apps.core.processes.lease"]
    assert [record.getMessage() for record in records] == ["lease_acquired", "lease_lost"]
    assert [(vars(one)["lease"], vars(one)["holder"]) for one in records] == [("events_publisherlease", "one")] * 2
