"""Redirects of ``external_api_call``: followed by hand, each checked like the first address."""

import json
from collections.abc import Iterator

import pytest

from apps.workflows.executor.http.client import close_connections
from apps.workflows.executor.job_types.external_api_call import ExternalApiCall
from tests.job_types.attempts import attempt, failed
from tests.support.gateway import Gateway, Reply, gateway

CALL = ExternalApiCall()


@pytest.fixture
def other() -> Iterator[Gateway]:
    """A server of another origin: the port differs."""
    with gateway() as served:
        yield served
    close_connections()


def redirect(status: int, location: str) -> Reply:
    return Reply(status=status, body=b"", headers={"Location": location})


def test_a_redirect_leads_to_the_answer(server: Gateway):
    server.replies = [redirect(302, "/second?x=1"), Reply(body=b'{"at": "second"}')]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"at": "second"}
    assert server.received[1].path == "/second?x=1"


@pytest.mark.parametrize(
    ("status", "sent", "then"),
    [
        (301, "POST", "GET"),
        (302, "POST", "GET"),
        (303, "POST", "GET"),
        (303, "PUT", "GET"),
        (301, "PUT", "PUT"),
        (307, "POST", "POST"),
        (308, "POST", "POST"),
        (303, "HEAD", "HEAD"),
    ],
)
def test_the_method_changes_as_rfc_9110_says(server: Gateway, status: int, sent: str, then: str):
    server.replies = [redirect(status, "/next"), Reply()]
    attempt(CALL, {"api_endpoint": server.url, "method": sent})
    assert [received.method for received in server.received] == [sent, then]


def test_a_request_that_becomes_a_get_loses_its_body(server: Gateway):
    server.replies = [redirect(303, "/next"), Reply()]
    attempt(CALL, {"api_endpoint": server.url, "method": "POST"}, data={"input": {"a": 1}})
    assert server.received[1].body == b""
    assert "content-type" not in server.received[1].headers


def test_a_request_that_stays_as_it_is_keeps_its_body(server: Gateway):
    server.replies = [redirect(307, "/next"), Reply()]
    attempt(CALL, {"api_endpoint": server.url, "method": "POST"}, data={"input": {"a": 1}})
    assert json.loads(server.received[1].body) == {"a": 1}


def test_the_same_origin_keeps_its_credentials(server: Gateway):
    server.replies = [redirect(302, "/next"), Reply()]
    attempt(CALL, {"api_endpoint": server.url, "headers": {"X-Api-Key": "k"}})
    assert server.received[1].headers["x-api-key"] == "k"


def test_another_origin_gets_no_credentials(server: Gateway, other: Gateway):
    server.replies = [redirect(302, other.url)]
    headers = {"Authorization": "Bearer k", "X-Api-Key": "k", "Cookie": "k", "Accept": "text/plain"}
    attempt(CALL, {"api_endpoint": server.url, "headers": headers})
    received = other.received[0].headers
    assert not {"authorization", "x-api-key", "cookie"} & set(received)
    assert received["accept"] == "*/*"


@pytest.mark.parametrize("status", [307, 308])
def test_another_origin_gets_no_body(server: Gateway, other: Gateway, status: int):
    server.replies = [redirect(status, other.url)]
    failure = failed(CALL, {"api_endpoint": server.url, "method": "POST"}, data={"input": {"card": "4111"}})
    assert failure.code == "redirect"
    assert not other.received


@pytest.mark.parametrize("status", [302, 303])
def test_another_origin_is_asked_by_get_where_the_body_is_dropped(server: Gateway, other: Gateway, status: int):
    server.replies = [redirect(status, other.url)]
    attempt(CALL, {"api_endpoint": server.url, "method": "POST"}, data={"input": {"card": "4111"}})
    assert (other.received[0].method, other.received[0].body) == ("GET", b"")


@pytest.mark.parametrize("name", ["Idempotency-Key", "User-Agent", "Accept-Language"])
def test_another_origin_gets_no_header_of_the_templates(server: Gateway, other: Gateway, name: str):
    server.replies = [redirect(302, other.url)]
    attempt(CALL, {"api_endpoint": server.url, "headers": {name: "secret-1"}})
    assert "secret-1" not in other.received[0].headers.values()


def test_a_location_in_utf_8_is_followed(server: Gateway):
    server.replies = [redirect(302, "/n\u00e4chste".encode().decode("latin-1")), Reply()]
    attempt(CALL, {"api_endpoint": server.url})
    assert server.received[1].path == "/n%C3%A4chste"


def test_a_redirect_to_a_forbidden_address_is_refused(server: Gateway, other: Gateway):
    server.replies = [redirect(302, other.url)]
    own_port = server.url.rpartition(":")[2]
    failure = failed(CALL, {"api_endpoint": server.url}, egress=(f"127.0.0.1:{own_port}",))
    assert failure.code == "egress_refused"
    assert other.received == []


def test_a_redirect_to_the_clouds_metadata_is_refused(server: Gateway):
    server.replies = [redirect(307, "http://169.254.169.254/latest/meta-data/")]
    assert failed(CALL, {"api_endpoint": server.url}).code == "egress_refused"


def test_redirects_end(server: Gateway):
    server.replies = [redirect(302, "/again")]
    failure = failed(CALL, {"api_endpoint": server.url})
    assert (failure.code, len(server.received)) == ("redirect", 6)


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/", "file:///etc/passwd", "http://u:p@127.0.0.1/", "http:///x"])
def test_a_redirect_to_no_usable_url_fails(server: Gateway, location: str):
    server.replies = [redirect(302, location)]
    assert failed(CALL, {"api_endpoint": server.url}).code == "redirect"


def test_a_redirect_that_is_expected_is_not_followed(server: Gateway):
    server.replies = [redirect(302, "/next")]
    result = attempt(CALL, {"api_endpoint": server.url, "expect": [302]})
    assert result.response["headers"]["location"] == "/next"
    assert len(server.received) == 1


def test_a_redirect_without_a_place_is_an_unexpected_status(server: Gateway):
    server.replies = [Reply(status=302)]
    assert failed(CALL, {"api_endpoint": server.url}).code == "http_302"
