"""The same work by Base Shift and by Celery's canvas, in turn."""

from collections.abc import Callable
from dataclasses import dataclass

from tests.bench import celery_peer, shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.timing import alternate, median, rounded


@dataclass(frozen=True, slots=True)
class Work:
    """``share`` of the peer's time that Base Shift may take at most; ``aim`` is what would be good."""

    name: str
    jobs: int
    ours: Callable[[], None]
    peers: Callable[[], None]
    share: float
    aim: float


def chain(bench: Bench) -> list[Figure]:
    length, product = 40, bench.product
    product.publish("chain", shapes.chain(length))
    work = Work(
        f"chain of {length}",
        length,
        lambda: product.run("chain"),
        lambda: celery_peer.run_chain(length),
        share=1 / 4,
        aim=1 / 8,
    )
    return [_compare(bench, work)]


def fanout(bench: Bench) -> list[Figure]:
    width, product = 100, bench.product
    product.publish("fanout", shapes.fan(width))
    work = Work(
        f"1 → {width} → 1",
        width + 2,
        lambda: product.run("fanout"),
        lambda: celery_peer.run_fan(width),
        share=1 / 6,
        aim=1 / 12,
    )
    return [_compare(bench, work)]


def batch(bench: Bench) -> list[Figure]:
    count, length, product = 200, 5, bench.product
    product.publish("batch", shapes.chain(length))
    work = Work(
        f"{count} workflows of {length}",
        count * length,
        lambda: product.run_batch("batch", count),
        lambda: celery_peer.run_batch(count, length),
        share=1 / 5,
        aim=1 / 10,
    )
    return [_compare(bench, work)]


def _compare(bench: Bench, work: Work) -> Figure:
    with bench.peer():
        ours, peers = alternate((work.ours, work.peers), repeat=bench.repeat, warm_up=2)
    times = median(peers) / median(ours)
    return Figure(
        work.name,
        _shown(ours, work.jobs),
        f"Celery {_shown(peers, work.jobs)}",
        f"1/{times:.1f} of the time",
        f"≤ 1/{1 / work.share:.0f} (aim 1/{1 / work.aim:.0f})",
        times * work.share >= 1,
        {"ours_ms": rounded(ours), "celery_ms": rounded(peers), "jobs": work.jobs, "times": round(times, 2)},
    )


def _shown(taken: list[float], jobs: int) -> str:
    return f"{median(taken) * 1e3:.1f} ms (min {min(taken) * 1e3:.1f}; {jobs / median(taken):,.0f} jobs/s)"
