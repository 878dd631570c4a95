"""Logs of pods, as the Kubernetes API hands them out or says why it does not."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.backend import MAX_LOG_BYTES, TRUNCATED, KubernetesBackend
from apps.pods.backends.port import BackendUnavailable, LogsUnavailable
from tests.support.gateway import Gateway, Reply, gateway

CONFIG = """
apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "{url}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u, namespace: work}}}}]
"""
ADDRESS = 'Get "https://10.0.0.7:10250/containerLogs/work/a": dial tcp 10.0.0.7:10250: connect: connection refused'


@pytest.fixture
def api() -> Iterator[Gateway]:
    with gateway() as made:
        yield made


@pytest.fixture
def backend(api: Gateway, tmp_path: Path) -> Iterator[KubernetesBackend]:
    file = tmp_path / "config"
    file.write_text(CONFIG.format(url=api.url))
    made = KubernetesBackend(KubernetesApi(str(file)), "")
    yield made
    made.close()


def refuse(api: Gateway, status: int, message: str = "", **headers: str) -> None:
    body = json.dumps({"kind": "Status", "code": status, "message": message}).encode()
    # The caught error holds the exchange: without this the server would wait for its client.
    headers["Connection"] = "close"
    api.replies = [Reply(status, body, {name.replace("_", "-"): value for name, value in headers.items()})]


def test_so_many_lines_of_the_executor_are_asked_for(api: Gateway, backend: KubernetesBackend):
    api.replies = [Reply(body=b"one\ntwo\n")]
    assert backend.logs("a", "batch", 2) == "one\ntwo\n"
    asked = urlsplit(api.received[0].path)
    assert asked.path == "/api/v1/namespaces/batch/pods/a/log"
    assert parse_qs(asked.query) == {
        "container": ["job-executor"],
        "tailLines": ["2"],
        "limitBytes": [str(MAX_LOG_BYTES)],
    }


def test_pods_without_a_namespace_are_in_that_of_the_configuration(api: Gateway, backend: KubernetesBackend):
    backend.logs("a", "", 2)
    assert urlsplit(api.received[0].path).path == "/api/v1/namespaces/work/pods/a/log"


def test_bytes_that_are_no_text_do_no_harm(api: Gateway, backend: KubernetesBackend):
    api.replies = [Reply(body=b"caf\xe9\n")]
    assert backend.logs("a", "", 2) == "caf\ufffd\n"


def test_a_log_that_is_cut_off_says_so(api: Gateway, backend: KubernetesBackend):
    api.replies = [Reply(body=b"x" * MAX_LOG_BYTES)]
    assert backend.logs("a", "", 2).endswith(f"\n{TRUNCATED}\n")


@pytest.mark.parametrize(
    ("status", "message", "told"),
    [
        (400, 'container "job-executor" in pod "a" is waiting to start: ContainerCreating', "ContainerCreating"),
        (400, "pod a does not have a host assigned", "does not have a host"),
        (404, 'pods "a" not found', "gone"),
        (403, "pods is forbidden", "web-rbac"),
        (500, ADDRESS, "node"),
        (502, "", "node"),
    ],
)
def test_a_pod_without_a_log_says_why(api: Gateway, backend: KubernetesBackend, status: int, message: str, told: str):
    refuse(api, status, message)
    with pytest.raises(LogsUnavailable, match=told) as caught:
        backend.logs("a", "", 2)
    assert "10.0.0.7" not in str(caught.value)


def test_an_answer_that_is_no_status_is_told_all_the_same(api: Gateway, backend: KubernetesBackend):
    api.replies = [Reply(400, b"<html>no such thing")]
    with pytest.raises(LogsUnavailable, match="no such thing"):
        backend.logs("a", "", 2)


def test_a_busy_api_is_away_as_long_as_it_says(api: Gateway, backend: KubernetesBackend):
    refuse(api, 429, "slow down", Retry_After="7")
    with pytest.raises(BackendUnavailable) as caught:
        backend.logs("a", "", 2)
    assert caught.value.retry_after == 7.0


def test_an_unknown_caller_is_not_the_fault_of_the_pod(api: Gateway, backend: KubernetesBackend):
    refuse(api, 401, "Unauthorized")
    with pytest.raises(BackendUnavailable, match="401"):
        backend.logs("a", "", 2)
