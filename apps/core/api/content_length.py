"""Refusal of chunked bodies: Django takes them for empty, and would do what nobody asked for."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from apps.core.api import problems
from apps.core.api.error_views import is_api

Answering = Callable[[HttpRequest], HttpResponseBase]


def refuse_unknown_lengths(answering: Answering) -> Answering:
    """Middleware that answers a chunked body sent to the API with 411."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        if "Transfer-Encoding" in request.headers and is_api(request):
            return problems.problem_response(
                411, "Send the body's length as Content-Length: a chunked body is not read."
            )
        return answering(request)

    return middleware
