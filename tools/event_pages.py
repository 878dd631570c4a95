"""Writes docs/reference/events.md from the catalogue of events: ``python -m tools.event_pages [--check] [FILE]``.

With ``--check`` nothing is written; the exit status says whether the page matches the code.
"""

import json
import sys
from collections.abc import Iterator
from itertools import groupby

from apps.events.catalogue import CATALOGUE, EventType
from tools.kept_page import DOCS, keep

PAGE = DOCS / "reference" / "events.md"
HEAD = """# Events

Base Shift publishes what happens as CloudEvents 1.0: on Kafka if `KAFKA_BOOTSTRAP_SERVERS` is set
([how to connect it](../how-to/connect-kafka.md)), otherwise on Redis Streams. `make events` generates this page from
[the catalogue in the code](../../apps/events/catalogue.py).

- Events contain ids, states and times, never inputs, outputs or secrets.
- An event is stored in the same transaction as the change it describes, and published from there: none are lost, but some
  may arrive twice. Readers recognize a duplicate by its id (`source` and `id` together are unique).
- For each topic and key, first arrivals are in the order in which things happened.
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
    yield f"\nExample `data` of `{first.type}`:\n"
    yield f"```json\n{json.dumps(first.example, indent=2)}\n```\n"
    yield "Its JSON Schema; the others differ only in `state`:\n" if len(types) > 1 else "Its JSON Schema:\n"
    yield f"```json\n{json.dumps(first.data, indent=2)}\n```\n"


if __name__ == "__main__":
    sys.exit(keep(PAGE, lambda _: page(), command="make events"))
