"""What only Apache Kafka can show: logins, encryption, and refusals by the broker. ``make test-kafka`` runs it."""

import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from kafka import KafkaProducer
from kafka.admin import KafkaAdminClient

from apps.events import topics
from apps.events.bus import kafka
from apps.events.bus.kafka import KafkaBus
from apps.events.bus.port import BusUnavailable, Message, Topic
from apps.stack import command_lines
from tests.events.test_bus_contract import PATIENCE, made, message, publish, read, reading
from tests.support.brokers import ApacheBroker, needs_apache
from tests.support.waiting import eventually

pytestmark = needs_apache
Namer = Callable[[str], str]
A_MOMENT_MS = 1_000
# One of them with each change, the others before a release: they differ in what the client's library does.
MECHANISMS = [
    pytest.param("PLAIN", marks=pytest.mark.release),
    pytest.param("SCRAM-SHA-256", marks=pytest.mark.release),
    "SCRAM-SHA-512",
]


def login(broker: ApacheBroker, mechanism: str, password: str = "") -> dict[str, str]:
    state = broker.kafka.state
    return {
        "sasl_mechanism": mechanism,
        "sasl_plain_username": state["user"],
        "sasl_plain_password": password or state["password"],
    }


def way(broker: ApacheBroker, protocol: str, **more: Any) -> dict[str, Any]:
    """How to reach the broker's listener of ``protocol``."""
    address = broker.kafka.state["listeners"][protocol]
    return {"bootstrap_servers": [address], "security_protocol": protocol, **more}


def goes_both_ways(bus: KafkaBus, name: Namer) -> None:
    topic = made(bus, name("facts"))
    publish(bus, message(topic, 1))
    with reading(bus, [topic], name("group")) as reader:
        assert [one.headers for one in read(reader, 1)] == [{"ce_id": "1"}]
    bus.close()


def partitions(broker: ApacheBroker, topic: str) -> int:
    with KafkaAdminClient(**broker.connection) as admin:
        return len(admin.describe_topics([topic])[0]["partitions"])


@pytest.mark.usefixtures("patient_kafka")
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_by_login(broker: ApacheBroker, name: Namer, mechanism: str) -> None:
    goes_both_ways(KafkaBus(way(broker, "SASL_PLAINTEXT", **login(broker, mechanism))), name)


@pytest.mark.usefixtures("patient_kafka")
def test_encrypted(broker: ApacheBroker, name: Namer) -> None:
    goes_both_ways(KafkaBus(way(broker, "SSL", ssl_cafile=broker.kafka.state["cafile"])), name)


@pytest.mark.usefixtures("patient_kafka")
@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_encrypted_by_login(broker: ApacheBroker, name: Namer, mechanism: str) -> None:
    encrypted = way(broker, "SASL_SSL", ssl_cafile=broker.kafka.state["cafile"], **login(broker, mechanism))
    goes_both_ways(KafkaBus(encrypted), name)


def set_up_topics(**settings: str) -> subprocess.CompletedProcess[str]:
    command = command_lines.manage("setup_topics")
    return subprocess.run(command, env={**os.environ, **settings}, capture_output=True, text=True, check=False)


def test_the_settings_lead_there(broker: ApacheBroker) -> None:
    state = broker.kafka.state
    settings = {
        "KAFKA_BOOTSTRAP_SERVERS": state["listeners"]["SASL_SSL"],
        "KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "KAFKA_SSL_CAFILE": state["cafile"],
        "KAFKA_SASL_MECHANISM": "SCRAM-SHA-512",
        "KAFKA_SASL_USERNAME": state["user"],
        "KAFKA_SASL_PASSWORD": state["password"],
        "KAFKA_COMPACTED_TOPICS": topics.TEMPLATES,
        "KAFKA_TOPIC_PARTITIONS": "2",
    }
    runs: list[subprocess.CompletedProcess[str]] = []

    def is_set_up() -> bool:
        # The command gives a broker that is slow three seconds, and may be run again.
        runs.append(set_up_topics(**settings))
        return runs[-1].returncode == 0

    eventually(is_set_up)
    assert runs[-1].stderr == ""
    assert {partitions(broker, topic) for topic in topics.ALL} == {2}
    eventually(is_set_up)
    assert "Nothing to do" in runs[-1].stdout


def test_a_certificate_of_an_unknown_authority_is_not_trusted(broker: ApacheBroker) -> None:
    address = broker.kafka.state["listeners"]["SSL"]
    done = set_up_topics(KAFKA_BOOTSTRAP_SERVERS=address, KAFKA_SECURITY_PROTOCOL="SSL")
    assert done.returncode == 1
    assert "The topics cannot be set up" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("mechanism", MECHANISMS)
def test_a_wrong_password_lets_nobody_in(broker: ApacheBroker, mechanism: str) -> None:
    bus = KafkaBus(way(broker, "SASL_PLAINTEXT", **login(broker, mechanism, password="wrong")))
    assert bus.publish([message("facts")]).fault
    with pytest.raises(BusUnavailable):
        bus.describe()


def test_what_the_broker_refuses_is_refused_alone_and_the_order_stays(
    kafka_bus: KafkaBus, broker: ApacheBroker, name: Namer
) -> None:
    topic = name("narrow")
    with KafkaAdminClient(**broker.connection) as admin:
        admin.create_topics(
            {topic: {"num_partitions": 1, "replication_factor": 1, "configs": {"max.message.bytes": "2000"}}}
        )
    large = Message(topic, "k", [("ce_id", b"5")], b"x" * 5000)
    outcome = kafka_bus.publish(
        [*(message(topic, n) for n in range(5)), large, *(message(topic, n) for n in range(6, 100))]
    )
    assert (len(outcome.acknowledged), list(outcome.refused), outcome.fault) == (99, [5], "")
    with reading(kafka_bus, [topic], name("group")) as reader:
        arrived = [int(one.headers["ce_id"]) for one in read(reader, 99)]
    assert arrived == [n for n in range(100) if n != 5]


def test_a_topic_that_is_not_there_holds_up_no_other(
    kafka_bus: KafkaBus, name: Namer, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, absent = made(kafka_bus, name("there")), name("absent")
    monkeypatch.setattr(kafka, "METADATA_MS", A_MOMENT_MS)
    # Once the client knows of this one, it need not wait for it.
    eventually(lambda: kafka_bus.publish([message(there, 0)]).acknowledged == [0])
    outcome = kafka_bus.publish([message(absent, 1), message(there, 2), message(absent, 3), message(there, 4)])
    assert (outcome.acknowledged, outcome.refused) == ([1, 3], {})
    assert absent in outcome.fault


def test_a_time_that_the_broker_sets_is_told_as_such(kafka_bus: KafkaBus, broker: ApacheBroker, name: Namer) -> None:
    topic = name("stamped")
    configs = {"message.timestamp.type": "LogAppendTime"}
    with KafkaAdminClient(**broker.connection) as admin:
        admin.create_topics({topic: {"num_partitions": 1, "replication_factor": 1, "configs": configs}})
    before = timezone.now() - timedelta(seconds=1)
    producer = KafkaProducer(**broker.connection)
    producer.send(topic, value=b"old", timestamp_ms=1_000_000_000_000).get(timeout=PATIENCE)
    producer.close()
    with reading(kafka_bus, [topic], name("group")) as reader:
        [received] = read(reader, 1)
    assert received.timed_by_bus
    assert received.time >= before


def test_topics_are_extended_but_never_shrunk(kafka_bus: KafkaBus, broker: ApacheBroker, name: Namer) -> None:
    topic = name("growing")

    def set_up(count: int) -> list[str]:
        return kafka_bus.set_up([Topic(topic, partitions=count, replication=1, retention=timedelta(days=1))])

    assert set_up(2) == [f"{topic}: made with 2 partitions"]
    assert set_up(2) == []
    assert set_up(4) == [f"{topic}: extended from 2 to 4 partitions"]
    assert set_up(1) == []
    assert partitions(broker, topic) == 4
