"""The raw limit: how long Redis alone takes to answer as many calls, from as many connections, as a run made.

Each call is a script that makes as many small commands as the run's calls made on average, and each connection waits
for its answer before it calls again. What lies above is ours: Python, SQL, and the waiting of one process for another.
"""

import re
import socket
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

import redis

from apps.workflows.live.client import LUA
from tests.bench import shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.timing import alternate, median, rounded

SCRIPT = "for _ = 1, tonumber(ARGV[1]) do redis.call('GET', 'raw') end return 1"
ANSWER = b":1\r\n"


@dataclass(frozen=True, slots=True)
class Traffic:
    """``calls`` are what clients sent and waited for, ``commands`` all that Redis ran, also inside of scripts."""

    calls: int
    commands: int
    connections: int


def raw(bench: Bench) -> list[Figure]:
    product = bench.product
    product.publish("chain", shapes.chain(40))
    product.publish("fanout", shapes.fan(100))
    product.publish("batch", shapes.chain(5))
    return [
        _beside(bench, "chain of 40", lambda: product.run("chain")),
        _beside(bench, "1 → 100 → 1", lambda: product.run("fanout")),
        _beside(bench, "200 workflows of 5", lambda: product.run_batch("batch", 200)),
    ]


def _beside(bench: Bench, name: str, act: Callable[[], None]) -> Figure:
    act()
    traffic = _traffic(bench, act)
    with Replay(bench.ground.redis.port, traffic) as replay:
        ours, bare = alternate((act, replay.run), repeat=bench.repeat)
    times = median(ours) / median(bare)
    return Figure(
        f"{name}, Redis alone",
        f"{median(ours) * 1e3:.1f} ms",
        f"Redis {median(bare) * 1e3:.1f} ms ({traffic.calls} calls, {traffic.commands} commands)",
        f"{times:.1f} x the time",
        samples={
            "ours_ms": rounded(ours),
            "redis_ms": rounded(bare),
            "calls": traffic.calls,
            "commands": traffic.commands,
            "connections": traffic.connections,
        },
    )


def _traffic(bench: Bench, act: Callable[[], None]) -> Traffic:
    """What Redis did meanwhile, but for our own looking."""
    client, product = bench.product.redis, bench.product
    inside = {name for file in LUA.glob("*.lua") for name in _called(file.read_text(encoding="utf-8"))}
    client.config_resetstat()
    looks = product.looks
    act()
    counts = _counts(client)
    counts["get"] = counts.get("get", 0) - (product.looks - looks)
    calls = sum(count for name, count in counts.items() if name not in inside)
    return Traffic(calls, sum(counts.values()), int(client.info("clients")["connected_clients"]) - 1)


def _called(script: str) -> set[str]:
    return {name.lower() for name in re.findall(r"redis\.call\('(\w+)'", script)}


def _counts(client: redis.Redis) -> dict[str, int]:
    stats = client.info("commandstats")
    names = {key.removeprefix("cmdstat_"): value["calls"] for key, value in stats.items()}
    return {name: int(calls) for name, calls in names.items() if not name.startswith(("config", "info"))}


class Replay:
    """Sends the calls of a traffic, over sockets without a client library: nothing else should take time."""

    def __init__(self, port: int, traffic: Traffic) -> None:
        self._port = port
        self._traffic = traffic
        self._open = ExitStack()
        self._sockets: list[socket.socket] = []
        self._calls: list[bytes] = []

    def __enter__(self) -> "Replay":
        with redis.Redis(port=self._port) as client:
            sha = client.script_load(SCRIPT)
        more, spare = divmod(self._traffic.commands - self._traffic.calls, self._traffic.calls)
        self._calls = [_packed("EVALSHA", sha, "0", str(more + (n < spare))) for n in range(self._traffic.calls)]
        for _ in range(self._traffic.connections):
            connection = self._open.enter_context(socket.create_connection(("127.0.0.1", self._port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(connection)
        return self

    def __exit__(self, *_: object) -> None:
        self._open.close()

    def run(self) -> None:
        width = len(self._sockets)
        for start in range(0, len(self._calls), width):
            busy = list(zip(self._sockets, self._calls[start : start + width], strict=False))
            for connection, call in busy:
                connection.sendall(call)
            for connection, _ in busy:
                answer = connection.recv(len(ANSWER), socket.MSG_WAITALL)
                if answer != ANSWER:
                    raise RuntimeError(f"Redis answered {answer!r}")


def _packed(*parts: str) -> bytes:
    return b"".join([b"*%d\r\n" % len(parts), *(b"$%d\r\n%s\r\n" % (len(part), part.encode()) for part in parts)])
