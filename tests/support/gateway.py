"""A real HTTP server on loopback for the tests, and a bare one that writes what a test says, byte by byte."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.support.patient_server import PatientServer

Script = Callable[[socket.socket, threading.Event], object]

CLIENT_LEFT = (BrokenPipeError, ConnectionResetError)


@dataclass(frozen=True)
class Received:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    connection: tuple[str, int]


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


class Gateway:
    """``replies`` answer in turn, the last one for ever; ``received`` are the requests so far."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.replies: list[Reply] = [Reply()]
        self.received: list[Received] = []

    def answer(self, received: Received) -> Reply:
        self.received.append(received)
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


@contextmanager
def gateway(
    host: str = "127.0.0.1", tls: ssl.SSLContext | None = None, kind: type[Gateway] = Gateway
) -> Iterator[Gateway]:
    server = PatientServer(("127.0.0.1", 0), _handler(lambda: served))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    served = kind(f"{'https' if tls else 'http'}://{host}:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(served: Callable[[], Gateway]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave together: apart, the second would wait for the client's acknowledgement.
        wbufsize = -1

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._send(served().answer(Received(self.command, self.path, headers, body, self.client_address)))

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else reply.body)
            self.wfile.flush()

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def bare_server(script: Script) -> Iterator[str]:
    """The URL of a server that does ``script(connection, stop)`` with its first connection."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=_serve_one, args=(listener, script, stop))
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()
            # A client that gave up before it connected leaves it waiting.
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()


def _serve_one(listener: socket.socket, script: Script, stop: threading.Event) -> None:
    try:
        connection, _ = listener.accept()
    except OSError:
        return
    with connection, suppress(*CLIENT_LEFT):
        script(connection, stop)
