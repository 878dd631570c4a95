"""Entity tags in requests and responses (RFC 9110, sections 8.8.3 and 13.1)."""

import re
from collections.abc import Mapping

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.queries import invalid_parameter
from apps.core.entity_tags import ANY

IF_MATCH = [
    OpenApiParameter("If-Match", OpenApiTypes.STR, OpenApiParameter.HEADER, description="the ETag it was read with")
]
_OPAQUE = r'"[\x21\x23-\x7e\x80-\xff]*"'
_LIST = re.compile(rf"\s*(?:W/)?{_OPAQUE}(?:\s*,\s*(?:W/)?{_OPAQUE})*\s*")
_TAG = re.compile(rf"(W/)?({_OPAQUE})")


def if_match(request: Request) -> frozenset[str] | None:
    """Return the tags of ``If-Match`` that can match (weak ones never do); None without the header. Raises Invalid."""
    text = request.headers.get("If-Match")
    if text is None:
        return None
    if text.strip() == ANY:
        return frozenset({ANY})
    if not _LIST.fullmatch(text):
        raise invalid_parameter("If-Match", 'must be * or entity tags, each in double quotes, such as "0a1b2c"')
    return frozenset(tag for weak, tag in _TAG.findall(text) if not weak)


def conditional_response(request: Request, tag: str, body: Mapping[str, object]) -> Response:
    """Return ``body`` with the tag of all of it; 304 without a body if the request has it in ``If-None-Match``."""
    known = request.headers.get("If-None-Match", "")
    tags = {ANY} if known.strip() == ANY else {opaque for _, opaque in _TAG.findall(known)}
    if request.method in ("GET", "HEAD") and tags & {ANY, tag}:
        return Response(status=304, headers={"ETag": tag})
    return Response(body, headers={"ETag": tag})
