"""Pods in the admin: found in a list, shown with what happened to them and what they wrote, and drained."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.core.models import User
from apps.events import outbox
from apps.events.envelope import of_pod
from apps.events.models import Event
from apps.pods.models import Pod, PodPool
from apps.stack.process_spec import ProcessDirectory, ProcessSpec, ProcessStatus
from apps.stack.stack import PODS_DIRECTORY
from apps.workflows.models import Attempt, Workflow
from tests.admin.pools import cost
from tests.support.admin_pages import SCRIPT, browser, let, staff, workflow

pytestmark = pytest.mark.django_db

LIST = "/admin/pods/pod/"


@pytest.fixture
def default() -> PodPool:
    return PodPool.objects.create(name="default")


def made(pool: PodPool, name: str = "job-executor-a", **fields: Any) -> Pod:
    given = {"state": "ready", "revision": "r", "created_at": timezone.now() - timedelta(minutes=3)}
    return Pod.objects.create(pool=pool, name=name, **given | fields)


@pytest.fixture
def pod(default: PodPool) -> Pod:
    return made(default)


def page_of(pod: Pod, place: str = "change") -> str:
    return f"{LIST}{pod.pk}/{place}/"


def names(client: Client, **params: str) -> set[str]:
    return {row.name for row in client.get(LIST, params).context["cl"].result_list}


# -- the list ---------------------------------------------------------------------------------------


def test_pods_are_narrowed_by_pool_and_state_and_found_by_node(admins: Client, default: PodPool):
    video = PodPool.objects.create(name="video")
    made(default, "a", node="worker-1")
    made(default, "b", state="draining")
    made(video, "c", state="draining")
    assert names(admins, pool="default") == {"a", "b"}
    assert names(admins, pool="default", state="draining") == {"b"}
    assert names(admins, q="worker") == {"a"}


@pytest.mark.parametrize("name", ["pool", "state", "q", "p", "o"])
@pytest.mark.parametrize("value", ["\0", "nonsense", "-1", "9" * 30])
def test_whatever_is_filtered_by_is_no_fault(admins: Client, pod: Pod, name: str, value: str):
    assert admins.get(LIST, {name: value}, follow=True).status_code == 200


def test_the_filter_names_only_pools_that_one_may_see(sam: User, sams: Client, pod: Pod):
    PodPool.objects.create(name="secret")
    assign_perm("view_podpool", sam, pod.pool)
    page = sams.get(LIST).content.decode()
    assert "default" in page
    assert "secret" not in page


@pytest.mark.parametrize("superuser", [True, False])
def test_a_list_costs_as_many_statements_for_twenty_pods_as_for_two(admin: User, default: PodPool, superuser: bool):
    client = browser(admin if superuser else staff("kim", "view_podpool"))
    for number in range(2):
        made(default, str(number))
    few = cost(client, LIST)
    for number in range(2, 20):
        made(default, str(number))
    assert cost(client, LIST) == few <= 10


# -- the page ---------------------------------------------------------------------------------------


def test_a_page_shows_where_the_pod_is_and_why_it_is_as_it_is(admins: Client, default: PodPool):
    pod = made(default, state="unhealthy", reason=f"gone {SCRIPT}", node="worker-7", namespace="media", restarts=3)
    page = admins.get(page_of(pod)).content.decode()
    for text in ("unhealthy", "gone &lt;script&gt;", "worker-7", "media", "3 min"):
        assert text in page
    assert SCRIPT not in page


def test_the_events_of_the_pod_are_a_timeline_and_those_of_others_are_not(admins: Client, pod: Pod):
    for name, kind in ((pod.name, "created"), (pod.name, "ready"), ("other", "unhealthy")):
        happened(pod, name, kind)
    shown = admins.get(page_of(pod)).context["events"]
    assert [(one["became"], one["after"]) for one in shown] == [("created", timedelta(0)), ("ready", timedelta(0))]


def happened(pod: Pod, name: str, kind: str) -> None:
    outbox.row(of_pod(kind, pool=pod.pool.name, pod=name, state="", reason=""), pod.created_at).save()


def test_a_page_costs_as_many_statements_for_forty_events_as_for_one(admins: Client, pod: Pod):
    happened(pod, pod.name, "created")
    few = cost(admins, page_of(pod))
    for _ in range(39):
        happened(pod, pod.name, "ready")
    assert cost(admins, page_of(pod)) == few <= 10
    assert Event.objects.count() == 40


@pytest.mark.parametrize("pk", ["0", "nonsense", "99999999999999999999"])
def test_a_pod_that_is_not_there_is_no_fault(admins: Client, pk: str):
    assert admins.get(f"{LIST}{pk}/change/").status_code in (302, 404)
    assert admins.post(f"{LIST}{pk}/drain/", follow=True).status_code == 404


# -- jobs -------------------------------------------------------------------------------------------


def running(executor: str) -> Workflow:
    """A workflow whose first job runs there."""
    found = workflow(state="RUNNING", error=None, finished_at=None)
    found.jobs.filter(job_id="s1").update(status="RUNNING", error=None, finished_at=None)
    Attempt.objects.filter(workflow=found, job_id="s1", number=3).update(executor=executor, outcome="", error=None)
    return found


def test_a_page_leads_to_the_workflows_of_its_jobs(admins: Client, pod: Pod):
    here, elsewhere = running(pod.name), running("another")
    page = admins.get(page_of(pod)).content.decode()
    assert f"/admin/workflows/workflow/{here.pk}/change/" in page
    assert str(elsewhere.pk) not in page


def test_jobs_of_workflows_that_one_may_not_see_are_only_counted(sam: User, sams: Client, pod: Pod):
    Pod.objects.update(busy=2)
    assign_perm("view_podpool", sam, pod.pool)
    hidden, seen = running(pod.name), running(pod.name)
    assert "None that you may see." in sams.get(page_of(pod)).content.decode()
    let(sam, "view", of=seen)
    page = sams.get(page_of(pod)).content.decode()
    assert str(seen.pk) in page
    assert str(hidden.pk) not in page
    assert "It has 2 in all; only those of workflows that you may see are listed." in page


def test_a_page_costs_as_many_statements_for_eight_jobs_as_for_one(sam: User, sams: Client, pod: Pod):
    assign_perm("view_podpool", sam, pod.pool)
    let(sam, "view", of=running(pod.name))
    few = cost(sams, page_of(pod))
    for _ in range(7):
        let(sam, "view", of=running(pod.name))
    assert cost(sams, page_of(pod)) == few <= 12


# -- logs -------------------------------------------------------------------------------------------


@pytest.fixture
def written(pod: Pod) -> Iterator[Pod]:
    """A pod whose process has written something."""
    orders = ProcessDirectory(settings.VAR_DIR / PODS_DIRECTORY)
    orders.place(ProcessSpec(pod.name, "default", "r", "2026-01-01T00:00:00Z", {}))
    orders.report(pod.name, ProcessStatus(pid=1))
    orders.log(pod.name).write_text(f"first\nlast {SCRIPT}\n")
    yield pod
    orders.forget(pod.name)


def test_a_log_is_read_when_it_is_asked_for(admins: Client, written: Pod):
    assert "first" not in admins.get(page_of(written)).content.decode()
    page = admins.get(page_of(written), {"lines": "200"}).content.decode()
    assert "first\nlast &lt;script&gt;" in page
    assert "first" not in admins.get(page_of(written), {"lines": "1"}).content.decode()


def test_a_log_that_cannot_be_had_is_said_to_be_away(admins: Client, pod: Pod):
    assert f"There is no log of {pod.name}" in admins.get(page_of(pod), {"lines": "200"}).content.decode()


@pytest.mark.parametrize("lines", ["0", "x", "-1", "9" * 5000, "\0", "²", ""])
def test_a_number_of_lines_that_cannot_be_used_is_told(admins: Client, written: Pod, lines: str):
    answer = admins.get(page_of(written), {"lines": lines})
    assert answer.status_code == 200
    assert "Lines must be between 1 and" in answer.content.decode()


def test_logs_are_for_those_who_operate_the_pool(sam: User, sams: Client, written: Pod):
    assign_perm("view_podpool", sam, written.pool)
    page = sams.get(page_of(written), {"lines": "200"}).content.decode()
    assert "first" not in page
    assert ">Log<" not in page
    assign_perm("operate_podpool", sam, written.pool)
    assert "first" in sams.get(page_of(written), {"lines": "200"}).content.decode()


# -- draining ---------------------------------------------------------------------------------------


def test_draining_asks_for_operate_on_the_pool(sam: User, sams: Client, pod: Pod):
    assert sams.post(page_of(pod, "drain")).status_code == 404
    assign_perm("view_podpool", sam, pod.pool)
    assert ">Drain<" not in sams.get(page_of(pod)).content.decode()
    assert sams.post(page_of(pod, "drain")).status_code == 403
    assign_perm("operate_podpool", sam, pod.pool)
    assert ">Drain<" in sams.get(page_of(pod)).content.decode()
    assert sams.post(page_of(pod, "drain"))["Location"] == page_of(pod)
    pod.refresh_from_db()
    assert pod.leaving


def test_a_pod_that_has_ended_is_not_drained(admins: Client, default: PodPool):
    pod = made(default, state="ended", ended_at=timezone.now())
    assert ">Drain<" not in admins.get(page_of(pod)).content.decode()
    assert "has ended" in admins.post(page_of(pod, "drain"), follow=True).content.decode()


def test_pods_are_not_added_changed_or_deleted_by_hand(admins: Client, pod: Pod):
    assert admins.get(f"{LIST}add/").status_code == 403
    assert admins.post(page_of(pod), {"state": "ended"}).status_code == 403
    assert admins.post(page_of(pod, "delete"), {"post": "yes"}).status_code == 403
