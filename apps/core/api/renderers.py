"""Renderers of responses."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

from apps.core.times import rfc3339


class JSONRenderer(BaseRenderer):
    """Compact JSON in UTF-8. Times are written by :func:`rfc3339`; keys stay as the views name them."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self, data: Any, accepted_media_type: str | None = None, renderer_context: Mapping[str, Any] | None = None
    ) -> bytes:
        if data is None:
            return b""
        text = json.dumps(data, default=_plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        # A lone surrogate (from an echoed name, say) becomes its escape, which is JSON again, not an error.
        return text.encode("utf-8", "backslashreplace")


class JSONOnlyNegotiation(DefaultContentNegotiation):
    """Content negotiation that ignores ``Accept``: the API speaks one format, and errors must be readable."""

    def select_renderer(
        self, request: Request, renderers: Any, format_suffix: str | None = None
    ) -> tuple[BaseRenderer, str]:
        return renderers[0], renderers[0].media_type


def _plain(value: Any) -> str:
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} is not written as JSON")
