"""Errors of the APIs: RFC 9457, ``application/problem+json``, with a JSON Pointer for each mistake."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.http import Http404, HttpResponse
from rest_framework import exceptions

from apps.core import errors
from apps.core.api.renderers import JSONRenderer
from apps.core.processes.outages import is_outage
from apps.core.schema.json_schema import Problem

logger = logging.getLogger(__name__)

CONTENT_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5
MAX_ERRORS = 100
# A name from the body may be as long as the body; its echo is not.
MAX_ECHOED_LENGTH = 1000

STATUS_OF_REFUSAL: dict[type[errors.Refusal], int] = {
    errors.Invalid: 400,
    errors.Forbidden: 403,
    errors.Hidden: 404,
    errors.Conflict: 409,
    errors.Stale: 412,
    errors.TooLarge: 413,
    errors.Unavailable: 503,
}


def document(status: int, detail: str, problems: Sequence[Problem] = ()) -> dict[str, Any]:
    """Return the body of a problem. ``type`` is ``about:blank``: the status says all that the type could."""
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail[:MAX_ECHOED_LENGTH],
        "errors": [error_item(problem) for problem in problems[:MAX_ERRORS]],
    }


def error_item(problem: Problem) -> dict[str, Any]:
    """Return one item of ``errors``, with line and column if a text was read."""
    item: dict[str, Any] = {
        "pointer": problem.pointer[:MAX_ECHOED_LENGTH],
        "message": problem.message[:MAX_ECHOED_LENGTH],
    }
    if problem.line is not None:
        item |= {"line": problem.line, "column": problem.column}
    return item


def problem_response(
    status: int, detail: str, problems: Sequence[Problem] = (), headers: Mapping[str, str] | None = None
) -> HttpResponse:
    """Return a problem as a response, past a view's renderers, which may write HTML or YAML."""
    body = JSONRenderer().render(document(status, detail, problems))
    return HttpResponse(body, status=status, content_type=CONTENT_TYPE, headers=headers)


def exception_handler(exc: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Return the response to an exception of a view; ``None`` leaves it to the server's 500."""
    status, detail, problems, headers = _read(exc)
    if status is None:
        return None
    if status == 503:
        headers = {**headers, "Retry-After": str(RETRY_AFTER_SECONDS)}
    return problem_response(status, detail, problems, headers)


_Read = tuple[int | None, str, Sequence[Problem], dict[str, str]]


def _read(exc: Exception) -> _Read:
    if isinstance(exc, errors.Refusal):
        return _status_of(exc), exc.detail, exc.problems, {}
    if isinstance(exc, exceptions.APIException):
        return exc.status_code, _text(exc.detail), (), _headers(exc)
    if isinstance(exc, Http404):
        return 404, "There is nothing here.", (), {}
    if isinstance(exc, PermissionDenied):
        return 403, "You may not do this.", (), {}
    if isinstance(exc, RequestDataTooBig):
        return 413, "The body is too large.", (), {}
    if isinstance(exc, SuspiciousOperation):
        return 400, "The request cannot be used.", (), {}
    if is_outage(exc):
        logger.exception("database_unavailable", extra={"error": str(exc)})
        return 503, "The database is away for the moment.", (), {}
    return None, "", (), {}


def _status_of(refusal: errors.Refusal) -> int:
    kinds = (STATUS_OF_REFUSAL[kind] for kind in type(refusal).__mro__ if kind in STATUS_OF_REFUSAL)
    return next(kinds, 400)


def _headers(exc: exceptions.APIException) -> dict[str, str]:
    challenge = getattr(exc, "auth_header", None)
    wait = getattr(exc, "wait", None)
    return ({"WWW-Authenticate": challenge} if challenge else {}) | ({"Retry-After": str(int(wait))} if wait else {})


def _text(detail: Any) -> str:
    """Return the first text of REST framework's nested details."""
    while isinstance(detail, list | dict):
        detail = next(iter(detail.values() if isinstance(detail, dict) else detail), "")
    return str(detail)
