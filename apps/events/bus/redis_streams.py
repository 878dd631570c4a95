"""Redis Streams as the bus: one stream per topic, with the same name. Needs nothing newer than Redis 6.2.

An entry has the fields ``key``, ``data`` (the value) and one for each header. A stream is one partition.
"""

from collections.abc import Sequence
from typing import Any

import redis

from apps.core.redis_clients import single_try_client
from apps.events.bus.port import MAX_MESSAGE_BYTES, Message, PublishResult, Topic, too_large
from apps.events.bus.redis_reader import DATA, KEY, SESSION_SECONDS, RedisReader, as_bus_unavailable

TIMEOUT_SECONDS = 5.0


class RedisStreams:
    """The adapter. ``max_length`` bounds each stream: older entries are trimmed, read or not (by whole nodes).

    ``session`` is how many seconds a reader may be silent before another takes its streams.
    """

    def __init__(
        self,
        url: str,
        *,
        max_length: int,
        session: float = SESSION_SECONDS,
        max_message_bytes: int = MAX_MESSAGE_BYTES,
    ) -> None:
        self.max_length = max_length
        self.session = session
        self.max_message_bytes = max_message_bytes
        # A command that is repeated by the client itself could add its entries twice, out of order.
        self._redis = single_try_client(url, timeout=TIMEOUT_SECONDS)

    def publish(self, messages: Sequence[Message]) -> PublishResult:
        """Add all that can be sent in one transaction: Redis may run out of memory between two entries."""
        outcome = PublishResult()
        pipeline = self._redis.pipeline(transaction=True)
        sent = []
        for place, message in enumerate(messages):
            if (size := message.size) > self.max_message_bytes:
                outcome.refused[place] = too_large(size, self.max_message_bytes)
                continue
            fields: dict[Any, Any] = {KEY: message.key, **dict(message.headers), DATA: message.value}
            pipeline.xadd(message.topic, fields, maxlen=self.max_length, approximate=True)
            sent.append(place)
        try:
            answers = pipeline.execute(raise_on_error=False)
        except redis.RedisError as error:
            outcome.fault = str(error)
            return outcome
        for place, answer in zip(sent, answers, strict=True):
            if isinstance(answer, Exception):
                # Of the topic, not of the message: something else than a stream has its name.
                outcome.fault = str(answer)
            else:
                outcome.acknowledged.append(place)
        return outcome

    def subscribe(self, topics: Sequence[str], group: str) -> RedisReader:
        with as_bus_unavailable():
            return RedisReader(self._redis, topics, group, session=self.session)

    def ends(self, topic: str) -> None:
        """Return None: an entry's id is the time at which Redis took it."""

    def set_up(self, topics: Sequence[Topic]) -> list[str]:
        """Do nothing: the first entry creates a stream."""
        return []

    def describe(self) -> str:
        with as_bus_unavailable():
            version = self._redis.info("server")["redis_version"]
        return f"Redis Streams on Redis {version}"

    def close(self) -> None:
        self._redis.close()
