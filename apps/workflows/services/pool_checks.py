"""The pools that a template's steps name: whether they are there, and whether its author may run jobs in them.

A pool's executors may hold secrets and reach places that others do not. So who writes a template has to hold ``use`` on
the pools that it names; who starts it need not, as with everything else that a template does.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.pools import DEFAULT_POOL
from apps.core.schema.json_schema import Problem
from apps.pods.models import PodPool
from apps.templates.document_checks import CheckResult

USE = "use"
USE_ANY = "pods.use_podpool"


def pools_of_steps(actor: Actor, document: Mapping[str, Any]) -> CheckResult:
    """Check the pools in a statement or two, and none for a template that names no pool. The default one is everybody's.

    A pool that is not there is refused as one that the actor may not use: else it would tell which there are, and who
    names it first could use it once it is made. Who may use all pools may name it, with a warning.
    """
    named = {index: step["pool"] for index, step in enumerate(document["steps"]) if "pool" in step}
    wanted = set(named.values()) - {DEFAULT_POOL}
    if not wanted:
        return CheckResult()
    there = {pool.name: pool for pool in PodPool.objects.filter(name__in=wanted).only("name", "deleted_at")}
    actions = policy.held_actions(actor, PodPool, [pool.pk for pool in there.values()], [USE])
    refused = {name for name, pool in there.items() if USE not in actions.get(pool.pk, ())}
    if wanted - there.keys() and not policy.holds_on_model(actor, USE_ANY):
        refused |= wanted - there.keys()
    return CheckResult(
        tuple(
            Problem(f"/steps/{index}/pool", f"there is no pool {name!r} that you may use")
            for index, name in named.items()
            if name in refused
        ),
        tuple(_warnings(sorted(wanted - refused), there)),
    )


def _warnings(wanted: Iterable[str], there: Mapping[str, PodPool]) -> Iterator[str]:
    for name in wanted:
        pool = there.get(name)
        if pool is None:
            yield f"There is no pool {name!r}: its jobs wait until there is one."
        elif pool.deleted_at:
            yield f"The pool {name!r} is being deleted: its jobs wait until there is one again."
