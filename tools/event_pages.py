"""Writes docs/reference/events.md from the catalogue of events: ``python -m tools.event_pages [--check] [FILE]``.

With ``--check`` nothing is written; the exit status tells whether the page is that of the code.
"""

import json
import sys
from collections.abc import Iterator
from itertools import groupby

from apps.events.catalogue import CATALOGUE, EventType
from tools.kept_page import DOCS, keep

PAGE = DOCS / "reference" / "events.md"
HEAD = """# Events

What happens is told on the bus as CloudEvents 1.0: on Kafka where `KAFKA_BOOTSTRAP_SERVERS` is set
([how to connect it](../how-to/connect-kafka.md)), else on Redis Streams. This page is written from
[the catalogue in the code](../../apps/events/catalogue.py) by `make events`.

- Events hold ids, states and times, never inputs, outputs or secrets.
- An event is stored in the transaction of its fact and published from there: none is lost, some may come twice. Readers
  know a repeat by its id (`source` and `id` together are unique).
- Of one topic and key, first arrivals come in the order in which things happened.
- `source` is always `/baseshift`, `time` is when it happened, `datacontenttype` is `application/json`.

| | Kafka | Redis Streams |
| --- | --- | --- |
| topic | a topic | a stream of the same name |
| attributes | headers `ce_specversion`, `ce_id`, `ce_source`, `ce_type`, `ce_subject`, `ce_time`, `content-type` (binary mode) | fields of the same names |
| key | the message's key | field `key` |
| data | the message's value | field `data` |
"""


def page() -> str:
    """The whole text."""
    lines = [HEAD]
    for topic, types in groupby(CATALOGUE.values(), lambda one: one.topic):
        lines += _section(topic, list(types))
    return "\n".join(lines)


def _section(topic: str, types: list[EventType]) -> Iterator[str]:
    first = types[0]
    yield f"## {topic}\n"
    yield f"Key: {first.key}. `subject`: {first.subject}.\n"
    yield "| type | meaning |"
    yield "| --- | --- |"
    for one in types:
        yield f"| `{one.type}` | {one.meaning} |"
    yield f"\n`data` of `{first.type}`, for example:\n"
    yield f"```json\n{json.dumps(first.example, indent=2)}\n```\n"
    yield "Its JSON Schema; those of the others differ in `state` only:\n" if len(types) > 1 else "Its JSON Schema:\n"
    yield f"```json\n{json.dumps(first.data, indent=2)}\n```\n"


if __name__ == "__main__":
    sys.exit(keep(PAGE, lambda _: page(), command="make events"))
