"""What every bus does, whatever it is made of."""

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone

from apps.events.bus.port import MAX_MESSAGE_BYTES, Bus, Message, Reader, Received, Topic
from tests.support.waiting import eventually

Namer = Callable[[str], str]
PATIENCE = 60.0


@pytest.fixture
def topic(bus: Bus, name: Namer) -> str:
    return made(bus, name("facts"))


def made(bus: Bus, name: str, partitions: int = 3) -> str:
    bus.set_up([Topic(name, partitions=partitions, replication=1, retention=timedelta(days=1))])
    return name


def message(topic: str, number: int = 1, key: str = "k") -> Message:
    return Message(topic, key, [("ce_id", str(number).encode())], f'{{"n":{number}}}'.encode())


def publish(bus: Bus, *messages: Message) -> None:
    outcome = bus.publish(messages)
    assert (outcome.acknowledged, outcome.refused, outcome.fault) == (list(range(len(messages))), {}, "")


@contextmanager
def reading(bus: Bus, topics: Sequence[str], group: str) -> Iterator[Reader]:
    reader = bus.subscribe(topics, group)
    try:
        yield reader
    finally:
        reader.close()


def read(reader: Reader, count: int) -> list[Received]:
    """The next ``count`` messages, and no more if more come at once."""
    found: list[Received] = []

    def enough() -> bool:
        found.extend(reader.poll(0.5))
        return len(found) >= count

    eventually(enough, PATIENCE)
    assert len(found) == count, found
    return found


def numbers(messages: Sequence[Received]) -> list[int]:
    return [int(one.headers["ce_id"]) for one in messages]


def test_what_goes_out_comes_in(bus: Bus, topic: str, name: Namer) -> None:
    before = timezone.now() - timedelta(seconds=1)
    headers = {"ce_id": "7", "ce_subject": "naïve ☃", "content-type": "application/json"}
    pairs = [(name, text.encode()) for name, text in headers.items()]
    publish(bus, Message(topic, "schlüssel", pairs, b'{"a": "\xc3\xa9"}'))
    with reading(bus, [topic], name("group")) as reader:
        [received] = read(reader, 1)
    assert (received.topic, received.key, received.headers) == (topic, "schlüssel", headers)
    assert received.value == b'{"a": "\xc3\xa9"}'
    assert received.position.topic == topic
    assert before <= received.time <= timezone.now() + timedelta(seconds=1)


def test_nothing_to_publish_is_no_fault(bus: Bus) -> None:
    publish(bus)


def test_messages_of_a_key_come_in_order_over_many_batches(bus: Bus, topic: str, name: Namer) -> None:
    keys = ["a", "b", "c", "d"]
    for begin in range(0, 400, 50):
        publish(bus, *(message(topic, number, keys[number % 4]) for number in range(begin, begin + 50)))
    with reading(bus, [topic], name("group")) as reader:
        received = read(reader, 400)
    for place, key in enumerate(keys):
        assert numbers([one for one in received if one.key == key]) == list(range(place, 400, 4))


def test_offsets_rise_within_a_partition(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, *(message(topic, number) for number in range(20)))
    with reading(bus, [topic], name("group")) as reader:
        positions = [one.position for one in read(reader, 20)]
    assert len({position.partition for position in positions}) == 1
    assert all(first.offset < second.offset for first, second in pairwise(positions))


def test_a_message_that_is_too_large_is_refused_and_no_other(bus: Bus, topic: str, name: Namer) -> None:
    large = Message(topic, "k", [("ce_id", b"1")], b"x" * MAX_MESSAGE_BYTES)
    outcome = bus.publish([message(topic, 0), large, message(topic, 2), message(topic, 3, "other")])
    assert (outcome.acknowledged, list(outcome.refused), outcome.fault) == ([0, 2, 3], [1], "")
    assert "bytes" in outcome.refused[1]
    with reading(bus, [topic], name("group")) as reader:
        assert sorted(numbers(read(reader, 3))) == [0, 2, 3]


def test_a_poll_ends_when_nothing_comes(bus: Bus, topic: str, name: Namer) -> None:
    with reading(bus, [topic], name("group")) as reader:
        assert reader.poll(0.1) == []


def test_a_reader_waits_for_what_comes_later(bus: Bus, topic: str, name: Namer) -> None:
    with reading(bus, [topic], name("group")) as reader:
        reader.poll(0.1)
        publish(bus, message(topic, 1))
        assert numbers(read(reader, 1)) == [1]


def test_several_topics_are_read_at_once(bus: Bus, name: Namer) -> None:
    topics = [made(bus, name("one")), made(bus, name("two"))]
    publish(bus, *(message(topic, 1) for topic in topics))
    with reading(bus, topics, name("group")) as reader:
        assert sorted(one.topic for one in read(reader, 2)) == sorted(topics)


def test_each_group_gets_everything(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, message(topic, 1), message(topic, 2))
    for group in ("first", "second"):
        with reading(bus, [topic], name(group)) as reader:
            assert numbers(read(reader, 2)) == [1, 2]


def test_what_was_not_committed_comes_again_to_the_next_reader(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, *(message(topic, number) for number in range(5)))
    with reading(bus, [topic], name("group")) as reader:
        received = read(reader, 5)
        reader.commit([received[2].position])
    with reading(bus, [topic], name("group")) as reader:
        assert numbers(read(reader, 2)) == [3, 4]


def test_a_reader_goes_on_although_nothing_was_committed(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, message(topic, 1))
    with reading(bus, [topic], name("group")) as reader:
        assert numbers(read(reader, 1)) == [1]
        publish(bus, message(topic, 2))
        assert numbers(read(reader, 1)) == [2]


def test_what_was_committed_does_not_come_again(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, message(topic, 1))
    with reading(bus, [topic], name("group")) as reader:
        reader.commit([one.position for one in read(reader, 1)])
    publish(bus, message(topic, 2))
    with reading(bus, [topic], name("group")) as reader:
        assert numbers(read(reader, 1)) == [2]


def test_two_readers_of_a_group_get_each_message_once_and_each_key_in_order(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, *(message(topic, number, f"k{number % 10}") for number in range(300)))
    group, found = name("group"), list[Received]()
    deadline = time.monotonic() + PATIENCE

    def work() -> None:
        with reading(bus, [topic], group) as reader:
            while len(found) < 300 and time.monotonic() < deadline:
                received = reader.poll(0.5)
                found.extend(received)
                reader.commit([one.position for one in received])

    with ThreadPoolExecutor() as threads:
        for working in [threads.submit(work) for _ in range(2)]:
            working.result()
    assert sorted(numbers(found)) == list(range(300))
    for key in range(10):
        assert numbers([one for one in found if one.key == f"k{key}"]) == list(range(key, 300, 10))


def test_what_a_reader_leaves_uncommitted_goes_to_another_of_its_group(bus: Bus, topic: str, name: Namer) -> None:
    publish(bus, message(topic, 1), message(topic, 2))
    group = name("group")
    with reading(bus, [topic], group) as second:
        with reading(bus, [topic], group) as first:
            assert numbers(read(first, 2)) == [1, 2]
        assert numbers(read(second, 2)) == [1, 2]


def test_it_says_which_bus_it_is(bus: Bus) -> None:
    assert bus.describe()
