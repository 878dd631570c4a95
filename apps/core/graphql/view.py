"""``/graphql``: GET and POST as the GraphQL-over-HTTP specification has them.

What is wrong with the request itself (no token, no JSON, no query) is answered as everywhere, with a problem document;
what is wrong with the query is an answer of GraphQL.
"""

from django.conf import settings
from django.http import HttpResponse
from django.utils.cache import patch_vary_headers
from graphql import GraphQLSchema
from rest_framework.exceptions import MethodNotAllowed, NotAcceptable
from rest_framework.request import Request
from rest_framework.views import APIView

from apps.core.api.authentication import caller
from apps.core.api.problems import RETRY_AFTER_SECONDS
from apps.core.api.renderers import JSONRenderer
from apps.core.graphql import codes, requests
from apps.core.graphql.context import Context
from apps.core.graphql.execution import Execution, NotQueryError, run

RESPONSE_JSON = "application/graphql-response+json"
# Who accepts anything gets the type that every client knows.
MEDIA_TYPES = ["application/json", RESPONSE_JSON]
# Django takes parameters of a type seriously.
_WRITTEN = [*MEDIA_TYPES, *(f"{media_type}; charset=utf-8" for media_type in MEDIA_TYPES)]


class GraphQLView(APIView):
    """One operation a request; those that change something by POST only."""

    http_method_names = ["get", "post"]
    # Given by the URL. (``schema`` is a word of REST framework's.)
    graphql_schema = GraphQLSchema()

    def get(self, request: Request) -> HttpResponse:
        media_type = _media_type(request)
        parsed = requests.from_parameters(request.query_params)
        return self._answer(request, parsed, media_type)

    def post(self, request: Request) -> HttpResponse:
        media_type = _media_type(request)
        return self._answer(request, requests.from_body(request.data), media_type)

    def _answer(self, request: Request, parsed: requests.GraphQLRequest, media_type: str) -> HttpResponse:
        user = caller(request)
        try:
            outcome = run(
                self.graphql_schema,
                parsed,
                Context(user),
                introspection=settings.GRAPHQL_INTROSPECTION or user.is_staff,
                queries_only=request.method == "GET",
            )
        except NotQueryError as error:
            raise MethodNotAllowed("GET", detail="What may change something is sent by POST.") from error
        return _response(outcome, media_type)


def _media_type(request: Request) -> str:
    if not request.headers.get("Accept"):
        return MEDIA_TYPES[0]
    written: str | None = request.get_preferred_type(_WRITTEN)
    if written is None:
        raise NotAcceptable(f"The answer is {' or '.join(MEDIA_TYPES)}.")
    return written.partition(";")[0]


def _response(outcome: Execution, media_type: str) -> HttpResponse:
    # Clients that accept plain JSON only recognize a response of GraphQL by its status 200.
    status = _status(outcome) if media_type == RESPONSE_JSON else 200
    body = JSONRenderer().render(outcome.answer())
    response = HttpResponse(body, status=status, content_type=f"{media_type}; charset=utf-8")
    if status == 503:
        response["Retry-After"] = str(RETRY_AFTER_SECONDS)
    patch_vary_headers(response, ["Accept"])
    return response


def _status(outcome: Execution) -> int:
    if not outcome.started:
        return 400
    if outcome.data is not None:
        return 200
    found = {error["extensions"]["code"] for error in outcome.errors}
    return 503 if codes.UNAVAILABLE in found else 500 if codes.INTERNAL in found else 200
