"""Sends requests: connections kept for the whole process, redirects followed by hand, answers of bounded size."""

import atexit
import os
import ssl
import threading
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

import certifi
import httpcore
import httpx

from apps.core import egress
from apps.workflows.executor.http.network import CheckedNetwork, Limits, limited
from apps.workflows.executor.http.requests import BadRequest, Request, check_url

MAX_REDIRECTS = 5
MAX_CONNECTIONS = 64
# Shorter than servers keep idle connections: one that closes as we send would fail a request that may have counted.
KEEPALIVE_SECONDS = 1.5

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# All that is sent to another origin. Any other header may carry a credential, whatever its name.
_HEADERS_FOR_OTHER_ORIGINS = frozenset(
    {"accept", "accept-language", "content-type", "content-language", "idempotency-key", "user-agent"}
)
_GZIP_OR_ZLIB = zlib.MAX_WBITS | 32
_GZIP_MAGIC = b"\x1f\x8b"

_pools: dict[tuple[tuple[str, ...], bool], httpcore.ConnectionPool] = {}
_pools_lock = threading.Lock()


class ResponseTooLarge(Exception):
    """The answer is over the limit."""


@dataclass(frozen=True, slots=True)
class Response:
    """The answer to a request."""

    # The host that answered, after redirects.
    host: str
    status: int
    # Names in lower case, repeated ones joined by commas.
    headers: Mapping[str, str]
    # Decompressed; empty if it was not asked for.
    body: bytes | bytearray


@dataclass(frozen=True, slots=True)
class _Call:
    """One exchange with one host: a request, or what a redirect makes of it."""

    method: str
    url: httpx.URL
    # Names in lower case.
    headers: Mapping[str, str]
    # None: no body.
    content: bytes | None


def send(
    request: Request, *, accepts: Callable[[int], bool], max_bytes: int, limits: Limits, allowed: tuple[str, ...]
) -> Response:
    """Return the answer to ``request``, after redirects (a status that ``accepts`` takes is never followed).

    ``allowed`` are the entries of EGRESS_ALLOW. Raises EgressRefused, TooLarge, BadRequest, Cancelled, and httpcore's
    ConnectError, TimeoutException, NetworkError and ProtocolError.
    """
    call = _Call(request.method, _url(request), request.headers, request.content)
    with limited(limits):
        for _ in range(MAX_REDIRECTS + 1):
            answer = _exchange(call, accepts, max_bytes, allowed)
            if accepts(answer.status) or not _is_redirect(answer):
                return answer
            call = _redirected(call, answer)
    raise BadRequest(f"{call.url.host} redirects more than {MAX_REDIRECTS} times")


def _url(request: Request) -> httpx.URL:
    try:
        url = httpx.URL(request.url)
        return url.copy_merge_params(list(request.query)) if request.query else url
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
                network_backend=CheckedNetwork(egress.rules(allowed)),
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
        answer = Response(call.url.host, response.status, _headers(response.headers), b"")
        # An error's text goes nowhere, so it is not fetched. HEAD's headers are of a body that does not come.
        if not accepts(answer.status) or call.method == "HEAD":
            return answer
        return replace(answer, body=_body(answer, response.iter_stream(), max_bytes))


def _headers(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    headers: dict[str, str] = {}
    for name, value in raw:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def _body(answer: Response, chunks: Iterable[bytes], max_bytes: int) -> bytearray:
    if int(answer.headers.get("content-length", "0")) > max_bytes:
        raise ResponseTooLarge
    body = bytearray()
    for chunk in _plain(chunks, answer.headers.get("content-encoding", "identity").lower(), max_bytes):
        body += chunk
        if len(body) > max_bytes:
            raise ResponseTooLarge
    return body


def _plain(chunks: Iterable[bytes], encoding: str, max_bytes: int) -> Iterator[bytes]:
    """Servers may compress what was asked for plain. What comes out is bounded, however small what goes in."""
    if encoding == "identity":
        yield from chunks
    elif encoding in ("gzip", "x-gzip", "deflate"):
        yield from _unpacked(chunks, max_bytes)
    else:
        raise httpcore.RemoteProtocolError("an encoding that was not asked for")


def _unpacked(chunks: Iterable[bytes], max_bytes: int) -> Iterator[bytes]:
    """Yield all members of a gzip file (RFC 1952 §2.2), or the one zlib stream. An empty body has none.

    What comes after them is no part of it, as for gzip itself.
    """
    unpacking = None
    for chunk in chunks:
        rest = chunk
        while rest:
            if unpacking is None:
                unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
            elif unpacking.eof:
                if not rest.startswith(_GZIP_MAGIC):
                    return
                unpacking = zlib.decompressobj(_GZIP_OR_ZLIB)
            try:
                yield unpacking.decompress(rest, max_bytes + 1)
            except zlib.error as error:
                raise httpcore.RemoteProtocolError("a body that cannot be unpacked") from error
            rest = unpacking.unused_data
    if unpacking is not None and not unpacking.eof:
        raise httpcore.RemoteProtocolError("a body that breaks off")


def _is_redirect(answer: Response) -> bool:
    return answer.status in _REDIRECTS and "location" in answer.headers


def _redirected(call: _Call, answer: Response) -> _Call:
    """The next request, by RFC 9110 §15.4. Credentials and what may be one stay with their origin."""
    url = _location(call.url, answer.headers["location"])
    headers = dict(call.headers)
    if _origin(url) != _origin(call.url):
        headers = {name: value for name, value in headers.items() if name in _HEADERS_FOR_OTHER_ORIGINS}
    if not _becomes_get(call.method, answer.status):
        return _Call(call.method, url, headers, call.content)
    headers = {name: value for name, value in headers.items() if not name.startswith("content-")}
    return _Call("GET", url, headers, None)


def _becomes_get(method: str, status: int) -> bool:
    return (status == 303 and method not in ("GET", "HEAD")) or (status in (301, 302) and method == "POST")


def _location(base: httpx.URL, location: str) -> httpx.URL:
    try:
        url = base.join(location)
        check_url(str(url))
    except (httpx.InvalidURL, ValueError):
        raise BadRequest(f"{base.host} redirects to no URL that can be used") from None
    if base.scheme == "https" and url.scheme == "http":
        raise BadRequest(f"{base.host} redirects from https to http")
    return url


def _origin(url: httpx.URL) -> tuple[str, str, int]:
    return url.scheme, url.host, url.port or (443 if url.scheme == "https" else 80)
