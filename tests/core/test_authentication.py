"""Tokens against a view of our own, so that nothing but the edge is at work."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.core.models import ApiToken, User


class WhoView(APIView):
    def get(self, request: Request) -> Response:
        return Response({"user": request.user.get_username()})

    def post(self, request: Request) -> Response:
        return Response(request.data)


urlpatterns = [path("api/who", WhoView.as_view())]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann", password="pass")


def get(client: Client, authorization: str) -> int:
    return client.get("/api/who", headers={"authorization": authorization}).status_code


def test_a_token_tells_who_calls(client, ann):
    _, value = ApiToken.issue(ann)
    answer = client.get("/api/who", headers={"authorization": f"bearer {value}"})
    assert answer.json() == {"user": "ann"}


def test_the_stored_token_does_not_let_anyone_in(client, ann):
    token, _ = ApiToken.issue(ann)
    assert get(client, f"Bearer {token.digest}") == 401


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", "Bearer a b", "Basic YTpi", "Bearer \xff"])
def test_without_a_valid_token_the_answer_is_a_401_that_says_what_is_asked_for(client, authorization):
    answer = client.get("/api/who", headers={"authorization": authorization})
    assert (answer.status_code, answer["content-type"]) == (401, "application/problem+json")
    assert answer["www-authenticate"] == 'Bearer realm="base-shift"'


def test_an_expired_token_is_refused(client, ann):
    _, value = ApiToken.issue(ann, expires_at=timezone.now() - timedelta(seconds=1))
    assert get(client, f"Bearer {value}") == 401


def test_the_token_of_an_inactive_user_is_refused(client, ann):
    _, value = ApiToken.issue(ann)
    User.objects.update(is_active=False)
    assert get(client, f"Bearer {value}") == 401


def test_the_last_use_is_written_once_a_minute_at_most(client, ann, time_machine, django_assert_num_queries):
    token, value = ApiToken.issue(ann)
    time_machine.move_to("2026-11-22T10:00:00Z", tick=False)
    get(client, f"Bearer {value}")
    first = timezone.now()
    time_machine.shift(59)
    with django_assert_num_queries(1):
        get(client, f"Bearer {value}")
    token.refresh_from_db()
    assert token.last_used_at == first
    time_machine.shift(1)
    get(client, f"Bearer {value}")
    token.refresh_from_db()
    assert token.last_used_at == first + timedelta(seconds=60)


def test_a_session_of_the_admin_counts_too(client, ann):
    client.force_login(ann)
    assert client.get("/api/who").json() == {"user": "ann"}


def test_a_session_may_not_write_without_its_csrf_token(ann):
    client = Client(enforce_csrf_checks=True)
    client.force_login(ann)
    answer = client.post("/api/who", "{}", content_type="application/json")
    assert (answer.status_code, answer["content-type"]) == (403, "application/problem+json")
