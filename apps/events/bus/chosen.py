"""The bus that the settings name."""

from django.conf import settings

from apps.events.bus.port import Bus
from apps.events.bus.redis_streams import RedisStreams


def bus() -> Bus:
    """A new connection, which is made when it is first used: the bus may be away for now."""
    return RedisStreams(settings.REDIS_URL, max_length=settings.EVENT_STREAM_LENGTH)
