"""A Kubernetes API that answers badly: a server of the test's own that says what the test wants."""

import json
import queue
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

from apps.pods.backends.kubernetes.manifest import APP, POOL

CONFIG = """
apiVersion: v1
kind: Config
current-context: c
clusters: [{{name: c, cluster: {{server: "{scheme}://127.0.0.1:{port}"}}}}]
users: [{{name: u, user: {{token: t}}}}]
contexts: [{{name: c, context: {{cluster: c, user: u, namespace: work}}}}]
"""
Answer = tuple[int, dict[str, str], list[dict[str, Any]] | bytes]
# An answer, or what waits for something before it gives one.
Said = Answer | Callable[[], Answer]
WHEN = "2026-01-01T00:00:00Z"


def pod(
    name: str, version: int = 1, namespace: str = "work", labels: dict[str, str] | None = None, **status: Any
) -> dict[str, Any]:
    metadata = {
        "name": name,
        "namespace": namespace,
        "uid": str(uuid4()),
        "creationTimestamp": WHEN,
        "resourceVersion": str(version),
    }
    told = {"phase": "Running", **status}
    return {"kind": "Pod", "metadata": {**metadata, "labels": labels or {**APP, POOL: "default"}}, "status": told}


def ending(name: str, version: int = 1) -> dict[str, Any]:
    """A pod that was told to end."""
    body = pod(name, version)
    body["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:30Z"
    return body


def status(code: int, reason: str = "", message: str = "", **headers: str) -> Answer:
    return code, headers, [{"kind": "Status", "code": code, "reason": reason, "message": message}]


def listed(*pods: dict[str, Any], version: int = 1, **metadata: str) -> Answer:
    return 200, {}, [{"metadata": {"resourceVersion": str(version), **metadata}, "items": list(pods)}]


class BadApi:
    """Answers by the kind of call, ``LIST``, ``WATCH``, ``POST`` or ``DELETE``; what is asked is kept in ``asked``."""

    def __init__(self) -> None:
        self.pods: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        # When that was, by the monotonic clock.
        self.asked_at: list[float] = []
        self.clock = lambda: datetime.now(UTC)
        self._said: dict[str, list[Said]] = {}
        self._always: dict[str, Said] = {}
        self._watches: list[queue.SimpleQueue[dict[str, Any] | None]] = []
        # What a watch that is opened now tells first.
        self._since_list: list[dict[str, Any]] = []
        api = self

        class Handler(BaseHTTPRequestHandler):
            def handle_any(self) -> None:
                url = urlsplit(self.path)
                query = parse_qs(url.query)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind = "WATCH" if "watch" in query else {"GET": "LIST"}.get(self.command, self.command)
                told = query.get("resourceVersion") or query.get("continue") or [""]
                api.asked_at.append(time.monotonic())
                api.asked.append(f"{kind} {told[0]}".strip())
                _, _, _, _, namespace, _, *name = url.path.split("/")
                said = api.next_said(kind, namespace)
                if said is not None:
                    self.tell(*(said() if callable(said) else said))
                elif kind == "WATCH":
                    self.tell_on()
                else:
                    self.tell(*api.usual(kind, namespace, name[0] if name else "", body))

            do_GET = do_POST = do_DELETE = handle_any

            def tell(self, code: int, headers: dict[str, str], bodies: list[dict[str, Any]] | bytes) -> None:
                self.send_response(code)
                for name, value in headers.items():
                    self.send_header(name.replace("_", "-"), value)
                self.end_headers()
                self.wfile.write(bodies if isinstance(bodies, bytes) else lines(bodies))

            def tell_on(self) -> None:
                """A watch as it should be: it tells what :meth:`BadApi.change` is told, until the server closes."""
                changes = queue.SimpleQueue[dict[str, Any] | None]()
                api._watches.append(changes)
                for event in list(api._since_list):
                    changes.put(event)
                self.tell(200, {}, b"")
                while (event := changes.get()) is not None:
                    try:
                        self.wfile.write(lines([event]))
                    except OSError:
                        return

            def date_time_string(self, timestamp: float | None = None) -> str:
                return format_datetime(api.clock(), usegmt=True)

            def log_message(self, *_: Any) -> None:
                """Nothing to tell."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}).start()

    def kubeconfig(self, directory: Path, scheme: str = "http") -> str:
        file = directory / f"{scheme}.config"
        file.write_text(CONFIG.format(scheme=scheme, port=self.server.server_port))
        return str(file)

    def say(self, kind: str, *answers: Said) -> None:
        """Give these answers, then the usual ones. ``LIST other`` is for calls in that namespace alone."""
        self._said[kind] = list(answers)

    def say_always(self, kind: str, answer: Said) -> None:
        self._always[kind] = answer

    def say_as_usual(self, kind: str) -> None:
        self._always.pop(kind, None)

    def pauses(self, kind: str) -> list[float]:
        """How many seconds went by between one call of this kind and the next."""
        times = [at for at, asked in zip(self.asked_at, self.asked, strict=False) if asked.split()[0] == kind]
        return [later - earlier for earlier, later in pairwise(times)]

    def next_said(self, kind: str, namespace: str) -> Said | None:
        for name in (f"{kind} {namespace}", kind):
            if left := self._said.get(name):
                return left.pop(0)
            if name in self._always:
                return self._always[name]
        return None

    def usual(self, kind: str, namespace: str, name: str, body: bytes) -> Answer:
        """A POST is not told by the watch, which is slow; a DELETE is."""
        if kind == "LIST":
            self._since_list.clear()
            return listed(*(one for one in self.pods.values() if one["metadata"]["namespace"] == namespace))
        if kind == "POST":
            wanted = json.loads(body)["metadata"]
            made = pod(wanted["name"], namespace=namespace, labels=wanted["labels"])
            self.pods[wanted["name"]] = made
            return 201, {}, [made]
        if name not in self.pods:
            return status(404, "NotFound")
        wanted = json.loads(body).get("preconditions", {}).get("uid")
        if wanted not in (None, self.pods[name]["metadata"]["uid"]):
            return status(409, "Conflict")
        self.change("DELETED", self.pods.pop(name))
        return status(200)

    def change(self, kind: str, body: dict[str, Any]) -> None:
        """Have the watches tell it."""
        self._since_list.append({"type": kind, "object": body})
        for watch in self._watches:
            watch.put({"type": kind, "object": body})

    def close(self) -> None:
        for watch in self._watches:
            watch.put(None)
        self.server.shutdown()
        self.server.server_close()


def lines(bodies: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(body).encode() + b"\n" for body in bodies)
