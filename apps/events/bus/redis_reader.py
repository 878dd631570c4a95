"""A member of a consumer group on Redis Streams.

Redis hands a group's entries to whoever asks first, which would spread the messages of one key over the members. So the
members hold each stream in turns: one reads it, by a lease, under the group's one consumer name, and the others stand
by. Whoever takes over first gets what its predecessor left uncommitted, in order.
"""

import json
import time
import uuid
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import redis

from apps.events.bus.port import BusUnavailable, Position, Received

PARTITION = 0
# Fields of an entry; the others are headers.
KEY, DATA = "key", "data"
CONSUMER = "reader"
MAX_MESSAGES_PER_POLL = 500
SESSION_SECONDS = 6.0
PAUSE_SECONDS = 0.05
NEW = ">"

_HOLD = """
local holder = redis.call('GET', KEYS[1])
if holder and holder ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return holder and 1 or 2
"""
_RELEASE = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end"
_TAKEN = 2


@contextmanager
def as_bus_unavailable() -> Iterator[None]:
    """Raise Redis' errors as :class:`BusUnavailable`."""
    try:
        yield
    except redis.RedisError as error:
        raise BusUnavailable(str(error)) from error


class RedisReader:
    """A reader. After ``session`` seconds of silence another member takes its streams."""

    def __init__(
        self, client: "redis.Redis", topics: Sequence[str], group: str, *, session: float = SESSION_SECONDS
    ) -> None:
        self._redis = client
        self._group = group
        self._session = session
        self._token = uuid.uuid4().hex
        self._hold_script = client.register_script(_HOLD)
        self._streams = {topic: _Stream(topic) for topic in topics}
        for topic in topics:
            self._join(topic)

    def poll(self, timeout: float) -> list[Received]:
        deadline = time.monotonic() + timeout
        with as_bus_unavailable():
            while True:
                held = [stream for stream in self._streams.values() if self._holds(stream)]
                left = deadline - time.monotonic()
                found = self._read(held, left) if held else []
                if found or time.monotonic() >= deadline:
                    return found
                if not held:
                    time.sleep(max(0.0, min(PAUSE_SECONDS, left)))

    def commit(self, positions: Sequence[Position]) -> None:
        with as_bus_unavailable():
            for position in positions:
                done = self._streams[position.topic].done(position.offset)
                if done:
                    self._redis.xack(position.topic, self._group, *done)

    def close(self) -> None:
        try:
            for stream in self._streams.values():
                if stream.held:
                    self._redis.eval(_RELEASE, 1, self._lease(stream.topic), self._token)
        except redis.RedisError:
            # The leases end by themselves.
            return

    def _join(self, topic: str) -> None:
        try:
            self._redis.xgroup_create(topic, self._group, id="0", mkstream=True)
        except redis.ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    def _lease(self, topic: str) -> str:
        return f"bus:{self._group}:{topic}"

    def _holds(self, stream: "_Stream") -> bool:
        """Acquire the stream, or renew that. Returns whether it is held."""
        milliseconds = int(self._session * 1000)
        answer = self._hold_script(keys=[self._lease(stream.topic)], args=[self._token, milliseconds])
        if answer == _TAKEN:
            stream.start_over()
        stream.held = bool(answer)
        return stream.held

    def _read(self, streams: Sequence["_Stream"], seconds: float) -> list[Received]:
        # Never so long that the leases end meanwhile; BLOCK 0 would wait forever.
        block = max(1, int(min(seconds, self._session / 3) * 1000))
        after: Any = {stream.topic: stream.after for stream in streams}
        try:
            answer: Any = self._redis.xreadgroup(self._group, CONSUMER, after, count=MAX_MESSAGES_PER_POLL, block=block)
        except redis.ResponseError as error:
            if "NOGROUP" not in str(error):
                raise
            # Redis was emptied.
            for stream in streams:
                self._join(stream.topic)
            return []
        return [received for topic, entries in answer for received in self._taken(topic.decode(), entries)]

    def _taken(self, topic: str, entries: Sequence[tuple[bytes, Mapping[bytes, bytes] | None]]) -> list[Received]:
        stream = self._streams[topic]
        stream.delivered(entries)
        trimmed = [entry_id for entry_id, fields in entries if not fields]
        if trimmed:
            self._redis.xack(topic, self._group, *trimmed)
        return [_received(topic, entry_id, fields) for entry_id, fields in entries if fields]


class _Stream:
    """The progress in one stream: how far it was read, and what is not committed yet."""

    def __init__(self, topic: str) -> None:
        self.topic = topic
        self.held = False
        self.after = "0"
        self._open: deque[int] = deque()

    def start_over(self) -> None:
        """Begin with what the group has taken and not committed."""
        self.after = "0"
        self._open.clear()

    def delivered(self, entries: Sequence[tuple[bytes, Any]]) -> None:
        self._open.extend(_offset(entry_id) for entry_id, fields in entries if fields)
        if self.after != NEW:
            # An answer without entries: nothing is left of what others took.
            self.after = entries[-1][0].decode() if entries else NEW

    def done(self, offset: int) -> list[str]:
        """Return the ids of what was delivered up to ``offset``, and forget them."""
        ids = []
        while self._open and self._open[0] <= offset:
            ids.append(_entry_id(self._open.popleft()))
        return ids


def _offset(entry_id: bytes) -> int:
    """Return an entry's id, ``<milliseconds>-<number>``, as one number in the same order."""
    milliseconds, number = entry_id.split(b"-")
    return int(milliseconds) << 64 | int(number)


def _entry_id(offset: int) -> str:
    return f"{offset >> 64}-{offset & (1 << 64) - 1}"


def _received(topic: str, entry_id: bytes, fields: Mapping[bytes, bytes]) -> Received:
    texts = {name.decode(errors="replace"): value.decode(errors="replace") for name, value in fields.items()}
    key, data = texts.pop(KEY, None), texts.pop(DATA, None)
    # Others write what fields they like.
    value = json.dumps(texts).encode() if data is None else fields[DATA.encode()]
    offset = _offset(entry_id)
    time_taken = datetime.fromtimestamp((offset >> 64) / 1000, UTC)
    return Received(topic, key, texts, value, Position(topic, PARTITION, offset), time_taken)
