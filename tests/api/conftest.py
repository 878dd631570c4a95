"""Ann has a template and may start it; Bob has nothing to do with it. Redis is open, as a leader leaves it."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from apps.core.models import User
from apps.workflows.live import keys
from tests.support.people import let_report, publish
from tests.support.servers import RedisServer


@pytest.fixture(autouse=True)
def open_redis(redis_server: RedisServer, patient_answers: None) -> Iterator[RedisServer]:
    with redis_server.client() as client:
        run_id = client.info("server")["run_id"]
        client.set(keys.open_mark(), f"{run_id}:1")
    yield redis_server
    cache.clear()


@pytest.fixture
def ann(db: None) -> User:
    user = let_report(User.objects.create_user("ann"))
    publish(user)
    return user


@pytest.fixture
def bob(db: None) -> User:
    return User.objects.create_user("bob")


@pytest.fixture
def started(as_ann: Client, django_capture_on_commit_callbacks: Any) -> dict[str, Any]:
    """A workflow of Ann's as the interface answered it, journaled."""
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_ann.post("/workflows", {"templateId": "sample", "input": {}}, "application/json")
    assert answer.status_code == 201
    body: dict[str, Any] = answer.json()
    return body
