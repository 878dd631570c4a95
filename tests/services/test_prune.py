"""What is removed from the history, what stays, and what a start finds that comes at the same moment."""

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.events.models import DeadLetter, Event
from apps.workflows.models import (
    Attempt,
    Command,
    DocumentSnapshot,
    IdempotencyKey,
    Job,
    QuarantinedEntry,
    TriggerFailure,
    TriggerStart,
    Workflow,
    WorkflowUserPermission,
)
from apps.workflows.services import prune
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import start
from tests.support.people import publish
from tests.support.threads import in_thread
from tests.support.triggers import make, maker
from tests.support.waiting import eventually

NOW = timezone.now()
OLD, YOUNG = NOW - timedelta(days=91), NOW - timedelta(days=89)


def workflow(owner: User, time: datetime = OLD, state: str = "COMPLETED", *, jobs: int = 2, key: str = "") -> Workflow:
    """With everything that belongs to a workflow; its events are published."""
    made = start(owner, StartRequest(template_id="sample", input={}), idempotency_key=key or None).workflow
    ended = time if state in ("COMPLETED", "FAILED", "CANCELLED") else None
    Workflow.objects.filter(pk=made.pk).update(state=state, created_at=time, finished_at=ended, jobs_total=jobs)
    rows = [
        Job(workflow=made, index=n, job_id=f"s{n}", name=f"s{n}", type="noop", created_at=time) for n in range(jobs)
    ]
    Job.objects.bulk_create(rows)
    Attempt.objects.bulk_create([Attempt(workflow=made, job_id=row.job_id, number=1) for row in rows])
    Command.objects.create(workflow=made, kind="cancel", created_at=time)
    Event.objects.filter(key=str(made.pk)).update(published_at=time, time=time)
    return made


def run(now: datetime = NOW) -> dict[str, int]:
    """All steps; how many of each kind were removed."""
    removed: dict[str, int] = {}
    for pruning in prune.prunings(now):
        removed[pruning.name] = 0
        while (step := pruning.step()) is not None:
            removed[pruning.name] += step
    return removed


@pytest.fixture
def ann(ann: User) -> User:
    """Her template was published long ago, too."""
    Event.objects.all().delete()
    return ann


PARTS: tuple[Any, ...] = (Workflow, Job, Attempt, Command, Event, WorkflowUserPermission, IdempotencyKey)


def test_an_old_ended_workflow_goes_with_all_that_belongs_to_it(ann: User) -> None:
    workflow(ann, key="k")
    assert run()["workflows"] == 1
    assert {model.__name__: model.objects.count() for model in PARTS} == {model.__name__: 0 for model in PARTS}


@pytest.mark.parametrize(
    ("time", "state"), [(YOUNG, "COMPLETED"), (OLD, "RUNNING"), (OLD, "INITIALIZED")], ids=["young", "runs", "waits"]
)
def test_a_workflow_that_is_young_or_not_over_stays_whole(ann: User, time: datetime, state: str) -> None:
    workflow(ann, time, state)
    workflow(ann)
    assert run()["workflows"] == 1
    assert (Workflow.objects.count(), Job.objects.count(), Attempt.objects.count()) == (1, 2, 2)


def test_an_old_workflow_that_ended_lately_stays(ann: User) -> None:
    made = workflow(ann)
    Workflow.objects.filter(pk=made.pk).update(finished_at=YOUNG)
    assert run()["workflows"] == 0


def test_an_event_that_was_not_published_outlives_its_workflow(ann: User) -> None:
    workflow(ann)
    Event.objects.update(published_at=None)
    run()
    assert (Workflow.objects.count(), Event.objects.count()) == (0, 1)


def test_a_workflow_with_more_rows_than_a_step_takes_goes_in_several(ann: User, monkeypatch: Any) -> None:
    monkeypatch.setattr(prune, "ROWS_PER_STEP", 10)
    workflow(ann, jobs=35)
    workflow(ann, jobs=1)
    pruning = prune.EndedWorkflowsPruning(YOUNG)
    steps = []
    while (step := pruning.step()) is not None:
        steps.append(step)
    assert sum(steps) == 2
    assert len(steps) > 4
    assert not Job.objects.exists()


def test_published_events_go_by_their_age_and_others_stay(ann: User) -> None:
    times = {"old": OLD, "young": YOUNG}
    for name, time in times.items():
        row = {"type": name, "topic": "base-shift.templates", "key": "t", "subject": "t", "time": time}
        Event.objects.create(published_at=time, **row)
        Event.objects.create(published_at=None, **{**row, "type": f"{name} and not published"})
    before = Event.objects.count()
    assert run()["events"] == 1
    assert Event.objects.count() == before - 1
    assert not Event.objects.filter(type="old").exists()


def test_what_triggers_have_met_goes_by_its_age(stores: Any) -> None:
    ann = maker("ann")
    publish(ann)
    trigger = make(ann)
    workflow_id = start(ann, StartRequest(template_id="sample", input={})).workflow.pk
    for digest, days in (("a", 31), ("b", 29)):
        created = NOW - timedelta(days=days)
        TriggerStart.objects.create(trigger=trigger, digest=digest, workflow_id=workflow_id, created_at=created)
    assert run()["messages met by triggers"] == 1
    assert TriggerStart.objects.get().digest == "b"


def letter(created: datetime, replayed: datetime | None = None) -> DeadLetter:
    given = {"origin": "o", "reference": "r", "topic": "t", "payload": {}, "reason": ""}
    return DeadLetter.objects.create(created_at=created, replayed_at=replayed, **given)


def test_dead_letters_go_once_they_were_replayed_long_ago(stores: Any) -> None:
    letter(OLD, replayed=NOW - timedelta(days=31))
    stays = letter(OLD, replayed=NOW - timedelta(days=29))
    assert run()["dead letters"] == 1
    assert DeadLetter.objects.get() == stays


def test_a_dead_letter_that_nobody_replayed_goes_after_three_times_as_long(stores: Any) -> None:
    letter(OLD)
    stays = letter(YOUNG)
    assert run()["dead letters"] == 1
    assert DeadLetter.objects.get() == stays


def test_what_triggers_gave_up_long_ago_goes_and_what_waits_for_a_try_stays(stores: Any) -> None:
    ann = maker("ann")
    publish(ann)
    trigger = make(ann)
    rows: dict[str, tuple[datetime, datetime | None]] = {
        "old": (OLD, None),
        "given up lately": (YOUNG, None),
        "waits": (OLD, OLD),
    }
    for digest, (failed, next_try) in rows.items():
        times = {"created_at": OLD, "failed_at": failed, "next_try_at": next_try}
        TriggerFailure.objects.create(trigger=trigger, digest=digest, event={}, reason="", tries=5, **times)
    assert run()["messages given up by triggers"] == 1
    assert set(TriggerFailure.objects.values_list("digest", flat=True)) == {"given up lately", "waits"}


def test_entries_set_aside_long_ago_go(stores: Any) -> None:
    for position, time in (("1", OLD), ("2", YOUNG)):
        QuarantinedEntry.objects.create(position=position, entry={}, error="odd", created_at=time)
    assert run()["quarantined entries"] == 1
    assert QuarantinedEntry.objects.get().position == "2"


def test_events_that_the_bus_refused_go_with_their_dead_letters(stores: Any) -> None:
    row = {"type": "t", "topic": "base-shift.templates", "key": "t", "subject": "t", "time": OLD}
    Event.objects.create(quarantined_at=OLD, **row)
    stays = Event.objects.create(quarantined_at=YOUNG, **row)
    assert run()["events"] == 1
    assert Event.objects.get() == stays


def test_what_was_given_up_stays_for_ever_where_dead_letters_do(stores: Any, settings: Any) -> None:
    settings.RETENTION_DEAD_LETTERS = None
    letter(OLD)
    QuarantinedEntry.objects.create(position="1", entry={}, error="odd", created_at=OLD)
    row = {"type": "t", "topic": "base-shift.templates", "key": "t", "subject": "t", "time": OLD}
    Event.objects.create(quarantined_at=OLD, **row)
    run()
    assert [model.objects.count() for model in (DeadLetter, QuarantinedEntry, Event)] == [1, 1, 1]


def test_idempotency_keys_go_after_their_day(ann: User) -> None:
    workflow(ann, YOUNG, key="k")
    IdempotencyKey.objects.update(created_at=NOW - timedelta(hours=25))
    assert run()["idempotency keys"] == 1


def test_sessions_go_when_they_have_expired(ann: User) -> None:
    over, lasting = SessionStore(), SessionStore()
    for session, age in ((over, timedelta(days=-1)), (lasting, timedelta(days=1))):
        session.set_expiry(timezone.now() + age)
        session.save()
    assert run(timezone.now())["sessions"] == 1
    assert list(Session.objects.values_list("pk", flat=True)) == [lasting.session_key]


def test_nothing_goes_that_is_to_be_kept_for_ever(ann: User, settings: Any) -> None:
    settings.RETENTION_WORKFLOWS = settings.RETENTION_EVENTS = None
    workflow(ann)
    run()
    assert Workflow.objects.count() == 1


# -- documents ---------------------------------------------------------------------------------------


def later(hours: float) -> datetime:
    return NOW + timedelta(hours=hours)


def test_a_document_goes_when_no_workflow_has_had_it_for_an_hour(ann: User) -> None:
    workflow(ann)
    assert run()["documents"] == 0
    assert run(later(0.9))["documents"] == 0
    assert run(later(1.1))["documents"] == 1
    assert not DocumentSnapshot.objects.exists()


def test_a_document_that_a_workflow_has_stays(ann: User) -> None:
    workflow(ann, YOUNG)
    run()
    assert run(later(2))["documents"] == 0


def test_a_start_takes_a_document_back_into_use(ann: User) -> None:
    workflow(ann)
    run()
    start(ann, StartRequest(template_id="sample", input={}))
    assert DocumentSnapshot.objects.get().unused_since is None


def test_a_start_that_had_looked_before_the_mark_keeps_its_document(ann: User) -> None:
    made = workflow(ann)
    run()
    # As if the start had been under way while the mark was made.
    Workflow.objects.create(
        template_id="sample", version="1.0.0", document_id=made.document_id, created_at=NOW, state="RUNNING"
    )
    assert run(later(2))["documents"] == 0
    assert DocumentSnapshot.objects.get().unused_since is None


@pytest.mark.skipif(connection.vendor == "sqlite", reason="on SQLite there is one transaction at a time")
def test_a_removal_waits_for_a_start_that_takes_the_document(ann: User) -> None:
    workflow(ann)
    run()
    with transaction.atomic():
        start(ann, StartRequest(template_id="sample", input={}))
        removal = in_thread(lambda: run(later(2)))
        eventually(waits_for_a_lock)
    removal.join()
    assert DocumentSnapshot.objects.get().unused_since is None


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


# -- the command -------------------------------------------------------------------------------------


def command(*arguments: str) -> str:
    out = StringIO()
    call_command("prune_history", *arguments, stdout=out, skip_checks=True)
    return out.getvalue()


def test_a_dry_run_counts_and_removes_nothing(ann: User) -> None:
    workflow(ann)
    assert "workflows: 1 to remove" in command("--dry-run")
    assert Workflow.objects.count() == 1


def test_the_command_says_what_it_removed(ann: User) -> None:
    workflow(ann)
    assert "workflows: 1 removed" in command()
    assert "workflows: 0 removed" in command()


def test_the_systems_workflows_go_too(ann: User) -> None:
    made = start(SYSTEM, StartRequest(template_id="sample", input={})).workflow
    Workflow.objects.filter(pk=made.pk).update(state="CANCELLED", created_at=OLD, finished_at=OLD)
    assert run()["workflows"] == 1
