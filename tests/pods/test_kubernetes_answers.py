"""A Kubernetes API that answers badly: a server of the test's own that says what the test wants."""

import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.pods.backends.kubernetes.api import KubernetesApi
from apps.pods.backends.kubernetes.backend import KubernetesBackend
from apps.pods.backends.port import BackendAway, PodSpec, Refused
from tests.services.waiting import eventually

SPEC = PodSpec(pool="default", revision="r1", slots=8, image="i")
CONFIG = """
apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "http://127.0.0.1:{port}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u, namespace: work}}}}]
"""
Answer = tuple[int, dict[str, str], list[dict[str, Any]]]


def pod(name: str, version: int) -> dict[str, Any]:
    metadata = {"name": name, "creationTimestamp": "2026-01-01T00:00:00Z", "resourceVersion": str(version)}
    return {"kind": "Pod", "metadata": metadata, "status": {"phase": "Running"}}


def status(code: int, reason: str = "", message: str = "", **headers: str) -> Answer:
    return code, headers, [{"kind": "Status", "code": code, "reason": reason, "message": message}]


class BadApi:
    """Answers by the kind of call; what is asked is kept in ``asked``."""

    def __init__(self) -> None:
        self.pods: list[dict[str, Any]] = []
        self.version = 1
        self.asked: list[str] = []
        self.answers: dict[str, Callable[[], Answer]] = {}
        self.closing = threading.Event()
        api = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                query = parse_qs(urlsplit(self.path).query)
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = "WATCH" if "watch" in query else {"GET": "LIST"}.get(self.command, self.command)
                api.asked.append(f"{kind} {query.get('resourceVersion', [''])[0]}".strip())
                code, headers, bodies = api.answers.get(kind, getattr(api, kind.lower()))()
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(b"".join(json.dumps(body).encode() + b"\n" for body in bodies))

            do_GET = do_POST = do_DELETE = handle_any

            def log_message(self, *_: Any) -> None:
                """Nothing to tell."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def list(self) -> Answer:
        return 200, {}, [{"metadata": {"resourceVersion": str(self.version)}, "items": self.pods}]

    def watch(self) -> Answer:
        """One that tells nothing, and is closed with the test."""
        self.closing.wait()
        return 200, {}, []

    def post(self) -> Answer:
        return 201, {}, [pod("a", 2)]

    def delete(self) -> Answer:
        return status(200)

    def say(self, kind: str, *answers: Answer) -> None:
        """Give these answers, then the usual ones."""
        left = list(answers)
        self.answers[kind] = lambda: left.pop(0) if left else getattr(self, kind.lower())()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def api() -> Iterator[BadApi]:
    made = BadApi()
    yield made
    made.close()


@pytest.fixture
def backend(api: BadApi, tmp_path: Path) -> Iterator[KubernetesBackend]:
    file = tmp_path / "config"
    file.write_text(CONFIG.format(port=api.server.server_port))
    made = KubernetesBackend(KubernetesApi(str(file)), "")
    yield made
    made.close()
    api.closing.set()


def names(backend: KubernetesBackend) -> list[str]:
    return [one.name for one in backend.observe()]


def test_a_pod_that_is_there_already_will_do(api: BadApi, backend: KubernetesBackend):
    api.say("POST", status(409, "AlreadyExists"))
    backend.create("a", SPEC)
    assert api.asked == ["POST"]


def test_too_many_requests_are_waited_out_as_long_as_told(api: BadApi, backend: KubernetesBackend):
    api.say("POST", status(429, "TooManyRequests", Retry_After="7"))
    with pytest.raises(BackendAway) as caught:
        backend.create("a", SPEC)
    assert caught.value.retry_after == 7.0
    assert api.asked == ["POST"]


@pytest.mark.parametrize("kind", ["POST", "LIST", "DELETE"])
@pytest.mark.parametrize("code", [500, 503, 401])
def test_a_failing_api_is_away(api: BadApi, backend: KubernetesBackend, kind: str, code: int):
    api.say(kind, status(code))
    acts = {
        "POST": lambda: backend.create("a", SPEC),
        "LIST": backend.observe,
        "DELETE": lambda: backend.delete("a", 1),
    }
    with pytest.raises(BackendAway, match=str(code)):
        acts[kind]()


def test_a_quota_refuses_the_pod_with_its_words(api: BadApi, backend: KubernetesBackend):
    api.say("POST", status(403, "Forbidden", "exceeded quota: pods=3"))
    with pytest.raises(Refused, match="exceeded quota: pods=3"):
        backend.create("a", SPEC)


@pytest.mark.parametrize("code", [404, 409])
def test_a_pod_that_is_gone_or_changed_by_somebody_may_be_deleted(api: BadApi, backend: KubernetesBackend, code: int):
    api.say("DELETE", status(code))
    backend.delete("a", 1)


def test_no_answer_at_all_is_away(api: BadApi, backend: KubernetesBackend):
    api.close()
    with pytest.raises(BackendAway):
        backend.observe()


def test_many_looks_are_one_list(api: BadApi, backend: KubernetesBackend):
    api.pods = [pod("a", 1)]
    for _ in range(5):
        assert names(backend) == ["a"]
    assert backend.lists == 1


def test_a_pod_that_was_made_is_seen_before_the_watch_tells(api: BadApi, backend: KubernetesBackend):
    assert names(backend) == []
    backend.create("a", SPEC)
    assert names(backend) == ["a"]


def test_what_the_watch_tells_is_seen(api: BadApi, backend: KubernetesBackend):
    events = [{"type": "ADDED", "object": pod("a", 2)}, {"type": "ADDED", "object": pod("b", 3)}]
    api.say("WATCH", (200, {}, [*events, {"type": "DELETED", "object": pod("a", 4)}]))
    eventually(lambda: names(backend) == ["b"])


def test_a_closed_watch_goes_on_where_it_ended(api: BadApi, backend: KubernetesBackend):
    api.say("WATCH", (200, {}, [{"type": "BOOKMARK", "object": {"metadata": {"resourceVersion": "41"}}}]))
    assert names(backend) == []
    eventually(lambda: "WATCH 41" in api.asked)
    assert backend.lists == 1


@pytest.mark.parametrize(
    "answer", [status(410, "Expired"), (200, {}, [{"type": "ERROR", "object": {"code": 410, "reason": "Expired"}}])]
)
def test_an_expired_version_is_met_by_a_list(api: BadApi, backend: KubernetesBackend, answer: Answer):
    api.say("WATCH", answer)
    assert names(backend) == []
    api.pods = [pod("a", 9)]
    eventually(lambda: names(backend) == ["a"])
    assert backend.lists == 2


def test_while_the_watch_fails_nothing_old_is_told(api: BadApi, backend: KubernetesBackend):
    api.say("LIST", api.list(), status(500), status(500))
    api.say("WATCH", status(500))
    assert names(backend) == []

    def is_away() -> bool:
        try:
            backend.observe()
        except BackendAway:
            return True
        return False

    eventually(is_away)
    eventually(lambda: not is_away())
