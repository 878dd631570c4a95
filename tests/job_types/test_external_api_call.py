"""``external_api_call`` against a real server on loopback."""

import gzip
import json
import threading
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from apps.workflows.executor.http import client
from apps.workflows.executor.http.client import close_connections
from apps.workflows.executor.job_types.external_api_call import ExternalApiCall
from tests.job_types.attempts import LONG, attempt, failed
from tests.support.gateway import Gateway, Reply, bare_server

CALL = ExternalApiCall()


def test_a_json_body_is_the_output(server: Gateway):
    server.replies = [Reply(body=b'{"transactionId": "t-1"}', headers={"X-Kind": "Test"})]
    result = attempt(CALL, {"api_endpoint": server.url})
    assert result.output == {"transactionId": "t-1"}
    assert result.response["status"] == 200
    assert result.response["headers"]["x-kind"] == "Test"


@pytest.mark.parametrize(
    "body", [b"hello", b"", b'{"a": NaN}', b'{"a": 1e999}', b'"\\ud800"', b"{", b"[" * 200 + b"]" * 200]
)
def test_a_body_that_is_no_strict_json_is_given_as_text(server: Gateway, body: bytes):
    server.replies = [Reply(body=body)]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": body.decode()}


def test_text_is_read_in_its_own_encoding_and_without_nul(server: Gateway):
    server.replies = [Reply(body="né\0".encode("latin-1"), headers={"Content-Type": "text/plain; charset=iso-8859-1"})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": "né\ufffd"}


def test_cookies_are_kept_from_the_workflow_and_from_the_next_job(server: Gateway):
    server.replies = [Reply(headers={"Set-Cookie": "session=1"})]
    for _ in range(2):
        result = attempt(CALL, {"api_endpoint": server.url})
    assert "set-cookie" not in result.response["headers"]
    assert "cookie" not in server.received[1].headers


def test_a_post_sends_the_workflows_input_as_json(server: Gateway):
    attempt(CALL, {"api_endpoint": server.url, "method": "POST"}, data={"input": {"amount": 5}})
    [received] = server.received
    assert (received.method, json.loads(received.body)) == ("POST", {"amount": 5})
    assert received.headers["content-type"] == "application/json"


def test_a_body_may_be_said_and_a_null_sends_none(server: Gateway):
    attempt(CALL, {"api_endpoint": server.url, "method": "POST", "body": ["a"]}, data={"input": 1})
    attempt(CALL, {"api_endpoint": server.url, "method": "POST", "body": None}, data={"input": 1})
    assert [received.body for received in server.received] == [b'["a"]', b""]


def test_a_get_sends_no_body(server: Gateway):
    attempt(CALL, {"api_endpoint": server.url}, data={"input": {"amount": 5}})
    assert server.received[0].body == b""


def test_a_form_is_sent_where_the_content_type_asks_for_one(server: Gateway):
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    attempt(CALL, {"api_endpoint": server.url, "method": "POST", "headers": form, "body": {"a": [1, "ü"]}})
    assert server.received[0].body == b"a=1&a=%C3%BC"


@pytest.mark.parametrize(
    ("url", "query", "sent"),
    [
        ("/x?sig=%7e%2F+a&a=1", {"b": 1}, "/x?sig=%7e%2F+a&a=1&b=1"),
        ("/x?a=1", {"a": 2}, "/x?a=1&a=2"),
        ("/x?", {"a": 2}, "/x?a=2"),
        ("/x?a=1&", {"a": 2}, "/x?a=1&a=2"),
        ("/x#part", {"a": 2}, "/x?a=2"),
        ("/x?a=b c", {}, "/x?a=b%20c"),
    ],
)
def test_a_query_leaves_that_of_the_url_as_it_is_written(server: Gateway, url: str, query: dict[str, Any], sent: str):
    attempt(CALL, {"api_endpoint": server.url + url, "query": query})
    assert server.received[0].path == sent


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH"])
def test_a_method_that_has_a_body_says_that_it_is_empty(server: Gateway, method: str):
    attempt(CALL, {"api_endpoint": server.url, "method": method, "body": None}, data={"input": 1})
    headers = server.received[0].headers
    assert (headers["content-length"], "content-type" in headers) == ("0", False)


@pytest.mark.parametrize("name", ["User-Agent", "accept", "Idempotency-Key"])
def test_null_omits_a_header_that_would_be_sent(server: Gateway, name: str):
    attempt(CALL, {"api_endpoint": server.url, "headers": {name: None}})
    assert name.lower() not in server.received[0].headers


def test_blanks_around_a_headers_value_are_no_part_of_it(server: Gateway):
    attempt(CALL, {"api_endpoint": server.url, "headers": {"X-A": " a b \t"}})
    assert server.received[0].headers["x-a"] == "a b"


ODD_CODINGS = {
    "charset for coding": ("UTF-8", b'{"a": 1}'),
    "unknown": ("br", b"\x0b\x02\x80"),
    "one of two unknown": ("gzip, snappy", b"\0"),
    "no gzip": ("gzip", b'{"a": 1}'),
    "no deflate": ("deflate", b"\xff\xff\xff\xff"),
}


@pytest.mark.parametrize("coding", ODD_CODINGS)
def test_an_answer_that_cannot_be_decoded_costs_its_text_and_not_the_exchange(server: Gateway, coding: str):
    name, body = ODD_CODINGS[coding]
    server.replies = [Reply(201, body, {"Content-Encoding": name})]
    result = attempt(CALL, {"api_endpoint": server.url, "method": "POST"}, data={"input": 1})
    assert (result.output, result.response["status"], len(server.received)) == ({"text": None}, 201, 1)


def raw_deflate(body: bytes) -> bytes:
    packing = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return packing.compress(body) + packing.flush()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        ("", b'{"a": 1}'),
        ("identity", b'{"a": 1}'),
        (" , GZIP", gzip.compress(b'{"a": 1}', mtime=0)),
        ("x-gzip", gzip.compress(b'{"a": 1}', mtime=0)),
        ("deflate", zlib.compress(b'{"a": 1}')),
        ("deflate", raw_deflate(b'{"a": 1}')),
        ("deflate, gzip", gzip.compress(zlib.compress(b'{"a": 1}'), mtime=0)),
        ("gzip, identity, gzip", gzip.compress(gzip.compress(b'{"a": 1}', mtime=0), mtime=0)),
    ],
)
def test_codings_are_undone_in_their_order(server: Gateway, coding: str, body: bytes):
    server.replies = [Reply(body=body, headers={"Content-Encoding": coding})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"a": 1}


def test_what_is_packed_twice_is_bounded_too(server: Gateway):
    bomb = gzip.compress(gzip.compress(b" " * 20_000_000))
    server.replies = [Reply(body=bomb, headers={"Content-Encoding": "gzip, gzip"})]
    assert failed(CALL, {"api_endpoint": server.url, "maxBytes": 100_000}).code == "too_large"


@pytest.mark.parametrize(
    ("content_type", "body", "text"),
    [
        ("text/plain; charset=windows-1252", b"\x80", "\u20ac"),
        ("text/plain; charset=iso-8859-1", b"\x80", "\u20ac"),
        ("text/plain; charset='shift_jis'", b"a", "a"),
        ('text/plain; charset="shift_jis"', "\u65e5\u672c".encode("shift_jis"), "\u65e5\u672c"),
        ('text/plain; a="x;charset=latin1"; charset=utf-8', "\u00fc".encode(), "\u00fc"),
        ("text/html, text/plain; charset=latin1", b"\xfc", "\u00fc"),
        ("text/plain; charset=latin1", b"\xef\xbb\xbf\xc3\xbc", "\u00fc"),
        ("text/plain", "\ufeff\u00fc".encode("utf-16-le"), "\u00fc"),
        ("text/plain; charset=nobody", "\u00fc".encode(), "\u00fc"),
        ("text/plain; charset=iso-2022-cn", "\u00fc".encode(), "\u00fc"),
        ("text/plain; charset=zlib", b"a", "a"),
    ],
)
def test_texts_are_read_as_the_encoding_standard_says(server: Gateway, content_type: str, body: bytes, text: str):
    server.replies = [Reply(body=body, headers={"Content-Type": content_type})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": text}


@pytest.mark.parametrize("charset", ["punycode", "idna", "unicode_escape", "rot13", "utf-7", "utf-32", "cp037"])
def test_a_codec_that_is_no_charset_of_the_web_is_not_run(server: Gateway, charset: str):
    body = b"xn--bcher-kva \\u00fc +AOk-"
    server.replies = [Reply(body=body, headers={"Content-Type": f"text/plain; charset={charset}"})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": body.decode()}


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'\xef\xbb\xbf{"a": "\xc3\xbc"}'),
        ("application/json; charset=latin1", b'{"a": "\xc3\xbc"}'),
        ("application/json; charset=latin1", b'{"a": "\xfc"}'),
        ("application/json", '\ufeff{"a": "\u00fc"}'.encode("utf-16-le")),
    ],
)
def test_json_is_read_in_the_encoding_that_it_is_in(server: Gateway, content_type: str, body: bytes):
    server.replies = [Reply(body=body, headers={"Content-Type": content_type})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"a": "\u00fc"}


@pytest.mark.parametrize(
    ("content_type", "sent"),
    [
        ("text/plain", b"\xc3\xbc"),
        ("text/plain; charset=ISO-8859-1", b"\xfc"),
        ("text/plain;charset=utf-8", b"\xc3\xbc"),
    ],
)
def test_a_text_is_sent_in_the_charset_that_its_type_declares(server: Gateway, content_type: str, sent: bytes):
    config = {"api_endpoint": server.url, "method": "POST", "headers": {"Content-Type": content_type}, "body": "\u00fc"}
    attempt(CALL, config)
    assert server.received[0].body == sent


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8"])
def test_json_with_a_broken_sign_is_given_as_text_and_not_as_another_value(server: Gateway, content_type: str):
    server.replies = [Reply(body=b'{"a": "\xfc"}', headers={"Content-Type": content_type})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": '{"a": "\ufffd"}'}


@pytest.mark.parametrize("charset", ["latin1", "punycode", "nobody"])
def test_a_text_that_its_charset_cannot_write_is_not_sent(server: Gateway, charset: str):
    headers = {"Content-Type": f"text/plain; charset={charset}"}
    config = {"api_endpoint": server.url, "method": "POST", "headers": headers, "body": "\u65e5"}
    assert "cannot be sent" in failed(CALL, config).message
    assert not server.received


def test_a_query_joins_that_of_the_url(server: Gateway):
    attempt(CALL, {"api_endpoint": f"{server.url}/x?a=1", "query": {"b": [2, True], "c": "a&b", "d": None}})
    assert server.received[0].path == "/x?a=1&b=2&b=true&c=a%26b"


def test_placeholders_reach_url_headers_and_body(server: Gateway):
    config = {
        "api_endpoint": server.url + "/${input.id}",
        "method": "PUT",
        "headers": {"Authorization": "Bearer ${API_KEY}"},
        "body": {"of": "${workflow.id}"},
    }
    attempt(CALL, config, data={"input": {"id": 7}}, secret=lambda name: f"<{name}>")
    [received] = server.received
    assert (received.path, received.headers["authorization"]) == ("/7", "Bearer <API_KEY>")
    assert json.loads(received.body) == {"of": "w-1"}


def test_every_attempt_has_the_same_idempotency_key(server: Gateway):
    for number in (1, 2):
        attempt(CALL, {"api_endpoint": server.url, "method": "POST"}, number=number)
    assert {received.headers["idempotency-key"] for received in server.received} == {"w-1/call"}


def test_the_template_may_set_its_own_idempotency_key(server: Gateway):
    attempt(CALL, {"api_endpoint": server.url, "headers": {"Idempotency-key": "mine"}})
    assert server.received[0].headers["idempotency-key"] == "mine"


def test_connections_are_kept_between_calls(server: Gateway, monkeypatch: pytest.MonkeyPatch):
    close_connections()
    monkeypatch.setattr(client, "KEEPALIVE_SECONDS", LONG)
    for _ in range(3):
        attempt(CALL, {"api_endpoint": server.url})
    assert len({received.connection for received in server.received}) == 1


def test_the_slots_of_an_executor_call_at_once(server: Gateway):
    slots = range(8)
    with ThreadPoolExecutor(len(slots)) as pool:
        results = list(pool.map(lambda slot: attempt(CALL, {"api_endpoint": f"{server.url}/{slot}"}), slots))
    assert [result.output for result in results] == [{}] * len(slots)
    assert {received.path for received in server.received} == {f"/{slot}" for slot in slots}


def test_an_unexpected_status_fails_with_its_number(server: Gateway):
    server.replies = [Reply(status=404, body=b"card 4111111111111111 is unknown")]
    failure = failed(CALL, {"api_endpoint": server.url})
    assert (failure.code, failure.retry_after) == ("http_404", None)
    assert "4111" not in failure.message


@pytest.mark.parametrize("expect", [404, "404", [200, "4xx"], ["404"]])
def test_a_status_that_is_expected_is_an_answer(server: Gateway, expect: object):
    server.replies = [Reply(status=404)]
    assert attempt(CALL, {"api_endpoint": server.url, "expect": expect}).response["status"] == 404


def test_what_is_not_listed_is_not_expected_even_if_it_is_a_success(server: Gateway):
    assert failed(CALL, {"api_endpoint": server.url, "expect": [201]}).code == "http_200"


def test_a_busy_server_says_in_seconds_when_to_come_back(server: Gateway):
    server.replies = [Reply(status=503, headers={"Retry-After": "7"})]
    assert failed(CALL, {"api_endpoint": server.url}).retry_after == 7


def test_a_busy_server_says_by_a_date_when_to_come_back(server: Gateway):
    server.replies = [Reply(status=429, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})]
    assert failed(CALL, {"api_endpoint": server.url}).retry_after == 0


@pytest.mark.parametrize("headers", [{"Retry-After": "soon"}, {"Retry-After": "-1"}, {}])
def test_a_busy_server_that_names_no_time_sets_none(server: Gateway, headers: dict[str, str]):
    server.replies = [Reply(status=503, headers=headers)]
    assert failed(CALL, {"api_endpoint": server.url}).retry_after is None


def test_an_announced_size_over_the_limit_is_refused(server: Gateway):
    server.replies = [Reply(body=b"x" * 101)]
    assert failed(CALL, {"api_endpoint": server.url, "maxBytes": 100}).code == "too_large"


def test_the_size_that_head_tells_is_of_no_body(server: Gateway):
    server.replies = [Reply(body=b"x" * 101)]
    result = attempt(CALL, {"api_endpoint": server.url, "method": "HEAD", "maxBytes": 100})
    assert (result.output, result.response["headers"]["content-length"]) == ({"text": ""}, "101")


def test_a_body_that_grows_over_the_limit_is_refused():
    def flood(connection, stop):
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while not stop.is_set():
            connection.sendall(b"x" * 4096)

    with bare_server(flood) as url:
        assert failed(CALL, {"api_endpoint": url, "maxBytes": 10_000}).code == "too_large"


def test_a_body_of_exactly_the_limit_is_taken(server: Gateway):
    server.replies = [Reply(body=b"x" * 100)]
    assert attempt(CALL, {"api_endpoint": server.url, "maxBytes": 100}).output == {"text": "x" * 100}


def test_a_packed_body_is_unpacked_within_the_limit(server: Gateway):
    server.replies = [Reply(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"a": 1}
    server.replies = [Reply(body=gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"})]
    assert failed(CALL, {"api_endpoint": server.url, "maxBytes": 100_000}).code == "too_large"


PACKED = gzip.compress(b'{"a": 1}')
MEMBERS = gzip.compress(b'{"a"') + gzip.compress(b": 1}")


@pytest.mark.parametrize(
    "body", [MEMBERS, PACKED + b"\0\0", zlib.compress(b'{"a": 1}')], ids=["two members", "padded", "zlib"]
)
def test_a_packed_body_is_read_to_its_end(server: Gateway, body: bytes):
    server.replies = [Reply(body=body, headers={"Content-Encoding": "gzip"})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"a": 1}


@pytest.mark.parametrize("body", [PACKED[:-8], PACKED[:-1], MEMBERS[:-1]], ids=["no trailer", "cut", "second cut"])
def test_a_packed_body_that_breaks_off_is_not_taken_for_a_whole_one(server: Gateway, body: bytes):
    server.replies = [Reply(body=body, headers={"Content-Encoding": "gzip"})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": None}


def test_an_empty_body_may_be_called_packed(server: Gateway):
    server.replies = [Reply(body=b"", headers={"Content-Encoding": "gzip"})]
    assert attempt(CALL, {"api_endpoint": server.url}).output == {"text": ""}


def test_a_server_that_never_answers_is_left_in_time():
    with bare_server(lambda connection, stop: stop.wait(LONG)) as url:
        started = time.monotonic()
        assert failed(CALL, {"api_endpoint": url, "timeout": "200ms"}).code == "timeout"
        assert time.monotonic() - started < LONG / 2


@pytest.mark.parametrize("head", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"])
def test_a_server_that_drips_is_left_in_time(head: bytes):
    def drip(connection, stop):
        connection.recv(4096)
        connection.sendall(head)
        while not stop.wait(0.02):
            connection.sendall(b"x")

    with bare_server(drip) as url:
        started = time.monotonic()
        assert failed(CALL, {"api_endpoint": url, "timeout": "300ms"}).code == "timeout"
        assert time.monotonic() - started < LONG / 2


def test_a_server_that_reads_no_body_is_left_in_time():
    with bare_server(lambda connection, stop: stop.wait(LONG)) as url:
        config = {"api_endpoint": url, "method": "POST", "body": "x" * 20_000_000, "timeout": "300ms"}
        started = time.monotonic()
        assert failed(CALL, config).code == "timeout"
        assert time.monotonic() - started < LONG / 2


def test_the_attempts_deadline_holds_where_the_config_has_no_timeout():
    with bare_server(lambda connection, stop: stop.wait(LONG)) as url:
        assert failed(CALL, {"api_endpoint": url}, seconds=0.2).code == "timeout"


def test_a_cancelled_job_lets_go_of_a_slow_server():
    cancelled = threading.Event()

    def cancel(connection, stop):
        connection.recv(4096)
        cancelled.set()
        stop.wait(LONG)

    with bare_server(cancel) as url:
        failure = failed(CALL, {"api_endpoint": url}, seconds=LONG, cancelled=cancelled)
    assert (failure.code, failure.message) == ("error", "the job was cancelled")


def test_a_server_that_hangs_up_is_an_error_that_names_it():
    with bare_server(lambda connection, stop: None) as url:
        failure = failed(CALL, {"api_endpoint": url})
    assert failure.code == "error"
    assert "127.0.0.1" in failure.message


def test_a_port_that_nobody_listens_on_cannot_be_connected_to(idle_port: int):
    assert failed(CALL, {"api_endpoint": f"http://127.0.0.1:{idle_port}"}).code == "connect"


def test_a_name_that_does_not_resolve_cannot_be_connected_to():
    assert failed(CALL, {"api_endpoint": "http://nobody.invalid/"}).code == "connect"


def test_a_header_that_cannot_be_sent_is_refused_without_saying_it(server: Gateway):
    config = {"api_endpoint": server.url, "headers": {"X-Key": "${API_KEY}"}}
    failure = failed(CALL, config, secret=lambda name: "s3cret\r\nX-Other: 1")
    assert failure.code == "error"
    assert "s3cret" not in failure.message
    assert server.received == []
