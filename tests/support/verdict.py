"""What must hold after any fault: everything has ended as it should, once, and Redis is tidy."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.events.models import Event
from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.live import keys
from apps.workflows.models import Attempt, Job, QuarantinedEntry, Workflow
from tests.support.chaos_samples import Sample
from tests.support.cluster import PATIENCE, Cluster
from tests.support.ledger import Ledger
from tests.support.waiting import eventually

ENDS = ("completed", "failed", "skipped", "cancelled")


def all_end(patience: float = PATIENCE) -> None:
    """Every workflow comes to its end in time."""
    open_ones = Workflow.objects.exclude(state__in=WORKFLOW_ENDED)
    try:
        eventually(lambda: not open_ones.exists(), patience)
    except AssertionError as error:
        error.add_note(f"not ended: {list(_open_jobs())}")
        raise


def _open_jobs() -> list[tuple[object, ...]]:
    rows = Job.objects.filter(workflow__state__in=["INITIALIZED", "RUNNING"]).exclude(status__in=["COMPLETED"])
    found = rows.values_list("workflow", "job_id", "status", "attempt", "claim", "queued_at", "due_at")[:20]
    return [*Workflow.objects.filter(state="INITIALIZED").values_list("pk", "state")[:5], *found]


def right(cluster: Cluster, ledger: Ledger, started: Mapping[UUID, Sample], *, redis_lost_data: bool = False) -> None:
    """Everything that was started came out as its sample says, and nothing is left over."""
    states(started)
    _one_end_each_job()
    _attempts()
    _ledger(ledger, started)
    if not redis_lost_data:
        _calls_within_attempts(ledger)
        _only_lost_attempts_reported_late()
    assert not QuarantinedEntry.objects.exists(), list(QuarantinedEntry.objects.values_list("entry", "error"))
    tidy(cluster)
    _logs(cluster, redis_lost_data=redis_lost_data)


def tidy(cluster: Cluster) -> None:
    """Redis holds nothing of what has ended but the contract's keys, once a leader has opened what came back."""
    patterns = ("work:*", "ready:*", "leases:*")
    try:
        eventually(lambda: not any(cluster.keys(pattern) for pattern in patterns), PATIENCE)
    except AssertionError as error:
        error.add_note(f"left in Redis: {_contents(cluster, patterns)}")
        raise
    # A Redis that was emptied after the last end needs none.
    eventually(lambda: len(cluster.keys("journal:*")) <= 1, PATIENCE)
    eventually(lambda: not _wrongly_told(cluster) and not cluster.keys(keys.workflow_current_job("*")), PATIENCE)


def _wrongly_told(cluster: Cluster) -> list[UUID]:
    """The workflows whose end Redis tells otherwise than SQL."""
    stored = dict(Workflow.objects.values_list("pk", "state"))
    with cluster.redis.client() as client:
        told = client.mget([keys.workflow_state(str(pk)) for pk in stored])
    return [pk for (pk, state), one in zip(stored.items(), told, strict=True) if one not in (None, state.encode())]


def _contents(cluster: Cluster, patterns: Iterable[str]) -> dict[str, object]:
    with cluster.redis.client() as client:
        return {
            name: client.hgetall(name) if name.startswith("work:") else client.zrange(name, 0, -1)
            for pattern in patterns
            for name in cluster.keys(pattern)
        }


def states(started: Mapping[UUID, Sample]) -> None:
    """Each workflow, and each of its jobs, is what its sample says; there are no others."""
    found: dict[UUID, dict[str, str]] = defaultdict(dict)
    for workflow, job_id, status in Job.objects.values_list("workflow", "job_id", "status"):
        found[workflow][job_id] = status
    ends = dict(Workflow.objects.values_list("pk", "state"))
    assert ends.keys() == started.keys()
    wrong = {
        pk: (ends[pk], found[pk])
        for pk, sample in started.items()
        if (ends[pk], found[pk]) != (sample.state, sample.statuses)
    }
    assert not wrong, wrong


def _one_end_each_job() -> None:
    types = [f"baseshift.job.{end}" for end in ENDS]
    ends = Counter(Event.objects.filter(type__in=types).values_list("subject", flat=True))
    jobs = {f"{workflow}/{job_id}" for workflow, job_id in Job.objects.values_list("workflow", "job_id")}
    assert ends.keys() == jobs
    assert set(ends.values()) == {1}, [subject for subject, count in ends.items() if count > 1]


def _attempts() -> None:
    """Attempts are numbered without a gap, none is open, and only the last one may have completed."""
    outcomes: dict[tuple[UUID, str], list[str]] = defaultdict(list)
    rows = Attempt.objects.order_by("number").values_list("workflow", "job_id", "number", "outcome")
    for workflow, job_id, number, outcome in rows:
        outcomes[workflow, job_id].append(outcome)
        assert len(outcomes[workflow, job_id]) == number, f"{workflow}/{job_id} has no attempt before {number}"
    for workflow, job_id, status, attempt in Job.objects.values_list("workflow", "job_id", "status", "attempt"):
        found = outcomes[workflow, job_id]
        assert len(found) == attempt, (workflow, job_id, found)
        assert set(found[:-1]) <= {"failed", "lost"}, (workflow, job_id, found)
        if found:
            assert found[-1] == status.lower(), (workflow, job_id, found)


def _ledger(ledger: Ledger, started: Mapping[UUID, Sample]) -> None:
    """Each job that calls was heard of, under one key, and no job called that should not."""
    calls = ledger.calls()
    assert calls.keys() == {f"{pk}.{name}" for pk, sample in started.items() for name in sample.called}


def _calls_within_attempts(ledger: Ledger) -> None:
    """Nobody ran a job without an attempt on record."""
    attempts = Counter(f"{workflow}.{job_id}" for workflow, job_id in Attempt.objects.values_list("workflow", "job_id"))
    assert not ledger.calls() - attempts, ledger.calls() - attempts


def _only_lost_attempts_reported_late() -> None:
    late = Attempt.objects.exclude(late_report=None).exclude(outcome="lost")
    assert not late.exists(), list(late.values("workflow", "job_id", "number", "outcome", "claim", "late_report"))


def _logs(cluster: Cluster, *, redis_lost_data: bool) -> None:
    for scheduler in cluster.schedulers:
        assert "Traceback" not in scheduler.log(), scheduler.log()
        assert redis_lost_data or "job_repaired" not in scheduler.log(), scheduler.tail()
