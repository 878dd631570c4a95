"""Details, lists and history: what they show, to whom, and what they cost."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from apps.core.models import User
from apps.workflows.live import keys
from apps.workflows.models import Command, Job, Workflow
from apps.workflows.services import waiting
from tests.support.people import client_of, publish
from tests.support.problems import problem

JSON = "application/json"
NOW = timezone.now()
# The longest that may be asked for.
LONG = 60


def start(client, **keys: Any) -> str:
    body = {"templateId": "sample", "input": {}} | keys
    answer = client.post("/workflows", body, JSON)
    assert answer.status_code == 201, answer.content
    return str(answer.json()["workflowId"])


def detail(client, workflow_id: str) -> dict[str, Any]:
    body: dict[str, Any] = client.get(f"/api/v1/workflows/{workflow_id}").json()
    return body


def listed(client, query: str = "") -> list[str]:
    return [item["workflowId"] for item in client.get(f"/workflows?{query}").json()["items"]]


def checkpoint(workflow_id: str, state: str, *statuses: str, **fields: Any) -> None:
    """What the leader would have written."""
    workflow = Workflow.objects.get(pk=workflow_id)
    for index, status in enumerate(statuses):
        name = f"s{index + 1}"
        Job.objects.update_or_create(
            workflow=workflow,
            job_id=name,
            defaults={"index": index, "name": name, "type": "noop", "status": status, "created_at": NOW},
        )
    ended = sum(status in ("COMPLETED", "FAILED") for status in statuses)
    Workflow.objects.filter(pk=workflow_id).update(state=state, jobs_total=len(statuses), jobs_ended=ended, **fields)


def tell(open_redis, workflow_id: str, state: str, current: str | None = None) -> None:
    """What the leader's effects would have written."""
    with open_redis.client() as client:
        client.set(keys.workflow_state(workflow_id), state)
        if current:
            client.set(keys.workflow_current_job(workflow_id), current)


# -- detail -------------------------------------------------------------------------------------------


def test_a_detail_shows_the_jobs_as_sql_has_them(as_ann):
    workflow_id = start(as_ann)
    checkpoint(workflow_id, "RUNNING", "COMPLETED", "QUEUED", current_job="s2", started_at=NOW)
    body = detail(as_ann, workflow_id)
    assert [(job["jobId"], job["status"]) for job in body["jobs"]] == [("s1", "COMPLETED"), ("s2", "QUEUED")]
    assert (body["state"], body["currentJob"], body["progress"]) == ("RUNNING", "s2", 0.5)


def test_state_and_current_job_come_from_redis_while_they_stand_there(as_ann, open_redis):
    workflow_id = start(as_ann)
    tell(open_redis, workflow_id, "RUNNING", "s2")
    body = detail(as_ann, workflow_id)
    assert (body["state"], body["currentJob"]) == ("RUNNING", "s2")
    with open_redis.client() as client:
        client.delete(keys.workflow_state(workflow_id), keys.workflow_current_job(workflow_id))
    body = detail(as_ann, workflow_id)
    assert (body["state"], body["currentJob"]) == ("INITIALIZED", None)


def test_what_has_ended_in_sql_is_not_reopened_by_an_older_word_of_redis(as_ann, open_redis):
    workflow_id = start(as_ann)
    tell(open_redis, workflow_id, "RUNNING", "s2")
    checkpoint(workflow_id, "COMPLETED", "COMPLETED", "COMPLETED", output={"a": 1})
    body = detail(as_ann, workflow_id)
    assert (body["state"], body["currentJob"], body["output"], body["progress"]) == ("COMPLETED", None, {"a": 1}, 1)


def test_errors_are_shown_as_they_are_stored(as_ann):
    workflow_id = start(as_ann)
    error = {"code": "validation", "message": "broken", "jobId": "s1", "details": [{"rule": "r", "message": "m"}]}
    checkpoint(workflow_id, "FAILED", "FAILED", "SKIPPED", error=error)
    Job.objects.filter(job_id="s1").update(error=error)
    Job.objects.filter(job_id="s2").update(reason="upstream")
    body = detail(as_ann, workflow_id)
    assert body["error"] == body["jobs"][0]["error"] == error
    assert body["jobs"][1]["reason"] == "upstream"


def test_a_workflow_of_somebody_else_is_not_there(as_ann, as_bob):
    workflow_id = start(as_ann)
    for path in (f"/workflows/{workflow_id}", f"/workflows/{workflow_id}/events"):
        problem(as_bob.get(path), 404)
    problem(as_bob.post(f"/workflows/{workflow_id}/cancel"), 404)


def test_a_detail_costs_three_statements(as_ann, django_assert_num_queries):
    workflow_id = start(as_ann)
    checkpoint(workflow_id, "RUNNING", *["QUEUED"] * 30)
    detail(as_ann, workflow_id)
    with django_assert_num_queries(3):
        detail(as_ann, workflow_id)


# -- wait ---------------------------------------------------------------------------------------------


@dataclass
class Waited:
    """The time as the waiting request has it: it passes while the request sleeps, and only then."""

    seconds: float = 0.0
    # What happens meanwhile, and when.
    act: Callable[[], object] = field(default=lambda: None)
    act_at: float = LONG

    def monotonic(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        if self.seconds < self.act_at <= self.seconds + seconds:
            self.act()
        self.seconds += seconds


@pytest.fixture
def waited(monkeypatch) -> Waited:
    made = Waited()
    monkeypatch.setattr(waiting, "time", made)
    return made


def test_waiting_for_what_has_ended_answers_at_once(as_ann, waited):
    workflow_id = start(as_ann)
    checkpoint(workflow_id, "COMPLETED", "COMPLETED")
    assert as_ann.get(f"/workflows/{workflow_id}?wait={LONG}").json()["state"] == "COMPLETED"
    assert waited.seconds == 0


def test_waiting_answers_as_soon_as_the_workflow_ends(as_ann, open_redis, waited):
    workflow_id = start(as_ann)
    tell(open_redis, workflow_id, "RUNNING")
    waited.act, waited.act_at = lambda: tell(open_redis, workflow_id, "COMPLETED"), 20
    assert as_ann.get(f"/workflows/{workflow_id}?wait={LONG}").json()["state"] == "COMPLETED"
    assert 20 <= waited.seconds < 20.5


def test_waiting_ends_with_the_state_it_has(as_ann, waited):
    workflow_id = start(as_ann)
    assert as_ann.get(f"/workflows/{workflow_id}?wait=0.3").json()["state"] == "INITIALIZED"
    assert waited.seconds == pytest.approx(0.3)


def test_without_redis_the_end_is_seen_in_sql(as_ann, open_redis):
    workflow_id = start(as_ann)
    checkpoint(workflow_id, "COMPLETED", "COMPLETED")
    open_redis.flush()
    assert waiting.until_ended(UUID(workflow_id), 10)


def test_who_finds_all_places_to_wait_taken_is_answered_at_once(as_ann, settings, waited):
    workflow_id = start(as_ann)
    for _ in range(settings.MAX_WAITING_REQUESTS):
        waiting._slots.acquire()
    try:
        assert as_ann.get(f"/workflows/{workflow_id}?wait={LONG}").json()["state"] == "INITIALIZED"
        assert waited.seconds == 0
    finally:
        waiting._slots.release(settings.MAX_WAITING_REQUESTS)


# -- lists --------------------------------------------------------------------------------------------


def test_a_list_has_the_newest_first_without_the_large_fields(as_ann):
    first, second = start(as_ann), start(as_ann)
    body = as_ann.get("/workflows").json()
    assert [item["workflowId"] for item in body["items"]] == [second, first]
    assert body["next"] is None
    assert body["items"][0].keys().isdisjoint({"jobs", "input", "output"})


def test_a_list_shows_each_user_their_own(ann, bob, as_ann, as_bob):
    publish(bob)
    mine, theirs = start(as_ann), start(as_bob)
    assert (listed(as_ann), listed(as_bob)) == ([mine], [theirs])


def test_pages_follow_each_other(as_ann):
    started = [start(as_ann) for _ in range(5)]
    found, address = [], "/api/v1/workflows?limit=2"
    while address:
        body = as_ann.get(address).json()
        found += [item["workflowId"] for item in body["items"]]
        address = body["next"]
    assert found == started[::-1]


def test_a_list_takes_the_states_of_redis(as_ann, open_redis):
    workflow_id = start(as_ann)
    tell(open_redis, workflow_id, "RUNNING", "s1")
    item = as_ann.get("/workflows").json()["items"][0]
    assert (item["state"], item["currentJob"]) == ("RUNNING", "s1")


@pytest.fixture
def various(ann, as_ann) -> dict[str, str]:
    publish(ann, "payment", version="2.0.0")
    found = {
        "plain": start(as_ann),
        "payment": start(as_ann, templateId="payment"),
        "labelled": start(as_ann, labels={"team": "a", "env": "x:y", "0": "zero", 'a"b': "c"}),
        "failed": start(as_ann, labels={"team": "b"}),
        "old": start(as_ann),
    }
    checkpoint(found["failed"], "FAILED", "FAILED")
    Workflow.objects.filter(pk=found["old"]).update(created_at=NOW - timedelta(days=2))
    return found


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("state=FAILED", ["failed"]),
        ("templateId=payment", ["payment"]),
        ("templateId=pay", []),
        ("version=2.0.0", ["payment"]),
        ("label=team:a", ["labelled"]),
        ("label=team:a&label=env:x:y", ["labelled"]),
        ("label=team:a&label=env:z", []),
        ("label=colour:red", []),
        ("label=0:zero", ["labelled"]),
        ('label=a"b:c', ["labelled"]),
        ("search=PAY", ["payment"]),
        ("search=100%25", []),
        ("state=FAILED&label=team:a", []),
    ],
)
def test_a_list_is_narrowed_by_its_filters(as_ann, various, query, expected):
    assert sorted(listed(as_ann, query)) == sorted(various[name] for name in expected)


def test_a_list_is_narrowed_by_time(as_ann, various):
    bound = (NOW - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert listed(as_ann, f"createdBefore={bound}") == [various["old"]]
    assert various["old"] not in listed(as_ann, f"createdAfter={bound}")


def test_a_workflow_is_found_by_its_id(as_ann, various):
    assert listed(as_ann, f"search={various['plain']}") == [various["plain"]]


def test_a_list_costs_the_same_whatever_it_holds(as_ann):
    start(as_ann)

    def cost() -> int:
        with CaptureQueriesContext(connection) as statements:
            listed(as_ann)
        return len(statements)

    cost()
    with_one = cost()
    for _ in range(9):
        start(as_ann)
    # The token; the user's groups, and whether much has been granted; and the page.
    assert cost() == with_one == 4


def test_what_ended_since_a_list_was_read_is_read_again(as_ann, open_redis):
    workflow_id = start(as_ann)
    tell(open_redis, workflow_id, "COMPLETED")
    with CaptureQueriesContext(connection) as statements:
        item = as_ann.get("/workflows").json()["items"][0]
    assert item["state"] == "COMPLETED"
    assert len(statements) == 5


# -- history ------------------------------------------------------------------------------------------


def test_the_history_is_cloudevents_the_oldest_first(as_ann):
    workflow_id = start(as_ann)
    body = as_ann.get(f"/workflows/{workflow_id}/events").json()
    (event,) = body["items"]
    assert UUID(event.pop("id"))
    assert event.pop("time").endswith("Z")
    assert event == {
        "specversion": "1.0",
        "source": "/baseshift",
        "type": "baseshift.workflow.created",
        "subject": workflow_id,
        "datacontenttype": "application/json",
        "data": {"workflowId": workflow_id, "templateId": "sample", "version": "1.0.0", "state": "INITIALIZED"},
    }


def test_the_history_of_one_workflow_holds_no_other(as_ann):
    first, second = start(as_ann), start(as_ann)
    subjects = {event["subject"] for event in as_ann.get(f"/workflows/{first}/events").json()["items"]}
    assert subjects == {first} != {second}


# -- access -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("root", ["", "/api/v1"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "/workflows"),
        ("post", "/workflows"),
        ("post", "/workflows/batch"),
        ("get", "/workflows/00000000-0000-0000-0000-000000000000"),
        ("put", "/workflows/00000000-0000-0000-0000-000000000000/jobs/s1"),
        ("post", "/workflows/00000000-0000-0000-0000-000000000000/cancel"),
        ("get", "/workflows/00000000-0000-0000-0000-000000000000/events"),
        ("delete", "/workflows"),
    ],
)
@pytest.mark.django_db
def test_nobody_gets_anywhere_without_a_token(client, root, method, path):
    answer = getattr(client, method)(root + path)
    problem(answer, 401)
    assert answer["www-authenticate"].startswith("Bearer")


def test_a_permission_to_view_is_not_one_to_operate(as_ann, bob, as_bob):
    from guardian.shortcuts import assign_perm

    workflow_id = start(as_ann)
    assign_perm("view_workflow", bob, Workflow.objects.get())
    assert as_bob.get(f"/workflows/{workflow_id}").status_code == 200
    problem(as_bob.post(f"/workflows/{workflow_id}/cancel"), 403)
    problem(as_bob.put(f"/workflows/{workflow_id}/jobs/s1", {"status": "RUNNING"}, JSON), 403)


def test_who_starts_a_workflow_may_cancel_it_and_not_report_for_it(as_bob, bob):
    publish(bob, "bobs")
    workflow_id = start(as_bob, templateId="bobs")
    for status in ("RUNNING", "COMPLETED", "FAILED"):
        problem(as_bob.put(f"/workflows/{workflow_id}/jobs/s1", {"status": status}, JSON), 403)
    assert not Command.objects.exists()
    assert as_bob.post(f"/workflows/{workflow_id}/cancel").status_code == 202


def test_a_superuser_sees_all(as_ann):
    start(as_ann)
    root = client_of(User.objects.create_superuser("root"))
    assert len(listed(root)) == 1
