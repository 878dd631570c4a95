"""What kafka-python raises, as the port says it."""

from collections.abc import Iterator
from contextlib import contextmanager

from kafka.errors import KafkaError

from apps.events.bus.port import BusAway


@contextmanager
def away() -> Iterator[None]:
    """Whatever the client raises, as :class:`BusAway`."""
    try:
        yield
    except KafkaError as error:
        raise BusAway(str(error)) from error
