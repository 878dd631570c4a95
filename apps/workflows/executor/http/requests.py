"""Requests as templates describe them, and what can be said of a description before any placeholder has its value.

No message here says a header's value or a URL's query: they may hold secrets.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote_plus, urlencode, urlsplit

from apps.core import durations, literal_secrets
from apps.core.expressions.placeholders import pointer_token
from apps.core.schema.json_schema import Problem
from apps.workflows.executor.http.content import encoded
from apps.workflows.executor.json_lock import JSON_LOCK

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
JSON_TYPE = "application/json"
FORM_TYPE = "application/x-www-form-urlencoded"

# Sent with every request, to whatever origin.
OWN_HEADERS: Mapping[str, str] = MappingProxyType({"accept": "*/*", "user-agent": "base-shift"})

_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_USERINFO = re.compile(r"[a-z]+://(?:\$\{[^{}]*\}|[^/?#$])*@", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_STATUSES = re.compile(r"[1-5](xx|[0-9]{2})")
# What frames a message or belongs to the connection is ours to say.
_RESERVED_HEADERS = frozenset(
    [
        "host",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "upgrade",
        "te",
        "trailer",
        "expect",
        "accept-encoding",
        "proxy-authorization",
        "proxy-connection",
    ]
)


class BadRequest(ValueError):
    """A description that makes no request."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request that a step makes."""

    method: str
    # Absolute, its query included.
    url: str
    # Names in lower case.
    headers: Mapping[str, str]
    # None: no body.
    content: bytes | None


def read(config: Mapping[str, Any], default_body: Any, idempotency_key: str) -> Request:
    """Return the request that a filled-in config describes; BadRequest if there is none."""
    check_url(config["api_endpoint"])
    method = config.get("method", "GET")
    written = _headers(config.get("headers", {}))
    defaults = {**OWN_HEADERS, "idempotency-key": idempotency_key}
    headers = {name: value for name, value in {**defaults, **written}.items() if value is not None}
    body = config.get("body", default_body if method in WITH_BODY else None)
    # A method that has a body says that it is empty (RFC 9110, section 8.6).
    content = b"" if method in WITH_BODY else None
    if body is not None:
        with JSON_LOCK:
            content = _content(body, headers.setdefault("content-type", JSON_TYPE))
    return Request(method, _with_query(config["api_endpoint"], config.get("query", {})), headers, content)


def _with_query(url: str, query: Mapping[str, Any]) -> str:
    """Add parameters behind those of the URL, which stay as they are written: somebody may have signed them."""
    added = urlencode(list(_query(query)))
    if not added:
        return url
    address = url.partition("#")[0]
    joint = "" if address.endswith(("?", "&")) else "&" if "?" in address else "?"
    return f"{address}{joint}{added}"


def problems(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield what is wrong with a config of the right shape, as far as placeholders let it be checked."""
    for key, check in (("api_endpoint", check_url), ("timeout", durations.parse)):
        yield from _problem_of(check, config.get(key), f"/{key}")
    for name, value in config.get("headers", {}).items():
        pointer = f"/headers{pointer_token(name)}"
        yield from _problem_of(_check_name, name, pointer)
        yield from _problem_of(_text, value, pointer)
    for pointer, status in _statuses(config.get("expect", [])):
        yield from _problem_of(_check_statuses, str(status), pointer)


def written_problems(config: Mapping[str, Any]) -> Iterator[Problem]:
    """Yield credentials in a config that no placeholder was filled into: others read it, too."""
    # Without a placeholder the whole URL is checked.
    if "${" in config["api_endpoint"] and _USERINFO.match(config["api_endpoint"]):
        yield Problem("/api_endpoint", "credentials go into a header, not into the URL")
    for pointer, name, value in _named_texts(config):
        advice = literal_secrets.advice(name, value)
        if advice:
            yield Problem(pointer, advice)


def check_url(text: str) -> None:
    """Raise :class:`BadRequest` unless it is an absolute http or https URL with a host and without a user's name."""
    try:
        url = urlsplit(text)
        port = url.port
    except ValueError:
        raise BadRequest("must be a URL") from None
    if url.scheme not in ("http", "https") or not url.hostname or _CONTROL.search(text):
        raise BadRequest("must be an absolute URL that starts with http:// or https://")
    if url.username is not None or url.password is not None:
        raise BadRequest("credentials go into a header, not into the URL")
    if port == 0:
        raise BadRequest("there is no port 0")


def host(request: Request) -> str:
    """Return the host as messages name it."""
    return urlsplit(request.url).hostname or ""


def is_expected(status: int, expect: Any) -> bool:
    """Return whether ``expect`` (a status, "2xx", or a list of them) names ``status``."""
    wanted = {str(item) for _, item in _statuses(expect)}
    return str(status) in wanted or f"{status // 100}xx" in wanted


def _named_texts(config: Mapping[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield pointer, name and value of each text that servers may take for credentials."""
    for key in ("headers", "query"):
        for name, value in config.get(key, {}).items():
            pointer = f"/{key}{pointer_token(name)}"
            if isinstance(value, list):
                yield from ((f"{pointer}/{index}", name, item) for index, item in enumerate(value))
            else:
                yield pointer, name, value
    address, _, query = config["api_endpoint"].partition("?")
    yield "/api_endpoint", "", address
    for part in query.partition("#")[0].split("&"):
        name, _, value = part.partition("=")
        yield "/api_endpoint", unquote_plus(name), unquote_plus(value)


def _problem_of(check: Any, value: Any, pointer: str) -> Iterator[Problem]:
    """Yield a problem if ``check`` refuses ``value``; nothing is said of what is absent or has a placeholder."""
    if value is None or (isinstance(value, str) and "${" in value):
        return
    try:
        check(value)
    except ValueError as error:
        yield Problem(pointer, str(error))


def _statuses(expect: Any) -> list[tuple[str, Any]]:
    if isinstance(expect, list):
        return [(f"/expect/{index}", item) for index, item in enumerate(expect)]
    return [("/expect", expect)]


def _check_statuses(text: str) -> None:
    if not _STATUSES.fullmatch(text):
        raise BadRequest('must be a status such as 204, or a class such as "2xx"')


def _headers(given: Mapping[str, Any]) -> dict[str, str | None]:
    """Read the headers of a config; None omits one that would be sent otherwise."""
    headers: dict[str, str | None] = {}
    for name, value in given.items():
        _check_name(name)
        # Blanks around a value are no part of it, and may not be sent (RFC 9110, section 5.5).
        headers[name.lower()] = None if value is None else _text(value, name).strip(" \t")
    return headers


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise BadRequest("must be a valid header name")
    if name.lower() in _RESERVED_HEADERS:
        raise BadRequest(f"the header {name} cannot be set")


def _text(value: Any, name: str = "") -> str:
    """A scalar as it is written in a header or a query."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise BadRequest(f"{name or 'this'} must be text, a number or a boolean")
    text = str(value)
    if _CONTROL.search(text):
        raise BadRequest(f"{name or 'this'} holds a character that cannot be sent")
    return text


def _query(given: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in given.items():
        for item in value if isinstance(value, list) else [value]:
            if item is not None:
                yield name, item if isinstance(item, str) else _text(item, name)


def _content(body: Any, content_type: str) -> bytes:
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON_TYPE or kind.endswith("+json"):
        return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    if kind == FORM_TYPE and isinstance(body, Mapping):
        return urlencode(list(_query(body))).encode()
    if isinstance(body, str):
        try:
            return encoded(body, content_type)
        except ValueError as error:
            raise BadRequest(f"the body cannot be sent: {error}") from None
    raise BadRequest(f"a body of type {kind} must be text")
