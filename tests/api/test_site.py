"""Probes, the OpenAPI document and its page."""

import threading
from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone
from openapi_spec_validator import validate

from apps.core.processes.lease import LEASE_ID
from apps.pods.models import ReconcilerLease
from apps.workflows.models import Shard
from baseshift import health
from tests.support.problems import problem
from tests.support.servers import kept_port
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture(autouse=True)
def patient_probes(monkeypatch):
    """A store that is there is given the time to say so, however busy the machine is."""
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", PATIENCE_SECONDS)


def lead() -> None:
    """There are a scheduler and a reconciler."""
    later = timezone.now() + timedelta(hours=1)
    Shard.objects.update(expires_at=later)
    ReconcilerLease.objects.update_or_create(pk=LEASE_ID, defaults={"expires_at": later})


def test_the_process_lives_whoever_asks(client):
    assert client.get("/healthz").json() == {"status": "ok"}


def parts(**away: str) -> dict[str, str]:
    """What ``/readyz`` says while all parts are there but those named."""
    stores = ["database", "redis", *(["mongodb"] if settings.MONGODB_URL else [])]
    return dict.fromkeys([*stores, "scheduler", "reconciler", "bus"], "ok") | away


@pytest.mark.django_db
def test_all_parts_there_is_ready(client):
    lead()
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": parts()}


@pytest.mark.django_db
@pytest.mark.parametrize("lease", [None, timedelta(seconds=-1)])
def test_without_a_scheduler_that_leads_it_is_not_ready(client, lease):
    lead()
    Shard.objects.update(expires_at=timezone.now() + lease if lease else None)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"] == parts(scheduler="away")


@pytest.mark.django_db
def test_not_being_ready_is_no_error_in_the_log(client, caplog):
    Shard.objects.update(expires_at=None)
    assert client.get("/readyz").status_code == 503
    assert [record for record in caplog.records if record.threadName == threading.current_thread().name] == []


@pytest.mark.django_db
def test_without_redis_it_is_not_ready_and_says_nothing_more(client, settings):
    lead()
    settings.REDIS_URL = "redis://:secret@127.0.0.1:1/0"
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["redis"] == "away"
    assert "secret" not in answer.content.decode()


@pytest.mark.django_db
def test_without_a_reconciler_it_is_ready_all_the_same(client):
    lead()
    ReconcilerLease.objects.update(expires_at=None)
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": parts(reconciler="away")}


@pytest.mark.django_db
def test_without_its_bus_it_is_ready_all_the_same(client, settings):
    lead()
    with kept_port() as port:
        settings.KAFKA = {"bootstrap_servers": [f"127.0.0.1:{port}"]}
        answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json() == {"status": "ok", "parts": parts(bus="away")}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema", "/api/docs"])
def test_the_description_is_for_users_only(client, path):
    problem(client.get(path), 401)


def test_the_openapi_document_is_valid_and_names_every_call(as_ann):
    answer = as_ann.get("/api/schema")
    document = answer.json()
    validate(document)
    assert document["openapi"].startswith("3.1")
    calls = {(method, path) for path, item in document["paths"].items() for method in item}
    assert calls >= {
        ("post", "/api/v1/workflows"),
        ("get", "/api/v1/workflows"),
        ("post", "/api/v1/workflows/batch"),
        ("get", "/api/v1/workflows/{workflow_id}"),
        ("put", "/api/v1/workflows/{workflow_id}/jobs/{job_id}"),
        ("post", "/api/v1/workflows/{workflow_id}/cancel"),
        ("get", "/api/v1/workflows/{workflow_id}/events"),
        ("post", "/api/v1/templates"),
        ("post", "/api/v1/templates/validate"),
    }


def test_every_call_may_answer_with_a_problem(as_ann):
    document = as_ann.get("/api/schema").json()
    answers = [call["responses"] for item in document["paths"].values() for call in item.values()]
    assert all("application/problem+json" in answer["default"]["content"] for answer in answers)


def test_no_call_is_described_without_its_shape(as_ann, recwarn, capsys):
    as_ann.get("/api/schema")
    assert "Warning" not in capsys.readouterr().err


def test_the_page_loads_its_parts_from_this_site(as_ann):
    page = as_ann.get("/api/docs", headers={"accept": "text/html"})
    assert page.status_code == 200
    assert b"/static/drf_spectacular_sidecar/" in page.content
    assert b"https://cdn" not in page.content
