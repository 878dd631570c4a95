"""Errors in GraphQL responses: a message, its place, and a code in ``extensions``.

A refusal of a service keeps its message; any other error is logged, and reported as INTERNAL without its message.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from django.core.exceptions import PermissionDenied
from graphql import GraphQLError

from apps.core import errors
from apps.core.api.problems import MAX_ECHOED_LENGTH, MAX_ERRORS, error_item
from apps.core.graphql import codes
from apps.core.processes.outages import is_outage
from apps.core.schema.json_schema import Problem

logger = logging.getLogger(__name__)

CODE_OF_REFUSAL: Final[dict[type[errors.Refusal], str]] = {
    errors.Invalid: codes.BAD_USER_INPUT,
    errors.Forbidden: codes.FORBIDDEN,
    errors.Hidden: codes.NOT_FOUND,
    errors.Conflict: codes.CONFLICT,
    errors.Stale: codes.PRECONDITION_FAILED,
    errors.TooLarge: codes.TOO_LARGE,
    errors.Unavailable: codes.UNAVAILABLE,
}


def format_error(error: GraphQLError, default_code: str) -> dict[str, Any]:
    """Return one item of ``errors``; ``default_code`` is that of an error of GraphQL itself."""
    message, extensions = _read(error, default_code)
    item: dict[str, Any] = {"message": message[:MAX_ECHOED_LENGTH]}
    if error.locations:
        item["locations"] = [location.formatted for location in error.locations]
    if error.path:
        item["path"] = error.path
    return item | {"extensions": extensions}


def invalid(pointer: str, message: str) -> errors.Invalid:
    """Return the error for one argument of a field. Pointers of problems lead into the field's arguments."""
    return errors.Invalid([Problem(pointer, message)])


@contextmanager
def pointing_into(argument: str) -> Iterator[None]:
    """Prefix the pointers of a service's problems in one argument with the argument's name."""
    try:
        yield
    except errors.Refusal as refusal:
        problems = refusal.problems
        refusal.problems = tuple(replace(problem, pointer=f"/{argument}{problem.pointer}") for problem in problems)
        raise


def _read(error: GraphQLError, default_code: str) -> tuple[str, dict[str, Any]]:
    cause = error.original_error
    if isinstance(cause, errors.Refusal):
        return cause.detail, _of_refusal(cause)
    if isinstance(cause, PermissionDenied):
        return "You may not do this.", {"code": codes.FORBIDDEN}
    if is_outage(cause):
        logger.error("database_unavailable", extra={"error": str(cause)}, exc_info=cause)
        return "The database is away for the moment.", {"code": codes.UNAVAILABLE}
    if cause is None or isinstance(cause, GraphQLError):
        return error.message, {"code": default_code, **(error.extensions or {})}
    logger.error("resolver_failed", extra={"error": str(cause)}, exc_info=cause)
    return "Something went wrong on the server.", {"code": codes.INTERNAL}


def _of_refusal(refusal: errors.Refusal) -> dict[str, Any]:
    kinds = (CODE_OF_REFUSAL[kind] for kind in type(refusal).__mro__ if kind in CODE_OF_REFUSAL)
    extensions: dict[str, Any] = {"code": next(kinds, codes.BAD_USER_INPUT)}
    if refusal.problems:
        extensions["problems"] = [error_item(problem) for problem in refusal.problems[:MAX_ERRORS]]
    return extensions
