"""Sends requests: connections kept for the whole process, redirects followed by hand, answers of bounded size."""

import atexit
import os
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import certifi
import httpcore
import httpx

from apps.core import egress
from apps.workflows.executor.http.content import ResponseTooLarge, Undecodable, decoded, singleton
from apps.workflows.executor.http.network import CallLimits, CheckedNetwork, call_limits
from apps.workflows.executor.http.requests import OWN_HEADERS, BadRequest, Request, check_url

MAX_REDIRECTS = 5
MAX_CONNECTIONS = 64
# Shorter than servers keep idle connections: one that closes as we send would fail a request that may have counted.
KEEPALIVE_SECONDS = 1.5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_pools: dict[tuple[tuple[str, ...], bool], httpcore.ConnectionPool] = {}
_pools_lock = threading.Lock()


class RedirectRefused(Exception):
    """A redirect that is not followed. The server has had the request: nobody is to send it again for this."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request."""

    # The host that answered, which may be another one after redirects.
    host: str
    status: int
    # Values by names in lower case; one item for each line.
    lines: Mapping[str, list[str]]
    # None if it is in a coding that cannot be undone.
    body: bytes | bytearray | None

    @property
    def headers(self) -> dict[str, str]:
        """Headers whose repeated lines are joined by commas (RFC 9110, section 5.3)."""
        return {name: ", ".join(values) for name, values in self.lines.items()}


@dataclass(frozen=True, slots=True)
class _Call:
    method: str
    url: httpx.URL
    headers: Mapping[str, str]
    content: bytes | None


def send(
    request: Request, *, accepts: Callable[[int], bool], max_bytes: int, limits: CallLimits, allowed: tuple[str, ...]
) -> Response:
    """Return the answer to ``request``, after redirects (a status that ``accepts`` takes is never followed).

    ``allowed`` are the entries of EGRESS_ALLOW. Raises EgressRefused, ResponseTooLarge, BadRequest, RedirectRefused,
    CallCancelled, and httpcore's ConnectError, TimeoutException, NetworkError and ProtocolError.
    """
    call = _Call(request.method, _url(request), request.headers, request.content)
    with call_limits(limits):
        for _ in range(MAX_REDIRECTS + 1):
            answer = _exchange(call, accepts, max_bytes, allowed)
            if accepts(answer.status) or not _is_redirect(answer):
                return answer
            call = _redirected(call, answer)
    raise RedirectRefused(f"{call.url.host} redirects more than {MAX_REDIRECTS} times")


def _url(request: Request) -> httpx.URL:
    try:
        return httpx.URL(request.url)
    except httpx.InvalidURL:
        raise BadRequest("api_endpoint is not a URL") from None


def _pool(allowed: tuple[str, ...], secure: bool) -> httpcore.ConnectionPool:
    """Connections checked by the same rules. Certificates take memory and time, so plain HTTP goes without."""
    with _pools_lock:
        pool = _pools.get((allowed, secure))
        if pool is None:
            pool = _pools[allowed, secure] = httpcore.ConnectionPool(
                ssl_context=_certificates() if secure else None,
                max_connections=MAX_CONNECTIONS,
                keepalive_expiry=KEEPALIVE_SECONDS,
                network_backend=CheckedNetwork(egress.parse_rules(allowed)),
            )
    return pool


@atexit.register
def close_connections() -> None:
    """Close those that are kept idle; the next request opens new ones."""
    with _pools_lock:
        while _pools:
            _pools.popitem()[1].close()


def _certificates() -> ssl.SSLContext:
    """The authorities of ``SSL_CERT_FILE``, as OpenSSL itself reads it, else those that browsers trust."""
    return ssl.create_default_context(cafile=os.environ.get("SSL_CERT_FILE") or certifi.where())


def _exchange(call: _Call, accepts: Callable[[int], bool], max_bytes: int, allowed: tuple[str, ...]) -> Response:
    secure = call.url.scheme == "https"
    target = httpcore.URL(
        scheme=call.url.raw_scheme, host=call.url.raw_host, port=call.url.port, target=call.url.raw_path
    )
    headers = [(b"host", call.url.netloc), *((k.encode(), v.encode()) for k, v in call.headers.items())]
    with _pool(allowed, secure).stream(call.method, target, headers=headers, content=call.content) as response:
        answer = Response(call.url.host, response.status, _lines(response.headers), b"")
        # An error's text goes nowhere, so it is not fetched. HEAD's headers are of a body that does not come.
        if not accepts(answer.status) or call.method == "HEAD":
            return answer
        return replace(answer, body=_body(answer, response.iter_stream(), max_bytes))


def _lines(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    for name, value in raw:
        lines.setdefault(name.decode("latin-1").lower(), []).append(_text(value))
    return lines


def _text(value: bytes) -> str:
    """Read a header's value: UTF-8 where it is that, else the octets that RFC 9110, section 5.5 leaves open."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")


def _body(answer: Response, chunks: Iterable[bytes], max_bytes: int) -> bytearray | None:
    announced = singleton(answer.lines, "content-length")
    if announced is not None and announced.isdecimal() and int(announced) > max_bytes:
        raise ResponseTooLarge
    body = bytearray()
    rest = iter(chunks)
    try:
        for chunk in decoded(rest, answer.headers.get("content-encoding", ""), max_bytes):
            body += chunk
            if len(body) > max_bytes:
                raise ResponseTooLarge
    except Undecodable:
        # Read to its end: whether the exchange was whole does not depend on what it carried.
        _discard(rest, max_bytes)
        return None
    return body


def _discard(chunks: Iterator[bytes], max_bytes: int) -> None:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > max_bytes:
            return


def _is_redirect(answer: Response) -> bool:
    return answer.status in _REDIRECTS and "location" in answer.lines


def _redirected(call: _Call, answer: Response) -> _Call:
    """Return the next request, by RFC 9110 §15.4. Credentials, and what may be one, stay with their origin."""
    url = _location(call.url, answer)
    headers = dict(call.headers)
    if _becomes_get(call.method, answer.status):
        headers = {name: value for name, value in headers.items() if not name.startswith("content-")}
        call = replace(call, method="GET", content=None)
    if _origin(url) != _origin(call.url):
        if call.content:
            raise RedirectRefused(f"{call.url.host} redirects a request with a body to another origin")
        headers = dict(OWN_HEADERS)
    return replace(call, url=url, headers=headers)


def _becomes_get(method: str, status: int) -> bool:
    return (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST")


def _location(base: httpx.URL, answer: Response) -> httpx.URL:
    location = singleton(answer.lines, "location")
    try:
        url = base.join(location or "")
        check_url(str(url))
    except (httpx.InvalidURL, ValueError):
        location = None
    if location is None:
        raise RedirectRefused(f"{base.host} redirects to no URL that can be used")
    if base.scheme == "https" and url.scheme == "http":
        raise RedirectRefused(f"{base.host} redirects from https to http")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
