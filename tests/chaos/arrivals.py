"""What must have come in on the bus after any fault: every event of the outbox, in order for who drops repeats."""

from collections import defaultdict
from collections.abc import Iterable

from apps.events import topics
from apps.events.bus.port import Bus, Received
from apps.events.models import DeadLetter, Event
from tests.support.cluster import PATIENCE
from tests.support.waiting import eventually

Stories = dict[tuple[str, str], list[str]]


def all_marked(patience: float = PATIENCE) -> None:
    """The outbox is empty in time."""
    waiting = Event.objects.filter(published_at=None)
    try:
        eventually(lambda: not waiting.exists(), patience)
    except AssertionError as error:
        error.add_note(f"{waiting.count()} events wait")
        raise


def right(bus: Bus) -> int:
    """Every event came, and of each topic and key first arrivals in order. Answers how many came again."""
    told = stories(Event.objects.order_by("id").values_list("topic", "key", "event_id"))
    count = sum(len(ids) for ids in told.values())
    received = read(bus, count)
    came = stories((one.topic, one.key, one.headers["ce_id"]) for one in received)
    assert came == told
    assert not DeadLetter.objects.exists()
    return len(received) - count


def stories(rows: Iterable[tuple[object, ...]]) -> Stories:
    """The ids of each topic and key in order, each at its first place."""
    found: dict[tuple[str, str], dict[str, None]] = defaultdict(dict)
    for topic, key, event_id in rows:
        found[str(topic), str(key)][str(event_id)] = None
    return {part: list(ids) for part, ids in found.items()}


def read(bus: Bus, count: int) -> list[Received]:
    """All that there is, once ``count`` different events have come."""
    reader = bus.subscribe(topics.ALL, "all that came")
    found: list[Received] = []

    def all_came() -> bool:
        found.extend(reader.poll(1))
        return len({one.headers["ce_id"] for one in found}) >= count

    try:
        eventually(all_came, PATIENCE)
        while more := reader.poll(1):
            found += more
    finally:
        reader.close()
    return found
