"""People who work with the admin, and workflows for them to look at."""

from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.workflows.models import Attempt, DocumentSnapshot, Job, Workflow
from tests.support.people import document

SCRIPT = "<script>alert(1)</script>"


def staff(name: str = "sam", *permissions: str, **given: Any) -> User:
    """Staff, who may do what the named model permissions say."""
    user = User.objects.create_user(name, is_staff=True, **given)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def browser(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def workflow(template_id: str = "sample", *, jobs: int = 2, **fields: Any) -> Workflow:
    """A FAILED workflow; each of its jobs failed once, then was lost, then failed for good."""
    frozen, _ = DocumentSnapshot.objects.get_or_create(
        sha256=f"hash of {template_id}", defaults={"body": document(template_id, steps=max(jobs, 1))}
    )
    begin = timezone.now() - timedelta(minutes=1)
    times = {"created_at": begin, "started_at": begin, "finished_at": begin + timedelta(seconds=10)}
    error = {"code": "http_500", "message": f"the answer was {SCRIPT}", "jobId": "s1", "attempt": 3, "details": []}
    made = Workflow.objects.create(
        **{"template_id": template_id, "version": "1.0.0", "document": frozen, "state": "FAILED", "error": error}
        | times
        | {"jobs_total": jobs, "jobs_ended": jobs, "input": {"note": SCRIPT}, "labels": {"team": "ops"}}
        | fields
    )
    for index in range(jobs):
        _job(made, index, f"s{index + 1}", times, error)
    return made


def _job(workflow: Workflow, index: int, name: str, times: dict[str, Any], error: dict[str, Any]) -> None:
    tried = {"attempt": 3, "failures": 2, "losses": 1, "error": error}
    Job.objects.create(
        workflow=workflow, index=index, job_id=name, name=name, type="noop", status="FAILED", **tried, **times
    )
    for number, outcome in enumerate(("failed", "lost", "failed"), start=1):
        started = times["started_at"] + timedelta(seconds=3 * number)
        Attempt.objects.create(
            workflow=workflow,
            job_id=name,
            number=number,
            executor=f"executor-{number}",
            started_at=started,
            finished_at=started + timedelta(seconds=1),
            outcome=outcome,
            error=error if outcome == "failed" else None,
        )


def let(user: User, *actions: str, of: Workflow) -> None:
    for action in actions:
        assign_perm(f"{action}_workflow", user, of)
