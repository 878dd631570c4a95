"""Waiting for what the reconciler records at one of its next looks."""

from apps.pods.models import Pod
from apps.workflows.models import Attempt
from tests.support.cluster import PATIENCE
from tests.support.ledger import Ledger
from tests.support.waiting import eventually


def wait_for_pods(count: int) -> list[str]:
    """The names of so many pods that are ready."""
    found: list[str] = []

    def are_ready() -> bool:
        found[:] = Pod.objects.filter(state="ready").values_list("name", flat=True)
        return len(found) == count

    eventually(are_ready, PATIENCE)
    return found


def ended(name: str) -> Pod:
    """The pod's row, once it has ended."""
    rows = Pod.objects.filter(name=name, state="ended")
    eventually(lambda: rows.exists(), PATIENCE)
    return rows.get()


def wait_for_holder(ledger: Ledger) -> str:
    """The pod whose job hangs in the ledger."""
    eventually(lambda: bool(ledger.calls()) and Attempt.objects.filter(number=1).exists(), PATIENCE)
    name = Attempt.objects.get(number=1).executor
    eventually(lambda: Pod.objects.filter(name=name, busy=1).exists(), PATIENCE)
    return str(name)


def pool_of(name: str) -> str:
    """The pool of a pod, which may be at work before its row is there."""
    eventually(lambda: Pod.objects.filter(name=name).exists(), PATIENCE)
    return str(Pod.objects.values_list("pool__name", flat=True).get(name=name))
