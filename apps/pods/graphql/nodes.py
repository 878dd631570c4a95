"""Objects that resolvers of pools and pods pass on: one as REST writes it, and with it all others of its list.

The first that is asked for more than that (the counts of a pool, the jobs of a pod) reads it for the whole list.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from apps.core.access.policy import Actor
from apps.core.graphql.batch_loader import BatchLoader
from apps.pods.models import PodPool
from apps.pods.services import pods, pools
from apps.pods.services.advice import advise
from apps.pods.wire import rendering
from apps.pods.workload import HeldJob

Rendered = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PoolNode:
    written: Rendered
    etag: Callable[[], str]
    counts: Callable[[], Mapping[str, int]]
    advice: Callable[[], Rendered | None]


@dataclass(frozen=True, slots=True)
class PodNode:
    written: Rendered
    jobs: Callable[[], Sequence[Rendered]]


def pool_nodes(rows: Sequence[PodPool]) -> list[PoolNode]:
    counts = BatchLoader(partial(pools.counts, [row.pk for row in rows]))
    return [
        PoolNode(
            rendering.pool_settings(row),
            partial(pools.etag, row),
            partial(_counts, counts, row.pk),
            partial(_advice, row),
        )
        for row in rows
    ]


def pod_nodes(actor: Actor, rows: Sequence[Mapping[str, Any]]) -> list[PodNode]:
    """Return nodes for rows of the fields ``rendering.LIST_FIELDS``."""
    jobs = BatchLoader(partial(pods.jobs, actor, [row["name"] for row in rows]))
    return [PodNode(rendering.pod(row), partial(_jobs, jobs, row["name"])) for row in rows]


def _counts(read: BatchLoader[dict[int, dict[str, int]]], pk: int) -> Mapping[str, int]:
    return rendering.counts(read().get(pk, {}))


def _advice(row: PodPool) -> Rendered | None:
    return rendering.advice(advise(row))


def _jobs(read: BatchLoader[Mapping[str, Sequence[HeldJob]]], name: str) -> Sequence[Rendered]:
    return [rendering.job(job) for job in read().get(name, ())]
