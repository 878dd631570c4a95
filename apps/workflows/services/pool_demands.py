"""The pools that a template's steps name: whether they are there, and whether its author may run jobs in them.

A pool's executors may hold secrets and reach places that others do not. So who writes a template has to hold ``use`` on
the pools that it names; who starts it need not, as with everything else that a template does.
"""

from collections.abc import Mapping
from typing import Any

from apps.core import policy
from apps.core.policy import Actor
from apps.core.pools import DEFAULT_POOL
from apps.core.schemas import Problem
from apps.pods.models import PodPool
from apps.templates.demands import Findings

USE = "use"


def pools_of_steps(actor: Actor, document: Mapping[str, Any]) -> Findings:
    """One statement or two, and none for a template that names no pool. The default pool is everybody's."""
    named = {index: step["pool"] for index, step in enumerate(document["steps"]) if "pool" in step}
    wanted = set(named.values()) - {DEFAULT_POOL}
    if not wanted:
        return Findings()
    there = dict(PodPool.objects.filter(name__in=wanted).values_list("name", "pk"))
    actions = policy.allowed(actor, PodPool, there.values(), [USE])
    refused = {name for name, pk in there.items() if USE not in actions.get(pk, ())}
    return Findings(
        tuple(
            Problem(f"/steps/{index}/pool", f"there is no pool {name!r} that you may use")
            for index, name in named.items()
            if name in refused
        ),
        tuple(f"There is no pool {name!r}: its jobs wait until there is one." for name in sorted(wanted - set(there))),
    )
