"""What is Redis' own: trimmed streams, strangers' entries, a server that is full, emptied or away."""

from collections.abc import Callable, Iterator

import pytest

from apps.events.bus.port import BusUnavailable
from apps.events.bus.redis_reader import RedisReader
from apps.events.bus.redis_streams import RedisStreams
from tests.events.test_bus_contract import message, numbers, publish, read, reading
from tests.support.servers import RedisServer
from tests.support.waiting import pass_by

Namer = Callable[[str], str]


@pytest.fixture
def full_redis(redis_server: RedisServer) -> Iterator[RedisServer]:
    with redis_server.client() as client:
        client.config_set("maxmemory", 1)
    yield redis_server
    with redis_server.client() as client:
        client.config_set("maxmemory", 0)


def test_an_entry_is_what_the_documentation_says(redis_bus: RedisStreams, redis_server: RedisServer) -> None:
    publish(redis_bus, message("facts", 7))
    with redis_server.client() as client:
        [(_, fields)] = client.xrange("facts")
    assert fields == {b"key": b"k", b"ce_id": b"7", b"data": b'{"n":7}'}


def test_streams_are_trimmed(redis_server: RedisServer) -> None:
    bus = RedisStreams(redis_server.url, max_length=100)
    publish(bus, *(message("facts", number) for number in range(1000)))
    with redis_server.client() as client:
        assert 100 <= client.xlen("facts") < 300
        [(_, last)] = client.xrevrange("facts", count=1)
    assert last[b"ce_id"] == b"999"
    bus.close()


def test_entries_of_strangers_are_read_as_json(redis_bus: RedisStreams, redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.xadd("foreign", {"amount": "7", "currency": "EUR"})
        client.xadd("foreign", {"key": "k", "data": b"\xff", "trace": b"\xfe"})
    with reading(redis_bus, ["foreign"], "group") as reader:
        first, second = read(reader, 2)
    assert (first.key, first.value) == (None, b'{"amount": "7", "currency": "EUR"}')
    assert (second.key, second.value, second.headers) == ("k", b"\xff", {"trace": "\ufffd"})


def test_a_name_that_something_else_has_holds_up_no_other(redis_bus: RedisStreams, redis_server: RedisServer) -> None:
    with redis_server.client() as client:
        client.set("taken", "1")
    outcome = redis_bus.publish([message("taken", 1), message("free", 2)])
    assert (outcome.acknowledged, outcome.refused) == ([1], {})
    assert "WRONGTYPE" in outcome.fault


@pytest.mark.usefixtures("full_redis")
def test_a_full_redis_takes_all_of_a_batch_or_nothing(redis_bus: RedisStreams) -> None:
    outcome = redis_bus.publish([message("facts", 1), message("facts", 2)])
    assert (outcome.acknowledged, outcome.refused) == ([], {})
    assert outcome.fault


def test_nobody_at_the_address_is_a_bus_that_is_away(idle_port: int) -> None:
    bus = RedisStreams(f"redis://:secret@127.0.0.1:{idle_port}/0", max_length=10)
    outcome = bus.publish([message("facts")])
    assert outcome.acknowledged == []
    assert outcome.fault
    assert "secret" not in outcome.fault
    for act in (bus.describe, lambda: bus.subscribe(["facts"], "group")):
        with pytest.raises(BusUnavailable):
            act()


def test_what_was_trimmed_before_it_was_committed_is_gone(redis_bus: RedisStreams, redis_server: RedisServer) -> None:
    publish(redis_bus, message("facts", 1))
    with reading(redis_bus, ["facts"], "group") as reader:
        read(reader, 1)
    with redis_server.client() as client:
        client.xtrim("facts", maxlen=0, approximate=False)
    publish(redis_bus, message("facts", 2))
    with reading(redis_bus, ["facts"], "group") as reader:
        assert numbers(read(reader, 1)) == [2]
    with redis_server.client() as client:
        assert client.xpending("facts", "group")["pending"] == 1


def test_a_reader_goes_on_in_a_redis_that_was_emptied(redis_bus: RedisStreams, redis_server: RedisServer) -> None:
    publish(redis_bus, message("facts", 1))
    with reading(redis_bus, ["facts"], "group") as reader:
        read(reader, 1)
        redis_server.flush()
        publish(redis_bus, message("facts", 2))
        assert numbers(read(reader, 1)) == [2]


def test_a_reader_that_was_frozen_leaves_its_streams_to_another(
    redis_bus: RedisStreams, redis_server: RedisServer
) -> None:
    with redis_server.client() as client:
        frozen = RedisReader(client, ["facts"], "group", session=0.2)
        publish(redis_bus, message("facts", 1))
        [received] = read(frozen, 1)
        pass_by(0.3)
        with reading(redis_bus, ["facts"], "group") as reader:
            assert numbers(read(reader, 1)) == [1]
            assert frozen.poll(0.1) == []
            frozen.commit([received.position])
            publish(redis_bus, message("facts", 2))
            assert numbers(read(reader, 1)) == [2]
        frozen.close()


def test_more_than_one_poll_holds_is_read_in_order(redis_bus: RedisStreams) -> None:
    publish(redis_bus, *(message("facts", number) for number in range(1200)))
    with reading(redis_bus, ["facts"], "group") as reader:
        first = reader.poll(1)
    with reading(redis_bus, ["facts"], "group") as reader:
        assert numbers(read(reader, 1200)) == list(range(1200))
    assert len(first) < 1200
