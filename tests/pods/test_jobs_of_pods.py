"""Which jobs pods run, as SQL knows them."""

import pytest
from django.utils import timezone

from apps.core import bulk_write
from apps.core.access.policy import SYSTEM
from apps.core.errors import TooLarge
from apps.core.models import User
from apps.pods.services import pods
from apps.pods.workload import HeldJob
from apps.workflows.models import Attempt, Job
from apps.workflows.workload import MAX_JOBS
from tests.support.people import publish
from tests.support.pod_work import running
from tests.support.servers import RedisServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(redis_server: RedisServer) -> User:
    user = User.objects.create_user("ann")
    publish(user)
    return user


def test_a_pod_has_the_jobs_whose_present_attempt_runs_there(ann: User):
    one, two = running(ann, "a"), running(ann, "b")
    found = pods.jobs(SYSTEM, ["a", "b", "elsewhere"])
    assert found == {"a": [HeldJob(one, "s1", 2)], "b": [HeldJob(two, "s1", 2)]}
    assert pods.jobs(SYSTEM, []) == {}


@pytest.mark.parametrize("status", ["QUEUED", "RETRYING", "COMPLETED"])
def test_what_does_not_run_any_more_is_held_by_nobody(ann: User, status: str):
    running(ann, "a")
    Job.objects.update(status=status)
    assert pods.jobs(ann, ["a"]) == {}


def test_more_jobs_than_anybody_reads_are_refused(ann: User):
    workflow, now = running(ann, "a"), timezone.now()
    more = [f"j{number}" for number in range(MAX_JOBS)]
    made = {"workflow_id": workflow, "created_at": now}
    bulk_write.insert(
        [Job(job_id=name, index=index, status="RUNNING", attempt=1, **made) for index, name in enumerate(more, start=1)]
    )
    bulk_write.insert([Attempt(workflow_id=workflow, job_id=name, number=1, executor="a") for name in more])
    with pytest.raises(TooLarge):
        pods.jobs(ann, ["a"])
    Job.objects.filter(job_id=more[0]).delete()
    assert len(pods.jobs(ann, ["a"])["a"]) == MAX_JOBS
