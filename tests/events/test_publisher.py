"""The publisher, step by step, on a real database."""

import json
from typing import Any

import pytest
from django.utils import timezone

from apps.core import bulk
from apps.events import topics
from apps.events.bus.memory import MemoryBus
from apps.events.models import DeadLetter, Event
from apps.events.publisher.loop import Publisher
from tests.events.outbox import event

pytestmark = pytest.mark.django_db


def store(*events: Event) -> None:
    bulk.insert(events)


@pytest.fixture
def bus() -> MemoryBus:
    return MemoryBus(max_message_bytes=2000)


@pytest.fixture
def publisher(bus: MemoryBus) -> Publisher:
    return Publisher("one", bus)


def sent(bus: MemoryBus, topic: str = topics.JOBS) -> list[Any]:
    return [json.loads(one.value) for one in bus.topics[topic]]


def test_events_go_out_in_order_and_are_marked(publisher: Publisher, bus: MemoryBus) -> None:
    store(*(event(number) for number in range(5)))
    result = publisher.tick(timezone.now())
    assert (result.leads, result.published, result.set_aside) == (True, 5, 0)
    assert sent(bus) == [{"n": number} for number in range(5)]
    assert not Event.objects.filter(published_at=None).exists()
    assert publisher.tick(timezone.now()).published == 0


def test_an_event_that_is_refused_is_set_aside_with_its_reason_and_blocks_nothing(
    publisher: Publisher, bus: MemoryBus
) -> None:
    large = event(1, data={"text": "x" * 3000})
    store(event(0), large, event(2))
    result = publisher.tick(timezone.now())
    assert (result.published, result.set_aside) == (2, 1)
    assert sent(bus) == [{"n": 0}, {"n": 2}]
    letter = DeadLetter.objects.get()
    assert letter.reference == str(large.event_id)
    assert "bytes" in letter.reason
    publisher.tick(timezone.now())
    assert [told["reference"] for told in sent(bus, topics.DEAD_LETTER)] == [str(large.event_id)]
    assert publisher.tick(timezone.now()).set_aside == 0
