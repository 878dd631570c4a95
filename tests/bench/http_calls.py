"""Requests over one kept connection, with as little client as can be: its time counts for both sides alike."""

import socket
import time
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes
    seconds: float


def packed(method: str, path: str, *, token: str = "", body: bytes = b"") -> bytes:
    """A request as it goes over the wire."""
    lines = [f"{method} {path} HTTP/1.1", "Host: localhost"]
    if token:
        lines.append(f"Authorization: Bearer {token}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Connection:
    """One connection is served by one process of the web server as long as it stands."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_connection((host, port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, request: bytes) -> Answer:
        start = time.perf_counter()
        self._socket.sendall(request)
        status, body = self._receive()
        return Answer(status, body, time.perf_counter() - start)

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> tuple[int, bytes]:
        head, _, body = self._until_head_ends().partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        missing = int(headers["content-length"]) - len(body)
        while missing > 0:
            part = self._some()
            body += part
            missing -= len(part)
        return int(first.split()[1]), body

    def _until_head_ends(self) -> bytes:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._some()
        return received

    def _some(self) -> bytes:
        part = self._socket.recv(65536)
        if not part:
            raise ConnectionError("The web server closed the connection")
        return part
