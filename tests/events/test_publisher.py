"""The publisher, step by step, on a real database."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from apps.core import bulk_write
from apps.events import relay_registry, topics
from apps.events.bus.memory import MemoryBus
from apps.events.bus.port import Message, PublishResult
from apps.events.models import DeadLetter, Event, PublisherLease
from apps.events.publisher import loop
from apps.events.publisher.loop import Publisher, PublisherTick
from tests.support.monotonic import Clock
from tests.support.outbox import event

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-11-22T12:00:00Z")
# A lease that outlasts the test, however busy the machine is, and one that is over as soon as it is taken.
LONG, OVER = timedelta(hours=1), timedelta(seconds=-1)


class FailingBus(MemoryBus):
    """A bus that stops taking messages when ``patience`` is used up, in the middle of a batch, or for some topics."""

    def __init__(self) -> None:
        super().__init__()
        self.patience = 1_000_000
        self.closed_topics: set[str] = set()

    def publish(self, messages: Sequence[Message]) -> PublishResult:
        taken = [n for n, message in enumerate(messages) if message.topic not in self.closed_topics][: self.patience]
        self.patience -= len(taken)
        super().publish([messages[place] for place in taken])
        return PublishResult(acknowledged=taken, fault="" if len(taken) == len(messages) else "it is away")


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus(max_message_bytes=2000)


@pytest.fixture
def publisher(bus: MemoryBus) -> Publisher:
    # Its time stands: it has no reason to prolong its lease in the middle of a test.
    return Publisher("one", bus, monotonic=Clock())


def store(*events: Event) -> None:
    bulk_write.insert(events)


def sent(bus: MemoryBus, topic: str = topics.JOBS) -> list[Any]:
    return [json.loads(one.value) for one in bus.topics[topic]]


def waiting() -> int:
    return Event.objects.filter(published_at=None, quarantined_at=None).count()


# -- what goes out ------------------------------------------------------------------------------


def test_events_go_out_in_order_and_are_marked(publisher: Publisher, bus: MemoryBus) -> None:
    store(*(event(number) for number in range(5)))
    result = publisher.tick(NOW)
    assert (result.leads, result.published, result.quarantined) == (True, 5, 0)
    assert sent(bus) == [{"n": number} for number in range(5)]
    assert set(Event.objects.values_list("published_at", flat=True)) == {NOW}
    assert publisher.tick(NOW).published == 0


def test_an_event_is_a_cloudevent_in_binary_mode(publisher: Publisher, bus: MemoryBus) -> None:
    stored = event(1, "w7", subject="w7/naïve")
    stored.time = datetime.fromisoformat("2026-11-22T01:02:03Z")
    store(stored)
    publisher.tick(NOW)
    [received] = bus.topics[topics.JOBS]
    assert received.key == "w7"
    assert received.headers == {
        "ce_specversion": "1.0",
        "ce_id": str(stored.event_id),
        "ce_source": "/baseshift",
        "ce_type": "baseshift.job.queued",
        "ce_subject": "w7/naïve",
        "ce_time": "2026-11-22T01:02:03.000000Z",
        "content-type": "application/json",
    }


def test_an_id_that_was_committed_late_goes_out_late(publisher: Publisher, bus: MemoryBus) -> None:
    store(event(1, "a"), event(2, "b"))
    Event.objects.filter(key="a").update(published_at=NOW)
    publisher.tick(NOW)
    Event.objects.filter(key="a").update(published_at=None)
    publisher.tick(NOW)
    assert sent(bus) == [{"n": 2}, {"n": 1}]


def test_a_backlog_is_sent_without_pauses(
    publisher: Publisher, bus: MemoryBus, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loop, "ROWS_PER_BATCH", 3)
    store(*(event(number) for number in range(7)))
    results = [publisher.tick(NOW) for _ in range(3)]
    assert [(result.published, result.pause > 0) for result in results] == [(3, False), (3, False), (1, True)]
    assert sent(bus) == [{"n": number} for number in range(7)]


@pytest.mark.usefixtures("sources_of_the_test")
def test_the_cost_of_a_batch_does_not_grow_with_it(publisher: Publisher, django_assert_num_queries: Any) -> None:
    publisher.tick(NOW)
    for count in (1, 500):
        store(*(event(number) for number in range(count)))
        # Read, begin, mark, end.
        with django_assert_num_queries(4):
            assert publisher.tick(NOW).published == count


# -- what is refused ----------------------------------------------------------------------------


def test_an_event_that_is_refused_is_set_aside_with_its_reason_and_blocks_nothing(
    publisher: Publisher, bus: MemoryBus
) -> None:
    large = event(1, data={"text": "x" * 3000})
    store(event(0), large, event(2))
    result = publisher.tick(NOW)
    assert (result.published, result.quarantined) == (2, 1)
    assert sent(bus) == [{"n": 0}, {"n": 2}]
    letter = DeadLetter.objects.get()
    assert (letter.reference, letter.topic, letter.key) == (str(large.event_id), topics.JOBS, "w1")
    assert "bytes" in letter.reason
    assert waiting() == 1, "the notice"


def test_a_dead_letter_is_told_once_on_its_topic(publisher: Publisher, bus: MemoryBus) -> None:
    large = event(1, data={"text": "x" * 3000})
    store(large)
    for _ in range(3):
        publisher.tick(NOW)
    assert [told["reference"] for told in sent(bus, topics.DEAD_LETTER)] == [str(large.event_id)]
    assert DeadLetter.objects.count() == 1


def test_a_notice_that_is_refused_makes_no_further_notice(publisher: Publisher) -> None:
    store(event(topic=topics.DEAD_LETTER, data={"text": "x" * 3000}))
    publisher.tick(NOW)
    assert DeadLetter.objects.count() == 1
    assert waiting() == 0


# -- faults -------------------------------------------------------------------------------------


def test_while_the_bus_is_away_nothing_is_marked_and_the_pauses_grow() -> None:
    bus = FailingBus()
    bus.patience = 0
    publisher = Publisher("one", bus)
    store(event())
    pauses = [publisher.tick(NOW).pause for _ in range(6)]
    assert waiting() == 1
    assert 0.1 < pauses[0] < 0.3
    assert 2 < pauses[-1] < 4
    bus.patience = 10
    assert publisher.tick(NOW).published == 1


def test_what_was_acknowledged_before_a_fault_is_marked() -> None:
    bus = FailingBus()
    bus.patience = 3
    store(*(event(number) for number in range(5)))
    clock = Clock()
    publisher = Publisher("one", bus, monotonic=clock)
    assert publisher.tick(NOW).published == 3
    assert waiting() == 2
    bus.patience = 10
    clock.seconds += loop.TOPIC_PAUSE_SECONDS
    publisher.tick(NOW)
    assert sent(bus) == [{"n": number} for number in range(5)]


def test_a_topic_in_trouble_holds_up_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "ROWS_PER_BATCH", 4)
    bus = FailingBus()
    bus.closed_topics = {topics.PODS}
    clock = Clock()
    publisher = Publisher("one", bus, monotonic=clock)
    store(*(event(number, topic=topics.PODS) for number in range(3)), *(event(number) for number in range(9)))
    results = [publisher.tick(NOW) for _ in range(4)]
    assert len(sent(bus)) == 9, results
    bus.closed_topics = set()
    clock.seconds += loop.TOPIC_PAUSE_SECONDS
    publisher.tick(NOW)
    assert sent(bus, topics.PODS) == [{"n": number} for number in range(3)]


@pytest.mark.parametrize("seed", range(20))
def test_whatever_breaks_off_all_arrive_in_order(seed: int) -> None:
    """Publishers that are gone at once, after any number of messages and before they marked any, one after another."""
    rng = random.Random(seed)
    bus = FailingBus()
    for _ in range(6):
        store(*(event(number, rng.choice("abc")) for number in range(rng.randint(1, 30))))
        bus.patience = rng.randint(0, 20)
        publisher, marked = Publisher("one", bus), rng.random() < 0.5
        publisher.tick(NOW)
        if not marked:
            Event.objects.filter(pk__in=_last_of_each_key(rng)).update(published_at=None)
    bus.patience = 1_000_000
    while Publisher("one", bus).tick(NOW).published:
        pass
    assert waiting() == 0
    assert _first_arrivals(bus) == _as_stored()


def _last_of_each_key(rng: random.Random) -> list[int]:
    """Of each key some of what was marked last: the acknowledgement came, the mark was lost."""
    found = []
    for key in "abc":
        rows = Event.objects.filter(key=key).exclude(published_at=None).order_by("-id").values_list("pk", flat=True)
        found += rows[: rng.randint(0, 5)]
    return found


def _first_arrivals(bus: MemoryBus) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for one in bus.topics[topics.JOBS]:
        found[str(one.key)][one.headers["ce_id"]] = None
    return {key: list(ids) for key, ids in found.items()}


def _as_stored() -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for key, event_id in Event.objects.order_by("id").values_list("key", "event_id"):
        found[key].append(str(event_id))
    return dict(found)


# -- who publishes ------------------------------------------------------------------------------


def test_one_publishes_and_another_stands_by(bus: MemoryBus) -> None:
    first, second = (Publisher(name, bus, duration=LONG) for name in ("one", "two"))
    store(event())
    assert (first.tick(NOW).leads, second.tick(NOW).leads) == (True, False)
    first.resign()
    assert second.tick(NOW).leads
    assert not Publisher("three", bus).tick(NOW).leads


def test_the_lease_of_one_that_died_ends_by_itself(bus: MemoryBus) -> None:
    Publisher("dead", bus, duration=OVER).tick(NOW)
    assert Publisher("next", bus).tick(NOW).leads


def test_one_that_was_gone_for_long_stands_by(bus: MemoryBus) -> None:
    frozen = Publisher("frozen", bus, duration=OVER)
    frozen.tick(NOW)
    assert Publisher("next", bus, duration=LONG).tick(NOW).leads
    assert not frozen.tick(NOW + timedelta(seconds=1)).leads


def test_a_clock_that_is_set_back_loses_no_lease(bus: MemoryBus) -> None:
    clock = Clock()
    publisher = Publisher("one", bus, monotonic=clock)
    publisher.tick(NOW)
    PublisherLease.objects.update(expires_at=None)
    clock.seconds += 3
    assert publisher.tick(NOW.replace(year=2020)).leads
    assert PublisherLease.objects.get().expires_at is not None


def test_one_that_stops_lets_another_publish_also_when_it_does_not_know_whether_it_leads(bus: MemoryBus) -> None:
    Publisher("one", bus).tick(NOW)
    Publisher("one", bus).resign()
    assert Publisher("two", bus).tick(NOW).leads


# -- other sources ------------------------------------------------------------------------------


@pytest.fixture
def sources_of_the_test(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(relay_registry, "_relays", {})


@pytest.mark.usefixtures("sources_of_the_test")
def test_what_other_sources_relay_goes_out_in_the_same_step(publisher: Publisher, bus: MemoryBus) -> None:
    def relay(limit: int) -> int:
        store(event(7))
        return 1

    relay_registry.register("test", relay)
    publisher.tick(NOW)
    assert sent(bus) == [{"n": 7}]


@pytest.mark.usefixtures("sources_of_the_test")
def test_a_source_that_fails_is_left_alone_for_a_while(publisher: Publisher) -> None:
    asked: list[int] = []

    def broken(limit: int) -> int:
        asked.append(limit)
        raise RuntimeError("its store is away")

    relay_registry.register("broken", broken)
    store(event())
    results: list[PublisherTick] = [publisher.tick(NOW) for _ in range(3)]
    assert results[0].published == 1
    assert len(asked) == 1
    publisher.tick(NOW + timedelta(seconds=5))
    assert len(asked) == 2


@pytest.mark.usefixtures("sources_of_the_test")
def test_a_source_has_one_relay() -> None:
    def relay(limit: int) -> int:
        return 0

    relay_registry.register("test", relay)
    relay_registry.register("test", relay)
    with pytest.raises(ValueError, match="test"):
        relay_registry.register("test", lambda limit: 0)
