"""What is Kafka's own: brokers that are away, topics that are not there, partitions, strangers' messages."""

import os
import socket
import struct
import subprocess
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from kafka import KafkaProducer
from kafka.net.transport import KafkaTCPTransport

from apps.events.bus.kafka import KafkaBus
from apps.events.bus.port import BusUnavailable, Message, Topic
from apps.stack import command_lines
from tests.events.test_bus_contract import PATIENCE, made, message, publish, read, reading
from tests.support.brokers import Broker, new_broker
from tests.support.waiting import eventually

Namer = Callable[[str], str]


def test_a_broker_that_is_away_is_told_and_met_again_when_it_comes(tmp_path: Path, name: Namer) -> None:
    broker = new_broker(tmp_path)
    broker.start()
    bus = KafkaBus(broker.connection)
    topic = name("facts")
    eventually(lambda: takes(bus, message(topic, 1)))
    broker.stop()
    outcome = bus.publish([message(topic, 2)])
    assert (outcome.acknowledged, outcome.refused) == ([], {})
    assert outcome.fault
    broker.start()
    eventually(lambda: takes(bus, message(topic, 3)))
    bus.close()
    broker.stop()


def takes(bus: KafkaBus, message: Message) -> bool:
    """Whether the message goes out. A broker that is there may be slow, and is given up then until the next time."""
    try:
        made(bus, message.topic)
    except BusUnavailable:
        return False
    return bus.publish([message]).acknowledged == [0]


def test_nobody_at_the_address_is_a_bus_that_is_away(idle_port: int) -> None:
    bus = KafkaBus({"bootstrap_servers": [f"127.0.0.1:{idle_port}"]})
    assert bus.publish([message("facts")]).fault
    acts = (bus.describe, lambda: bus.set_up([]), lambda: bus.subscribe(["facts"], "group"), lambda: bus.ends("facts"))
    for act in acts:
        with pytest.raises(BusUnavailable):
            act()


def resets(server: socket.socket) -> None:
    """Let each come in and say something, then reset its connection: so does the system for a process that is killed."""
    while True:
        try:
            connection, _ = server.accept()
        except OSError:
            return
        with connection:
            connection.recv(1)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def test_a_lost_connection_is_told_in_lines_without_a_traceback() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = threading.Thread(target=resets, args=[server])
        accepting.start()
        settings = {"KAFKA_BOOTSTRAP_SERVERS": f"127.0.0.1:{server.getsockname()[1]}"}
        command = command_lines.manage("setup_topics")
        done = subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)
        server.shutdown(socket.SHUT_RDWR)
    accepting.join()
    assert done.returncode == 1
    assert "Connection reset by peer" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.usefixtures("patient_kafka")
def test_a_bus_that_is_closed_while_nobody_answers_sends_nothing_later(tmp_path: Path, name: Namer) -> None:
    broker = new_broker(tmp_path)
    broker.start()
    bus = KafkaBus(broker.connection)
    topic = made(bus, name("facts"))
    before = set(threading.enumerate())
    publish(bus, message(topic, 1))
    producer = bus._connected()
    broker.stop()
    producer.send(topic, b"2")
    bus.close()
    eventually(lambda: set(threading.enumerate()) <= before)


def test_a_client_that_is_closed_with_something_to_send_leaves_no_socket(kafka_bus: KafkaBus, name: Namer) -> None:
    publish(kafka_bus, message(made(kafka_bus, name("facts")), 1))
    connections = kafka_bus._connected()._sender._client._manager._conns.values()
    transports = [connection.transport for connection in connections]
    sockets = [transport._sock for transport in transports]
    for transport in transports:
        # The client's thread has been asked to send it, and has not come to it.
        transport._write_buffer.append(b"later")
    kafka_bus.close()
    assert sockets
    assert [sock.fileno() for sock in sockets] == [-1] * len(sockets)


def test_a_connection_that_is_closed_while_it_is_read_is_told_without_a_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with socket.socket() as unused:
        transport = KafkaTCPTransport(None, unused)
    # As another thread of the client leaves it.
    transport._sock = None
    transport._sock_recv()
    assert "Error receiving network data" in caplog.text
    assert "Traceback" not in caplog.text


def test_a_name_that_no_topic_can_have_is_refused(kafka_bus: KafkaBus, name: Namer) -> None:
    there = made(kafka_bus, name("there"))
    outcome = kafka_bus.publish([message("not a/topic", 1), message(there, 2)])
    assert (outcome.acknowledged, list(outcome.refused), outcome.fault) == ([1], [0], "")


@pytest.mark.usefixtures("patient_kafka")
def test_a_reader_that_cannot_begin_leaves_no_thread(broker: Broker) -> None:
    before = set(threading.enumerate())
    with pytest.raises(ValueError, match="not a/topic"):
        KafkaBus(broker.connection).subscribe(["not a/topic"], "group")
    eventually(lambda: set(threading.enumerate()) <= before)


def test_topics_are_made_once(kafka_bus: KafkaBus, name: Namer) -> None:
    topics = [Topic(name("new"), partitions=2, replication=1, retention=timedelta(days=1))]
    assert kafka_bus.set_up(topics) == [f"{topics[0].name}: made with 2 partitions"]
    assert kafka_bus.set_up(topics) == []


def test_messages_of_strangers_are_read_as_they_are(kafka_bus: KafkaBus, broker: Broker, name: Namer) -> None:
    topic = made(kafka_bus, name("foreign"))
    producer = KafkaProducer(**broker.connection)
    producer.send(topic, value=b"\xff not text").get(timeout=PATIENCE)
    producer.send(topic, key=b"k", headers=[("trace", b"\xfe"), ("empty", b"")]).get(timeout=PATIENCE)
    producer.close()
    with reading(kafka_bus, [topic], name("group")) as reader:
        received = sorted(read(reader, 2), key=lambda one: one.key or "")
    assert [(one.key, one.value) for one in received] == [(None, b"\xff not text"), ("k", b"")]
    assert received[1].headers == {"trace": "\ufffd", "empty": ""}


def test_a_time_that_the_sender_says_is_told_as_such(kafka_bus: KafkaBus, broker: Broker, name: Namer) -> None:
    topic = made(kafka_bus, name("copied"))
    producer = KafkaProducer(**broker.connection)
    producer.send(topic, value=b"old", timestamp_ms=1_000_000_000_000).get(timeout=PATIENCE)
    producer.close()
    with reading(kafka_bus, [topic], name("group")) as reader:
        [received] = read(reader, 1)
    assert (received.time.year, received.timed_by_bus) == (2001, False)


def test_what_comes_next_stands_where_its_partition_ended(kafka_bus: KafkaBus, name: Namer) -> None:
    topic = made(kafka_bus, name("facts"))
    # One by one: the wheel's broker counts a batch as one here.
    for number in (1, 2):
        publish(kafka_bus, message(topic, number))
    ends = kafka_bus.ends(topic)
    assert (len(ends), sum(ends.values())) == (3, 2)
    publish(kafka_bus, message(topic, 3))
    with reading(kafka_bus, [topic], name("group")) as reader:
        position = read(reader, 3)[-1].position
    assert position.offset == ends[position.partition]


def test_a_topic_that_is_not_there_has_no_ends_and_one_that_cannot_be_is_a_fault(
    kafka_bus: KafkaBus, name: Namer
) -> None:
    assert kafka_bus.ends(name("absent")) == {}
    with pytest.raises(BusUnavailable, match="not a/topic"):
        kafka_bus.ends("not a/topic")


def test_what_takes_several_batches_arrives_in_order(kafka_bus: KafkaBus, name: Namer) -> None:
    topic = made(kafka_bus, name("large"))
    publish(kafka_bus, *(Message(topic, "k", [("ce_id", b"%d" % n)], b"x" * 300_000) for n in range(8)))
    with reading(kafka_bus, [topic], name("group")) as reader:
        assert [one.headers["ce_id"] for one in read(reader, 8)] == [str(number) for number in range(8)]
