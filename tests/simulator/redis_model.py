"""The commands of Redis that the engine uses, on virtual time, with the faults a real server has.

The product's own Lua scripts run here unchanged, in the Lua that Redis embeds (5.1, by lupa): what is
modelled is the server beneath them, so that a seed can empty it, roll it back, or set its clock back.
"""

import copy
import fnmatch
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from lupa import lua51

Value = Any


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, float):
        # How Redis hands a Lua number to a command.
        return f"{value:.17g}"
    return str(value)


class RedisModel:
    """One server. ``now_ms`` is its clock; ``run_id`` changes when it restarts."""

    KEPT_STATES = 16

    def __init__(self, clock: Callable[[], int]) -> None:
        self.clock = clock
        self.clock_shift = 0
        self.runs = 1
        self.data: dict[str, Value] = {}
        self.last_id: dict[str, tuple[int, int]] = {}
        self.history: deque[tuple[dict[str, Value], dict[str, tuple[int, int]]]] = deque(maxlen=self.KEPT_STATES)
        self._lua = lua51.LuaRuntime(unpack_returned_tuples=True)
        self._functions: dict[str, Any] = {}
        self._redis = self._lua.table_from({"call": self._call})

    @property
    def run_id(self) -> str:
        return f"run{self.runs}"

    # -- faults ---------------------------------------------------------------------------------

    def remember(self) -> None:
        """Keep the present state, as one that a crash may fall back to."""
        self.history.append((copy.deepcopy(self.data), dict(self.last_id)))

    def restart(self, *, lose: int | None) -> None:
        """A new run: with everything but the last ``lose`` kept states, or with nothing (``None``)."""
        self.runs += 1
        if lose is None:
            self.data, self.last_id = {}, {}
        else:
            for _ in range(min(lose, len(self.history))):
                self.data, self.last_id = self.history.pop()
        self.history.clear()

    # -- calls ----------------------------------------------------------------------------------

    def script(self, source: str, arguments: Sequence[Any]) -> Any:
        function = self._functions.get(source)
        if function is None:
            function = self._functions[source] = self._lua.eval(f"function(ARGV, KEYS, redis)\n{source}\nend")
        self.remember()
        return self._reply(function(self._lua.table_from([_text(part) for part in arguments]), None, self._redis))

    def call(self, name: str, *arguments: Any) -> Any:
        return getattr(self, f"_{name.lower()}")(*map(_text, arguments))

    def _call(self, name: str, *arguments: Any) -> Any:
        answer = self.call(name, *arguments)
        if answer is None:
            return False
        if isinstance(answer, list):
            return self._lua.table_from([False if item is None else item for item in answer])
        return answer

    def _reply(self, value: Any) -> Any:
        if value is None or value is False:
            return None
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, int | float):
            return int(value)
        return [self._reply(item) for item in value.values()]

    # -- strings --------------------------------------------------------------------------------

    def _time(self) -> list[str]:
        now = self.clock() + self.clock_shift
        return [str(now // 1000), str(now % 1000 * 1000)]

    def _get(self, key: str) -> str | None:
        return self.data.get(key)

    def _mget(self, *keys: str) -> list[str | None]:
        return [self.data.get(key) for key in keys]

    def _set(self, key: str, value: str, *options: str) -> str | None:
        if "NX" in options and key in self.data:
            return None
        self.data[key] = value
        return "OK"

    def _del(self, *keys: str) -> int:
        return sum(self.data.pop(key, None) is not None for key in keys)

    _unlink = _del

    def _exists(self, key: str) -> int:
        return int(key in self.data)

    def _expire(self, key: str, seconds: str) -> int:
        return int(key in self.data)

    # -- hashes ---------------------------------------------------------------------------------

    def _hget(self, key: str, field: str) -> str | None:
        return self.data.get(key, {}).get(field)

    def _hmget(self, key: str, *fields: str) -> list[str | None]:
        return [self.data.get(key, {}).get(field) for field in fields]

    def _hset(self, key: str, *pairs: str) -> int:
        self.data.setdefault(key, {}).update(zip(pairs[::2], pairs[1::2], strict=True))
        return 1

    def _hsetnx(self, key: str, field: str, value: str) -> int:
        self.data.setdefault(key, {}).setdefault(field, value)
        return 1

    def _hdel(self, key: str, field: str) -> int:
        return self._remove(key, field)

    def _remove(self, key: str, member: str) -> int:
        found = self.data.get(key, {})
        removed = int(found.pop(member, None) is not None)
        if not found:
            self.data.pop(key, None)
        return removed

    # -- sorted sets ----------------------------------------------------------------------------

    def _zadd(self, key: str, score: str, member: str) -> int:
        self.data.setdefault(key, {})[member] = float(score)
        return 1

    def _zrem(self, key: str, member: str) -> int:
        return self._remove(key, member)

    def _zscore(self, key: str, member: str) -> str | None:
        score = self.data.get(key, {}).get(member)
        return None if score is None else f"{score:.17g}"

    def _sorted(self, key: str) -> list[tuple[float, str]]:
        return sorted((score, member) for member, score in self.data.get(key, {}).items())

    def _zrange(self, key: str, first: str, last: str, *options: str) -> list[str]:
        end = None if last == "-1" else int(last) + 1
        items = self._sorted(key)[int(first) : end]
        if options:
            return [part for score, member in items for part in (member, f"{score:.17g}")]
        return [member for _, member in items]

    def _zrangebyscore(self, key: str, low: str, high: str, _limit: str, start: str, count: str) -> list[str]:
        return [member for score, member in self._sorted(key) if score <= float(high)][: int(count)]

    # -- lists ----------------------------------------------------------------------------------

    def _lpush(self, key: str, *values: str) -> int:
        self.data[key] = [*reversed(values), *self.data.get(key, [])]
        return len(self.data[key])

    def _rpush(self, key: str, *values: str) -> int:
        self.data.setdefault(key, []).extend(values)
        return 1

    def _ltrim(self, key: str, first: str, last: str) -> str:
        self.data[key] = self.data.get(key, [])[int(first) : int(last) + 1]
        return "OK"

    def _lpop(self, key: str) -> str | None:
        values = self.data.get(key)
        return values.pop(0) if values else None

    # -- streams --------------------------------------------------------------------------------

    def _xadd(self, key: str, _id: str, *fields: str) -> str:
        ms, sequence = self.last_id.get(key, (0, 0))
        now = self.clock() + self.clock_shift
        identity = (now, 0) if now > ms else (ms, sequence + 1)
        self.last_id[key] = identity
        self.data.setdefault(key, []).append((identity, fields))
        return f"{identity[0]}-{identity[1]}"

    def _xlen(self, key: str) -> int:
        return len(self.data.get(key, []))

    def xread(self, key: str, after: str, count: int) -> list[tuple[bytes, dict[bytes, bytes]]]:
        ms, _, sequence = after.partition("-")
        bound = (int(ms), int(sequence))
        found = [entry for entry in self.data.get(key, []) if entry[0] > bound][:count]
        return [
            (
                f"{identity[0]}-{identity[1]}".encode(),
                {fields[i].encode(): fields[i + 1].encode() for i in range(0, len(fields), 2)},
            )
            for identity, fields in found
        ]

    def _xtrim(self, key: str, _strategy: str, minid: str) -> int:
        ms, _, sequence = minid.partition("-")
        self.data[key] = [entry for entry in self.data.get(key, []) if entry[0] >= (int(ms), int(sequence))]
        return 0

    def scan(self, pattern: str) -> list[bytes]:
        return [key.encode() for key in self.data if fnmatch.fnmatchcase(key, pattern)]
