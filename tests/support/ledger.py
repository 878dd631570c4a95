"""The world outside: a real HTTP server on loopback that writes every call of a job into a file."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

from tests.support.patient_server import PatientServer

CLIENT_LEFT = (BrokenPipeError, ConnectionResetError)
REFUSED, BUSY = 422, 503
# How often is looked whether the gate's caller still waits.
LOOK_SECONDS = 0.05


class Ledger:
    """What was called, by idempotency key. How a call is answered depends on its path:

    ``/ok``: 200. ``/flaky``: 503 to the first call of each key, then 200. ``/refuse``: always 422.
    ``/gate``: the first call of each key is held back until :meth:`open_gate`, later ones are answered at once.
    """

    def __init__(self, path: Path, url: str) -> None:
        self.url = url
        self._path = path
        self._lock = threading.Lock()
        self._calls: Counter[str] = Counter()
        self._gate = threading.Event()
        # How many calls of each key were answered, and how many callers did not wait for the gate.
        self.answered: Counter[str] = Counter()
        self.given_up: Counter[str] = Counter()

    def enter(self, key: str, path: str, has_left: Callable[[], bool]) -> int:
        """Write the call down, before it is answered; the answer's status. ``has_left``: whether the caller hung up."""
        with self._lock:
            self._calls[key] += 1
            number = self._calls[key]
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"key": key, "path": path, "time": time.time()}) + "\n")
        while path == "/gate" and number == 1 and not self._gate.wait(LOOK_SECONDS):
            if has_left():
                self.given_up[key] += 1
                break
        if path == "/refuse":
            return REFUSED
        return BUSY if path == "/flaky" and number == 1 else 200

    def open_gate(self) -> None:
        self._gate.set()

    def calls(self) -> Counter[str]:
        """How often each key was called, as the file has it."""
        if not self._path.exists():
            return Counter()
        lines = self._path.read_text(encoding="utf-8").splitlines()
        return Counter(json.loads(line)["key"] for line in lines)


@contextmanager
def served(directory: Path) -> Iterator[Ledger]:
    server = _Server(("127.0.0.1", 0), _Handler)
    server.ledger = Ledger(directory / "ledger.jsonl", f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.ledger
    finally:
        server.ledger.open_gate()
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(PatientServer):
    ledger: Ledger

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A caller that was killed is what these tests are about; anything else is an error of the test's own."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    # Head and body leave together: apart, the second would wait for the client's acknowledgement.
    wbufsize = -1

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        key = self.headers["Idempotency-Key"]
        status = self.server.ledger.enter(key, self.path, self._has_left)
        body = b'{"entered": true}'
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()
        self.server.ledger.answered[key] += 1

    def _has_left(self) -> bool:
        try:
            return not self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
        except BlockingIOError:
            return False
        except OSError:
            return True

    def log_message(self, *_: object) -> None:
        pass
