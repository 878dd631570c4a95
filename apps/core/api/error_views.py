"""Django's error views, for requests that never reach a view of the API or that end in an unexpected error.

Paths of the interface get a problem document; all others Django's pages.
"""

from django.http import HttpRequest, HttpResponse
from django.views import csrf, defaults

from apps.core.api import problems

API_ROOTS = ("/api", "/workflows", "/graphql", "/healthz", "/readyz")


def is_api(request: HttpRequest) -> bool:
    """Return whether the path belongs to the API, known route or not."""
    return any(request.path == root or request.path.startswith(f"{root}/") for root in API_ROOTS)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problems.problem_response(400, "The request cannot be used.")
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problems.problem_response(403, "You may not do this.")
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return problems.problem_response(404, "There is nothing here.")
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """Return a 500 without its cause, which is in the log."""
    if is_api(request):
        return problems.problem_response(500, "Something went wrong on the server.")
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return problems.problem_response(403, f"CSRF: {reason}")
    return csrf.csrf_failure(request, reason=reason)
