"""From a message to a workflow, step by step, on a real database."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from guardian.shortcuts import remove_perm

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.events import dead_letters
from apps.events.bus.memory import MemoryBus
from apps.events.bus.port import Message
from apps.events.models import DeadLetter, Event
from apps.events.services.dismiss import dismiss_many
from apps.templates.models import JobTemplate
from apps.templates.services import lifecycle
from apps.workflows.models import Trigger, TriggerFailure, TriggerStart, TriggerTopic, Workflow
from apps.workflows.services import triggers
from apps.workflows.triggers import consumer as consumers
from apps.workflows.triggers import failures
from apps.workflows.triggers.consumer import Consumer
from tests.support.triggers import TOPIC, cloudevent, definition, make, plain, send, tick


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


def test_a_message_from_before_the_trigger_is_not_for_it(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    trigger = make(ann)
    Trigger.objects.filter(pk=trigger.pk).update(since=timezone.now() + timedelta(seconds=60))
    send(bus, cloudevent(1))
    assert (tick(consumer).read, Workflow.objects.count()) == (1, 0)


def test_a_trigger_on_another_topic_is_read_from_then_on(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    tick(consumer)
    make(ann, "other", topic="other.topic")
    send(bus, cloudevent(1, topic="other.topic"), cloudevent(2))
    assert tick(consumer).started == 2


def test_a_disabled_trigger_rests_and_what_came_meanwhile_is_not_for_it(
    ann: User, bus: MemoryBus, consumer: Consumer
) -> None:
    trigger = make(ann)
    make(ann, "witness", filter="false")
    triggers.set_enabled(ann, name="orders", enabled=False)
    send(bus, cloudevent(1))
    assert (tick(consumer).read, tick(consumer).started) == (1, 0)
    triggers.set_enabled(ann, name="orders", enabled=True)
    assert Trigger.objects.get(pk=trigger.pk).since > trigger.since
    send(bus, cloudevent(2))
    tick(consumer)
    assert inputs() == [{"amount": 2}]


def test_a_message_that_is_no_cloudevent_is_known_by_its_place(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann, input={"got": "${event.data}", "on": "${event.topic}"})
    send(bus, plain(b'{"a": 1}'), plain(b'{"a": 1}'), plain(b"hello"))
    assert tick(consumer).started == 3
    assert inputs() == [{"got": {"a": 1}, "on": TOPIC}] * 2 + [{"got": "hello", "on": TOPIC}]


def test_messages_that_were_not_committed_start_nothing_twice(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    send(bus, cloudevent(1), plain(b"{}"))
    assert tick(consumer).started == 2
    again = Consumer(bus, threading.Event(), group="begins with the oldest message")
    result = tick(again)
    assert (result.read, result.started, Workflow.objects.count()) == (2, 0, 2)


def test_a_consumer_that_is_told_to_stop_leaves_the_rest_to_the_next(ann: User, bus: MemoryBus) -> None:
    make(ann)
    send(bus, *(cloudevent(number) for number in range(3)))
    stop = threading.Event()
    first = Consumer(bus, stop)
    stop.set()
    assert tick(first).read == 0
    first.close()
    assert tick(Consumer(bus, threading.Event())).started == 3


# -- failures ----------------------------------------------------------------------------------------


def failing_input(ann: User) -> None:
    """The template wants a number."""
    make(ann, input={"amount": "${event.data.sum}"})


def test_what_fails_is_tried_again_and_holds_nothing_up(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    make(ann, "other")
    send(bus, cloudevent(1, {"sum": "much"}), cloudevent(2, {"sum": 5}))
    now = timezone.now()
    result = consumer.tick(now)
    assert (result.started, result.failed) == (3, 1)
    failure = TriggerFailure.objects.get()
    assert (failure.tries, failure.event["id"]) == (1, "1")
    assert "/input/amount" in failure.reason
    assert "much" not in failure.reason
    assert consumer.tick(now).failed == 0
    assert consumer.tick(now + timedelta(seconds=2)).failed == 1
    assert TriggerFailure.objects.get().tries == 2


def test_a_further_try_uses_the_trigger_as_it_is_then(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    triggers.update(ann, name="orders", definition=definition(input={}))
    assert tick(consumer, 2).started == 1
    assert not TriggerFailure.objects.exists()
    assert inputs() == [{}]


def test_what_the_filter_no_longer_lets_through_is_over(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    triggers.update(ann, name="orders", definition=definition(filter="event.id == '2'"))
    tick(consumer, 2)
    assert not TriggerFailure.objects.exists()
    assert not Workflow.objects.exists()


def exhaust(consumer: Consumer) -> None:
    """All further tries, each when it is due."""
    seconds = 0.0
    while TriggerFailure.objects.filter(next_try_at__isnull=False).exists():
        seconds += 70
        tick(consumer, seconds)


def test_after_five_tries_it_is_a_dead_letter_that_is_told_of(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    exhaust(consumer)
    failure = TriggerFailure.objects.get()
    assert (failure.tries, failure.next_try_at) == (5, None)
    letter = DeadLetter.objects.get()
    assert (letter.origin, letter.reference, letter.topic) == ("trigger", str(failure.pk), TOPIC)
    assert letter.payload["event"]["data"] == {"sum": "much"}
    assert "/input/amount" in letter.reason
    told = Event.objects.get(topic="base-shift.dead-letter")
    assert "much" not in str(told.data)
    assert "orders" in told.data["reason"]


def test_a_replay_tries_a_dead_letter_again(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    exhaust(consumer)
    triggers.update(ann, name="orders", definition=definition(input={}))
    failure = TriggerFailure.objects.get()
    assert triggers.replay(ann, name="orders", failure_ids=[failure.pk]) == 1
    assert tick(consumer).started == 1
    assert not TriggerFailure.objects.exists()
    assert DeadLetter.objects.get().replayed_at is not None


def test_a_replay_that_fails_is_tried_and_given_up_again(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    exhaust(consumer)
    triggers.replay(ann, name="orders", failure_ids=[TriggerFailure.objects.get().pk])
    exhaust(consumer)
    assert sorted(letter.replayed_at is None for letter in DeadLetter.objects.all()) == [False, True]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("permission", "no such template"),
        ("template", "no such template"),
        ("inactive", "no such template"),
        ("owner", "no owner"),
        ("field", "there is no key"),
    ],
)
def test_a_trigger_fails_by(change: str, reason: str, ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann, filter="event.data.sum > 1" if change == "field" else "true")
    template = JobTemplate.objects.get()
    if change == "permission":
        remove_perm("view_jobtemplate", ann, template)
    elif change == "template":
        lifecycle.delete(SYSTEM, template_id="sample")
    elif change == "inactive":
        User.objects.filter(pk=ann.pk).update(is_active=False)
    elif change == "owner":
        ann.delete()
    send(bus, cloudevent(1))
    assert tick(consumer).failed == 1
    assert reason in TriggerFailure.objects.get().reason


def test_without_start_on_the_template_the_trigger_fails(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    remove_perm("start_jobtemplate", ann, JobTemplate.objects.get())
    send(bus, cloudevent(1))
    assert tick(consumer).failed == 1
    assert "may not start" in TriggerFailure.objects.get().reason


def test_failures_of_a_trigger_beyond_a_bound_are_given_up_at_once(
    ann: User, bus: MemoryBus, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failures, "MAX_WAITING", 2)
    failing_input(ann)
    send(bus, *(cloudevent(number, {"sum": "much"}) for number in range(3)))
    tick(consumer)
    waiting = TriggerFailure.objects.filter(next_try_at__isnull=False).count()
    assert (waiting, DeadLetter.objects.count()) == (2, 1)


def test_a_trigger_on_the_dead_letters_that_fails_does_not_feed_itself(
    ann: User, bus: MemoryBus, consumer: Consumer
) -> None:
    make(ann, topic="base-shift.dead-letter", filter="event.data.nothing == 1")
    send(bus, cloudevent(1, topic="base-shift.dead-letter"))
    tick(consumer)
    exhaust(consumer)
    assert DeadLetter.objects.count() == 1
    assert not Event.objects.filter(topic="base-shift.dead-letter").exists()


# -- circles -----------------------------------------------------------------------------------------


def own_event(workflow: Workflow, number: int) -> Message:
    data = {"workflowId": str(workflow.pk), "state": "COMPLETED"}
    return cloudevent(number, data, "base-shift.workflows", source="/baseshift", type="baseshift.workflow.completed")


def test_workflows_that_start_each_other_are_stopped(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann, "first")
    make(ann, "circle", topic="base-shift.workflows", input={})
    send(bus, cloudevent(1))
    for round_ in range(20):
        tick(consumer)
        newest = Workflow.objects.order_by("-hops").first()
        assert newest is not None
        send(bus, own_event(newest, round_))
    assert sorted(Workflow.objects.values_list("hops", flat=True)) == list(range(17))
    letter = DeadLetter.objects.earliest("pk")
    assert "More than 16 workflows" in letter.reason


def test_an_event_that_only_looks_like_ours_is_no_hop(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    send(bus, cloudevent(1, {"workflowId": "no id"}, source="/baseshift"))
    tick(consumer)
    assert Workflow.objects.get().hops == 0


def test_a_dead_letter_can_be_handed_back_by_whoever_shows_all_of_them(
    ann: User, bus: MemoryBus, consumer: Consumer
) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    exhaust(consumer)
    triggers.update(ann, name="orders", definition=definition(input={}))
    dead_letters.retry(DeadLetter.objects.get())
    assert tick(consumer).started == 1


def test_a_dead_letter_of_a_trigger_that_has_gone_cannot_be_handed_back(
    ann: User, bus: MemoryBus, consumer: Consumer
) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}))
    tick(consumer)
    exhaust(consumer)
    triggers.delete(ann, name="orders")
    with pytest.raises(dead_letters.ReplayUnavailable):
        dead_letters.retry(DeadLetter.objects.get())


def test_a_dead_letter_that_is_dismissed_takes_its_failure_along(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    failing_input(ann)
    send(bus, cloudevent(1, {"sum": "much"}), cloudevent(2, {"sum": "more"}))
    tick(consumer)
    exhaust(consumer)
    first, _ = DeadLetter.objects.order_by("pk")
    assert dismiss_many(SYSTEM, letter_ids=[first.pk]) == 1
    assert [letter.reference for letter in DeadLetter.objects.all()] == [str(TriggerFailure.objects.get().pk)]


# -- progress ----------------------------------------------------------------------------------------


def test_it_tells_how_far_it_is(ann: User, bus: MemoryBus, consumer: Consumer) -> None:
    make(ann)
    now = timezone.now()
    send(bus, cloudevent(1))
    consumer.tick(now)
    told = TriggerTopic.objects.get()
    assert (told.topic, told.message_at, told.fault) == (TOPIC, bus.topics[TOPIC][0].time, "")
    assert told.waited is not None
    assert told.waited <= timezone.now() - now
    send(bus, cloudevent(2))
    consumer.tick(now)
    assert TriggerTopic.objects.get().message_at == told.message_at
    consumer.tick(now + timedelta(seconds=6))
    assert TriggerTopic.objects.get().message_at == bus.topics[TOPIC][1].time
