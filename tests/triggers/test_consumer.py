"""From a message to a workflow, step by step, on a real database."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import remove_perm

from apps.core.models import User
from apps.core.policy import SYSTEM
from apps.events.bus.memory import MemoryBus
from apps.events.models import DeadLetter, Event
from apps.templates.models import JobTemplate
from apps.workflows.models import Trigger, TriggerFailure, TriggerStart, Workflow
from apps.workflows.services import triggers
from apps.workflows.triggers import consumer as consumers
from apps.workflows.triggers.consumer import Consumer
from tests.triggers.parts import TOPIC, cloudevent, definition, make, plain, send, tick


@pytest.fixture(autouse=True)
def short_polls(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(consumers, "POLL_SECONDS", 0.01)
    yield


def inputs() -> list[Any]:
    return list(Workflow.objects.order_by("created_at", "id").values_list("input", flat=True))


def test_an_event_starts_a_workflow_as_its_owner_would(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    send(bus, cloudevent(7))
    assert tick(consumer).started == 1
    workflow = Workflow.objects.get()
    assert (workflow.template_id, workflow.input, workflow.created_by) == ("sample", {"amount": 7}, ann)
    assert (workflow.labels, workflow.hops) == ({"trigger": "orders"}, 0)
    assert TriggerStart.objects.get().workflow_id == workflow.pk


def test_the_filter_decides_which_events(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann, filter='event.type == "order.placed" && event.data.amount > 2')
    send(bus, *(cloudevent(number) for number in range(5)), cloudevent(9, type="order.paid"))
    assert tick(consumer).started == 2
    assert inputs() == [{"amount": 3}, {"amount": 4}]


def test_the_same_event_delivered_again_starts_nothing(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    send(bus, cloudevent(1), cloudevent(1), cloudevent(2))
    assert tick(consumer).started == 2
    send(bus, cloudevent(2))
    assert tick(consumer).started == 0
    assert Workflow.objects.count() == 2


def test_each_trigger_starts_a_workflow_of_its_own(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann, "one")
    make(ann, "two")
    send(bus, cloudevent(1))
    assert tick(consumer).started == 2
    assert sorted(Workflow.objects.values_list("labels__trigger", flat=True)) == ["one", "two"]
