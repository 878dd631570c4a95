"""Every refusal is a problem document, whoever raised it."""

from typing import Any

import pytest
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import OperationalError
from django.http import Http404
from django.test import Client
from django.urls import path
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core import errors
from apps.core.api import error_views
from apps.core.schema.json_schema import Problem


class VersionExists(errors.Conflict):
    """As an app would subclass it."""


RAISED: dict[str, Exception] = {
    "invalid": errors.Invalid([Problem("/a", "wrong"), Problem("/b", "wrong, too")]),
    "hidden": errors.Hidden(),
    "forbidden": errors.Forbidden(),
    "conflict": VersionExists("version 1.0.0 exists"),
    "large": errors.TooLarge("too large"),
    "away": errors.Unavailable("away"),
    "database": OperationalError("password=secret"),
    "http404": Http404("secret"),
    "denied": PermissionDenied("secret"),
    "throttled": exceptions.Throttled(wait=3),
    "bug": RuntimeError("secret"),
}


class RaiseView(APIView):
    authentication_classes = ()
    permission_classes = ()

    def get(self, request: Request, name: str) -> Response:
        raise RAISED[name]

    def post(self, request: Request, name: str) -> Response:
        return Response({"read": request.data})


urlpatterns = [
    path("api/raise/<name>", RaiseView.as_view()),
    path("elsewhere/<name>", RaiseView.as_view()),
    # An ordinary page leads back to the admin.
    path("admin/", admin.site.urls),
]
handler400, handler403 = error_views.bad_request, error_views.forbidden
handler404, handler500 = error_views.not_found, error_views.server_error
pytestmark = pytest.mark.urls(__name__)


def problem(answer: Any) -> dict[str, Any]:
    assert answer["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "errors"} == body.keys()
    assert body["status"] == answer.status_code
    assert "secret" not in answer.content.decode()
    return body


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("invalid", 400),
        ("hidden", 404),
        ("forbidden", 403),
        ("conflict", 409),
        ("large", 413),
        ("away", 503),
        ("database", 503),
        ("http404", 404),
        ("denied", 403),
        ("throttled", 429),
    ],
)
def test_each_kind_of_refusal_has_its_status(client, name, status):
    assert problem(client.get(f"/api/raise/{name}"))["status"] == status


def test_each_mistake_has_its_pointer(client):
    body = problem(client.get("/api/raise/invalid"))
    assert body["errors"] == [{"pointer": "/a", "message": "wrong"}, {"pointer": "/b", "message": "wrong, too"}]
    assert body["detail"] == "wrong (at /a), and 1 more"


@pytest.mark.parametrize("name", ["away", "database", "throttled"])
def test_what_may_work_later_says_when_to_come_back(client, name):
    assert int(client.get(f"/api/raise/{name}")["retry-after"]) > 0


def test_a_fault_of_ours_is_a_problem_that_tells_nothing(client):
    client.raise_request_exception = False
    assert problem(client.get("/api/raise/bug"))["status"] == 500


def test_an_unknown_route_of_the_interface_is_a_problem(client):
    assert problem(client.get("/api/nothing"))["status"] == 404
    assert problem(client.get("/workflows/"))["status"] == 404


def test_an_unknown_route_elsewhere_is_an_ordinary_page(client):
    answer = client.get("/apis/nothing")
    assert (answer.status_code, answer["content-type"]) == (404, "text/html; charset=utf-8")


def test_a_refused_method_is_a_problem(client):
    assert problem(client.delete("/api/raise/x"))["status"] == 405


def test_a_body_of_another_type_is_a_problem(client):
    assert (
        problem(client.post("/api/raise/x", "a=1", content_type="application/x-www-form-urlencoded"))["status"] == 415
    )


def test_a_host_that_is_not_ours_is_a_problem():
    assert problem(Client(headers={"host": "evil.example"}).get("/api/raise/x"))["status"] == 400


def test_errors_are_readable_whatever_the_client_accepts(client):
    assert problem(client.get("/api/raise/hidden", headers={"accept": "text/html"}))["status"] == 404


def test_a_body_of_five_mebibytes_is_read_and_one_byte_more_is_refused(client):
    body = b'"' + b"x" * (5 * 1024 * 1024 - 2) + b'"'
    assert client.post("/api/raise/x", body, content_type="application/json").status_code == 200
    assert problem(client.post("/api/raise/x", body + b" ", content_type="application/json"))["status"] == 413


def test_a_malformed_body_is_refused_with_its_place(client):
    body = problem(client.post("/api/raise/x", b'{"a": NaN}', content_type="application/json"))
    assert body["errors"] == [{"pointer": "/a", "message": "not a number that JSON can hold"}]


def test_what_is_echoed_is_cut(client):
    key = "k" * 100_000
    answer = client.post("/api/raise/x", f'{{"{key}": 1, "{key}": 2}}', content_type="application/json")
    assert problem(answer)["status"] == 400
    assert len(answer.content) < 5000
