"""What triggers see of a message, whoever wrote it and however."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from apps.events.bus.port import Position, Received
from apps.workflows.triggers import messages

TIME = datetime(2026, 1, 2, tzinfo=UTC)
BINARY = {"ce_specversion": "1.0", "ce_id": "7", "ce_source": "/shop", "ce_type": "placed"}
EVENT = {"specversion": "1.0", "id": "7", "source": "/shop", "type": "placed"}


def received(
    value: bytes,
    headers: dict[str, str] | None = None,
    *,
    offset: int = 1,
    key: str | None = "k",
    time: datetime = TIME,
) -> Received:
    return Received("t", key, headers or {}, value, Position("t", 0, offset), time)


def event(value: bytes, headers: dict[str, str] | None = None) -> dict[str, Any]:
    return messages.read(received(value, headers)).event


def test_a_cloudevent_in_binary_mode_has_all_fields():
    headers = {**BINARY, "ce_subject": "order/7", "ce_time": "2026-01-01T00:00:00Z", "content-type": "application/json"}
    assert event(b'{"a": 1}', headers) == {
        **{"id": "7", "source": "/shop", "type": "placed", "subject": "order/7", "time": "2026-01-01T00:00:00Z"},
        **{"topic": "t", "key": "k", "data": {"a": 1}},
    }


def test_what_a_cloudevent_does_not_say_is_null():
    assert {name for name, value in event(b"", BINARY).items() if value is None} == {"subject", "time", "data"}


@pytest.mark.parametrize("kind", ["application/cloudevents+json", "application/CloudEvents+JSON; charset=utf-8", None])
def test_a_cloudevent_in_structured_mode_is_the_same(kind: str | None):
    text = json.dumps({**EVENT, "data": {"a": 1}}).encode()
    assert event(text, {"Content-Type": kind} if kind else {}) == event(b'{"a": 1}', BINARY)


@pytest.mark.parametrize(("data", "seen"), [(b'{"a": 1}', {"a": 1}), (b"\xff\x00", "/wA=")])
def test_structured_data_may_be_in_base64(data: bytes, seen: Any):
    text = json.dumps({**EVENT, "data_base64": base64.b64encode(data).decode()}).encode()
    assert event(text)["data"] == seen


@pytest.mark.parametrize(
    ("value", "data"),
    [
        (b'{"a": [1, null]}', {"a": [1, None]}),
        (b"12", 12),
        (b"hello \xe2\x98\x83", "hello ☃"),
        (b"\xff\xfe", "//4="),
        (b"", None),
        (b"[1, 2", "[1, 2"),
        (b"NaN", "NaN"),
        (b"a\x00b", "a\ufffdb"),
        (b'"\\u0000"', '"\\u0000"'),
    ],
)
def test_any_other_message_has_topic_key_and_data(value: bytes, data: Any):
    assert event(value) == {"topic": "t", "key": "k", "data": data}


@pytest.mark.parametrize(
    "broken", [{"specversion": "0.3"}, {"id": ""}, {"source": None}, {"type": 7}, {"time": 12}, {"subject": ["a"]}]
)
def test_what_only_looks_like_a_cloudevent_is_none(broken: dict[str, Any]):
    whole = {**EVENT, **broken}
    assert event(json.dumps(whole).encode()) == {"topic": "t", "key": "k", "data": whole}


def test_a_message_may_have_no_key():
    assert messages.read(received(b"1", key=None)).event["key"] is None


# -- what names a message ----------------------------------------------------------------------------


def test_a_cloudevent_is_known_by_source_and_id_wherever_it_stands():
    first, again = (messages.read(received(value, BINARY, offset=at)) for at, value in enumerate((b"1", b"2")))
    assert first.digest == again.digest


@pytest.mark.parametrize("other", [{"ce_id": "8"}, {"ce_source": "/shop/7"}])
def test_another_source_or_id_is_another_cloudevent(other: dict[str, str]):
    first, second = (messages.read(received(b"1", headers)) for headers in (BINARY, {**BINARY, **other}))
    assert first.digest != second.digest


def test_any_other_message_is_known_by_its_place():
    first, again, other = (messages.read(received(b"1", offset=at)).digest for at in (1, 1, 2))
    assert first == again != other


def test_a_place_in_a_topic_that_was_made_anew_is_another_place():
    first, other = (messages.read(received(b"1", time=TIME.replace(day=day))).digest for day in (1, 2))
    assert first != other
