"""Messages of any topic as triggers see them: ``event`` in filters and inputs.

A CloudEvent 1.0, in binary mode (``ce_`` headers) or in structured mode (the whole event as JSON), has ``id``,
``source``, ``type``, ``subject``, ``time``, ``topic``, ``key`` and ``data``, null for what it does not say. Any other
message has ``topic``, ``key`` and ``data``.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apps.core.json import canonical, strict
from apps.events.bus.port import Received

FIELDS = ("id", "source", "type", "subject", "time", "topic", "key", "data")
STRUCTURED = "application/cloudevents+json"
_REQUIRED = ("specversion", "id", "source", "type")
_ATTRIBUTES = ("id", "source", "type", "subject", "time")
_SPECVERSION = "1.0"

Event = dict[str, Any]


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """``digest`` names the message however often it is delivered: by source and id, else by its place and time."""

    event: Event
    digest: str


def read(received: Received) -> IncomingMessage:
    """Return the message as triggers see it. Raises nothing: what cannot be read as anything better is text, or bytes in base64."""
    headers = {name.lower(): _text(value) for name, value in received.headers.items()}
    attributes, data = _cloudevent(headers, received.value)
    key = None if received.key is None else _text(received.key)
    event = {"topic": received.topic, "key": key, "data": data}
    if not attributes:
        return IncomingMessage(event, _digest("message", *received.position, received.time.timestamp()))
    present = {name: attributes.get(name) or None for name in _ATTRIBUTES}
    return IncomingMessage({**present, **event}, _digest("cloudevent", present["source"], present["id"]))


def _digest(*name: Any) -> str:
    # A topic that is made anew counts its messages from 0 again: their time sets them apart.
    return canonical.sha256(list(name))


def _cloudevent(headers: Mapping[str, str], value: bytes) -> tuple[Mapping[str, str], Any]:
    """Return the attributes, empty if it is none, and the data."""
    binary = {name.removeprefix("ce_"): text for name, text in headers.items() if name.startswith("ce_")}
    if _is_cloudevent(binary):
        return binary, _data(value)
    kind = headers.get("content-type", STRUCTURED).partition(";")[0].strip().lower()
    whole = _data(value)
    if kind == STRUCTURED and isinstance(whole, dict) and _is_cloudevent(whole):
        return whole, _structured_data(whole)
    return {}, whole


def _is_cloudevent(attributes: Mapping[str, Any]) -> bool:
    texts = all(isinstance(attributes.get(name, ""), str) for name in _ATTRIBUTES)
    return texts and all(attributes.get(name) for name in _REQUIRED) and attributes["specversion"] == _SPECVERSION


def _structured_data(event: Mapping[str, Any]) -> Any:
    coded = event.get("data_base64")
    if "data" in event or not isinstance(coded, str):
        return event.get("data")
    try:
        return _data(base64.b64decode(coded, validate=True))
    except (binascii.Error, ValueError):
        return coded


def _data(value: bytes) -> Any:
    """Return the JSON that the bytes are; else their text; else base64."""
    if not value:
        return None
    try:
        return strict.loads(value)
    except strict.Malformed:
        pass
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return base64.b64encode(value).decode()
    return _text(text)


def _text(text: str) -> str:
    """Return ``value`` without what no database can store."""
    return text.replace("\0", "\ufffd")
