"""Query parameters against views of our own: refused, but where a method reads them."""

import pytest
from django.test import Client
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.queries import Query
from apps.core.api.views import BaseView
from apps.core.models import ApiToken, User


class PlainView(BaseView):
    def get(self, request: Request) -> Response:
        return Response({})


class ReadingView(BaseView):
    query_methods = ("get",)

    def get(self, request: Request) -> Response:
        return Response({"n": Query(request.query_params, known=("n",)).text("n")})

    def post(self, request: Request) -> Response:
        return Response({})


urlpatterns = [path("api/plain", PlainView.as_view()), path("api/reading", ReadingView.as_view())]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def token() -> dict[str, str]:
    _, value = ApiToken.issue(User.objects.create_user("ann", password="pass"))
    return {"authorization": f"Bearer {value}"}


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/api/plain", 200),
        ("GET", "/api/plain?n=1", 400),
        ("HEAD", "/api/plain?n=1", 400),
        ("OPTIONS", "/api/plain?n=1", 200),
        ("DELETE", "/api/plain?n=1", 405),
        ("GET", "/api/reading?n=1", 200),
        ("HEAD", "/api/reading?n=1", 200),
        ("GET", "/api/reading?m=1", 400),
        ("POST", "/api/reading", 200),
        ("POST", "/api/reading?n=1", 400),
    ],
)
def test_a_parameter_that_nobody_reads_is_refused(
    client: Client, token: dict[str, str], method: str, address: str, status: int
) -> None:
    assert client.generic(method, address, headers=token).status_code == status


def test_the_caller_is_asked_for_first(client: Client) -> None:
    assert client.get("/api/plain?n=1").status_code == 401


def test_the_parameter_is_named(client: Client, token: dict[str, str]) -> None:
    answer = client.get("/api/plain?n=1", headers=token).json()
    assert answer["errors"] == [{"pointer": "/n", "message": "unknown query parameter"}]
