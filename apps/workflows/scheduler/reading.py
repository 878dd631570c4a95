"""The journal's items, and the engine's entries that they decode to."""

import json
from datetime import UTC, datetime
from typing import Any

from apps.workflows.engine.entries import Entry, Kind
from apps.workflows.live import keys
from apps.workflows.live.client import LiveRedis
from apps.workflows.scheduler.positions import position

Item = tuple[bytes, dict[bytes, bytes]]

_PLAIN = frozenset({Kind.COMMAND, Kind.TIMER})


def read(live: LiveRedis, generation: int, after: str, *, count: int, block_ms: int | None) -> list[Item]:
    """Read up to ``count`` items after the stream id ``after``; wait up to ``block_ms`` for the first."""
    answer: Any = live.redis.xread({keys.journal(generation): after}, count=count, block=block_ms)
    return answer[0][1] if answer else []


def decode(item: Item, generation: int) -> Entry:
    """Decode one item. ValueError or KeyError for what no script of ours wrote."""
    raw_id, fields = item
    stream_id = raw_id.decode()
    kind = Kind(fields[b"k"].decode())
    text = fields.get(b"d", b"")
    return Entry(
        kind=kind,
        workflow=fields[b"w"].decode(),
        position=position(generation, stream_id),
        time=datetime.fromtimestamp(int(stream_id.partition("-")[0]) / 1000, UTC),
        stream_id=stream_id,
        job=fields.get(b"j", b"").decode(),
        attempt=int(fields.get(b"a", 0)),
        claim=fields.get(b"c", b"").decode(),
        executor=fields.get(b"x", b"").decode(),
        data=text.decode() if kind in _PLAIN else json.loads(text) if text else None,
        following=fields.get(b"n", b"").decode(),
        following_claim=fields.get(b"nc", b"").decode(),
    )
