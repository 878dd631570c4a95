"""Parsers of request bodies."""

from collections.abc import Mapping
from typing import IO, Any

from django.conf import settings
from rest_framework.parsers import BaseParser

from apps.core.errors import Invalid, TooLarge
from apps.core.json import strict


class StrictJSONParser(BaseParser):
    """Strict JSON of bounded size. Raises :class:`TooLarge` or :class:`Invalid` before anything else is read."""

    media_type = "application/json"

    def parse(
        self, stream: IO[bytes], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        try:
            return strict.loads(bounded(stream))
        except strict.Malformed as error:
            raise Invalid([error.problem]) from error


class MergePatchParser(StrictJSONParser):
    """The body of a PATCH, by RFC 7396."""

    media_type = "application/merge-patch+json"


def bounded(stream: IO[bytes]) -> bytes:
    """Return the whole body. Raises TooLarge if it is over the limit."""
    limit: int = settings.MAX_BODY_BYTES
    # One byte more than allowed is enough to know.
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise TooLarge(f"The body is larger than {limit} bytes.")
    return body
