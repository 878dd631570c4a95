"""The bus that the settings name."""

import socket

import redis
from django.conf import settings

from apps.core.redis_clients import single_try_client
from apps.events import topics
from apps.events.bus.port import Bus, Topic
from apps.events.bus.redis_streams import RedisStreams


def bus() -> Bus:
    """Return a new client, which connects when it is first used: the bus may be unavailable for now."""
    if settings.KAFKA:
        # Only where it is wanted: its client is slow to import.
        from apps.events.bus.kafka import KafkaBus

        return KafkaBus(settings.KAFKA)
    return RedisStreams(settings.REDIS_URL, max_length=settings.EVENT_STREAM_LENGTH)


def our_topics() -> list[Topic]:
    """Return the product's topics as they are to be set up."""
    return [
        Topic(
            name,
            partitions=settings.KAFKA_TOPIC_PARTITIONS,
            replication=settings.KAFKA_TOPIC_REPLICATION,
            retention=settings.KAFKA_TOPIC_RETENTION,
            compacted=name in settings.KAFKA_COMPACTED_TOPICS,
        )
        for name in topics.ALL
    ]


def is_reachable(seconds: float) -> bool:
    """Return whether a server answers at the bus' address, asked as a probe asks: cheaply, and not for long."""
    if settings.KAFKA:
        return any(_listens(server, seconds) for server in settings.KAFKA["bootstrap_servers"])
    try:
        with single_try_client(settings.REDIS_URL, timeout=seconds) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _listens(server: str, seconds: float) -> bool:
    host, _, port = server.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), seconds):
            return True
    except (OSError, ValueError):
        return False
