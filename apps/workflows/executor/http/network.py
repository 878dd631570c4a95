"""The network as steps see it: addresses are checked when they are connected to, and no call outlives its deadline.

A timeout for each read does not bound a call: a server that sends a byte now and then holds it forever. So the deadline
of the call that runs in this thread is asked at every read and write.
"""

import queue
import socket
import ssl
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import httpcore

from apps.core import egress

# How long a wait goes on before it looks whether the job was cancelled.
_MAX_WAIT_SECONDS = 0.5
# One send blocks for a timeout at most; small pieces bound how many sends go by without a look at the deadline.
_WRITE_BYTES = 16_384


class CallCancelled(Exception):
    """The job was cancelled while it waited for the network."""


@dataclass(frozen=True, slots=True)
class CallLimits:
    """``deadline`` by ``time.monotonic``; ``cancelled`` ends the call early."""

    deadline: float
    cancelled: threading.Event

    def remaining(self, error: type[Exception]) -> float:
        """Return the seconds left; raises ``error`` when there are none, CallCancelled when the job was cancelled."""
        if self.cancelled.is_set():
            raise CallCancelled
        seconds = self.deadline - time.monotonic()
        if seconds <= 0:
            raise error("the time is up")
        return seconds


_limits: ContextVar[CallLimits] = ContextVar("_limits")


@contextmanager
def call_limits(limits: CallLimits) -> Iterator[None]:
    """Within it, all that this thread does on a CheckedNetwork keeps to ``limits``."""
    token = _limits.set(limits)
    try:
        yield
    finally:
        _limits.reset(token)


class CheckedNetwork(httpcore.NetworkBackend):
    """Connects to the addresses of a host that ``egress`` passes, and to no others."""

    def __init__(self, allowed: tuple[egress.EgressRule, ...]) -> None:
        self._allowed = allowed
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises EgressRefused, httpcore.ConnectError and httpcore.ConnectTimeout."""
        failure: Exception = httpcore.ConnectError(f"{host} has no address")
        for address in egress.allowed_addresses(host, _resolve(host, port), port, self._allowed):
            seconds = _limits.get().remaining(httpcore.ConnectTimeout)
            try:
                stream = self._inner.connect_tcp(address, port, seconds, local_address, socket_options)
            except httpcore.ConnectError as error:
                failure = error
            else:
                return LimitedStream(stream)
        raise failure


class LimitedStream(httpcore.NetworkStream):
    """A connection on which every wait ends with the limits of the call that uses it."""

    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        while True:
            seconds = _limits.get().remaining(httpcore.ReadTimeout)
            try:
                return self._inner.read(max_bytes, min(seconds, _MAX_WAIT_SECONDS))
            except httpcore.ReadTimeout:
                continue

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), _WRITE_BYTES):
            self._inner.write(buffer[start : start + _WRITE_BYTES], _limits.get().remaining(httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        seconds = _limits.get().remaining(httpcore.ConnectTimeout)
        return LimitedStream(self._inner.start_tls(ssl_context, server_hostname, seconds))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


def _resolve(host: str, port: int) -> list[str]:
    """Return the addresses of ``host``, each once. The system's resolver takes no timeout, so it gets a thread to wait in."""
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()
    threading.Thread(target=_look_up, args=(host, port, found), name="resolve", daemon=True).start()
    while True:
        seconds = _limits.get().remaining(httpcore.ConnectTimeout)
        try:
            answer = found.get(timeout=min(seconds, _MAX_WAIT_SECONDS))
        except queue.Empty:
            continue
        if isinstance(answer, OSError):
            raise httpcore.ConnectError(f"{host} cannot be resolved")
        return answer


def _look_up(host: str, port: int, found: "queue.SimpleQueue[list[str] | OSError]") -> None:
    try:
        answers = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, ValueError, OverflowError) as error:
        found.put(OSError(str(error)))
    else:
        found.put(list(dict.fromkeys(str(answer[4][0]) for answer in answers)))
