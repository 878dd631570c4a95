"""Redis clients that leave repeating to their callers. Loads no Django: executors and the engine's store use it, too."""

from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry


def single_try_client(url: str, *, timeout: float, **options: Any) -> "redis.Redis":
    """Return a client that connects when it is first used, and sends each command once.

    ``timeout`` bounds connecting and each answer, in seconds. A command that the client itself repeats could take effect
    twice, or out of order. ``options`` are those of ``redis.Redis.from_url``. Raises ValueError for an unusable address.
    """
    return redis.Redis.from_url(
        url,
        # The protocol of Redis 6.2, and no question which one it is for each connection.
        **{"protocol": 2, **options},
        socket_timeout=timeout,
        socket_connect_timeout=timeout,
        retry=Retry(NoBackoff(), 0),
    )
