"""A pool of one's own on a single machine, by REST alone: from no executor to a finished job and back."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from apps.stack import command_lines
from tests.acceptance.stacks import PATIENCE, environment, running
from tests.support.waiting import eventually

POOL = {"name": "far", "slots": 2, "idleSeconds": 0, "env": {"APP_REGION": "far"}}
TEMPLATE = {
    "templateId": "two_pools",
    "version": "1.0.0",
    "steps": [
        {"name": "here", "type": "noop", "config": {}},
        {"name": "there", "type": "noop", "config": {}, "pool": "far"},
    ],
    "inputSchema": {},
    "outputSchema": {},
}


@pytest.fixture
def chief(tmp_path: Path, own_database: str) -> Iterator[httpx.Client]:
    """A superuser's client to a stack."""
    with running(tmp_path, own_database) as stack:
        users = {"DJANGO_SUPERUSER_USERNAME": "chief", "DJANGO_SUPERUSER_PASSWORD": "of-the-test"}
        settings = {**os.environ, **environment(tmp_path, own_database), **users}
        _manage(settings, "createsuperuser", "--noinput", "--email", "chief@example.com")
        token = _manage(settings, "create_token", "chief").strip()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(base_url=f"{stack.url}/api/v1", headers=headers, trust_env=False, timeout=PATIENCE) as client:
            yield client


def _manage(settings: dict[str, str], *arguments: str) -> str:
    command = command_lines.manage(*arguments)
    return subprocess.run(command, env=settings, capture_output=True, text=True, timeout=PATIENCE, check=True).stdout


def made(answer: httpx.Response) -> Any:
    assert answer.status_code == 201, answer.text
    return answer.json()


def pods(chief: httpx.Client, state: str) -> list[str]:
    found = chief.get("/pods", params={"pool": "far", "state": state}).json()["items"]
    return [pod["name"] for pod in found]


def test_a_pool_has_executors_only_while_it_has_work(chief: httpx.Client):
    made(chief.post("/pod-pools", json=POOL))
    made(chief.post("/templates", json=TEMPLATE))
    workflow = made(chief.post("/workflows", json={"templateId": "two_pools", "input": {}}))
    path = f"/workflows/{workflow['workflowId']}"
    eventually(lambda: chief.get(path, params={"wait": 30}).json()["state"] == "COMPLETED", PATIENCE)
    eventually(lambda: bool(pods(chief, "ended")) and not pods(chief, "ready"), PATIENCE)
