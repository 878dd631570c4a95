"""The bus for outgoing events: Redis Streams, or Kafka where its brokers are named."""

from datetime import timedelta
from typing import Any

from apps.core import env

# Entries kept of each topic on Redis Streams, read or not: they share the memory with the queues.
EVENT_STREAM_LENGTH = env.whole_number("EVENT_STREAM_LENGTH", 100_000, minimum=1)


def kafka() -> dict[str, Any]:
    """Return kafka-python's settings of the brokers and how to speak to them; empty if none are named."""
    servers = env.items("KAFKA_BOOTSTRAP_SERVERS")
    if not servers:
        return {}
    protocols = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")
    protocol = env.choice("KAFKA_SECURITY_PROTOCOL", "PLAINTEXT", protocols)
    return {
        "bootstrap_servers": servers,
        "security_protocol": protocol,
        "ssl_cafile": env.text("KAFKA_SSL_CAFILE") or None,
        **(kafka_sasl() if protocol.startswith("SASL") else {}),
    }


def kafka_sasl() -> dict[str, str]:
    """Return our credentials for the brokers."""
    found = {
        "sasl_mechanism": env.choice("KAFKA_SASL_MECHANISM", "PLAIN", ("PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512")),
        "sasl_plain_username": env.text("KAFKA_SASL_USERNAME"),
        "sasl_plain_password": env.text("KAFKA_SASL_PASSWORD"),
    }
    if not all(found.values()):
        raise env.BadSetting(
            "KAFKA_SASL_USERNAME and KAFKA_SASL_PASSWORD must be set for KAFKA_SECURITY_PROTOCOL=SASL_…"
        )
    return found


KAFKA = kafka()
# What setup_topics makes. Replication -1: as the brokers have it.
KAFKA_TOPIC_PARTITIONS = env.whole_number("KAFKA_TOPIC_PARTITIONS", 6, minimum=1)
KAFKA_TOPIC_REPLICATION = env.whole_number("KAFKA_TOPIC_REPLICATION", -1, minimum=-1)
KAFKA_TOPIC_RETENTION = timedelta(days=env.number("KAFKA_TOPIC_RETENTION_DAYS", 7, minimum=0.01))
KAFKA_COMPACTED_TOPICS = env.items("KAFKA_COMPACTED_TOPICS")
