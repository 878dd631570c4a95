"""The web side's connection: one a process, and never in the way of an answer.

What cannot be said to Redis now is found in SQL by the leader later (``engine.md``: starts after two
seconds, commands at the next look), so every failure here is logged and left.
"""

import logging
from collections.abc import Callable
from functools import cache
from typing import TypeVar

import redis
from django.conf import settings

from apps.workflows.live.client import Closed, LiveRedis, RunChanged

logger = logging.getLogger(__name__)
Answer = TypeVar("Answer")


# Above the longest wait of a blocking read (results.wait).
TIMEOUT_SECONDS = 3.0


@cache
def connection() -> LiveRedis:
    return LiveRedis(settings.REDIS_URL, timeout=TIMEOUT_SECONDS)


def attempt(call: Callable[[LiveRedis], Answer]) -> Answer | None:
    """Return the answer of ``call``, or ``None`` when Redis is away or not opened.

    A restart, or a new generation, is met by joining once more and trying again, which is safe for
    the calls here: an entry that stands twice in the journal is applied once.
    """
    live = connection()
    for last in (False, True):
        try:
            if not live.opened:
                live.join()
            return call(live)
        except Closed:
            live.forget()
        except redis.TimeoutError as error:
            # It hangs: a second try would have the caller wait for as long again.
            live.forget()
            logger.warning("redis_timed_out", extra={"error": str(error)})
            return None
        except (RunChanged, redis.ConnectionError) as error:
            live.forget()
            if last:
                logger.warning("redis_unavailable", extra={"error": str(error)})
        except redis.RedisError as error:
            logger.warning("redis_command_refused", extra={"error": str(error)})
            return None
    return None
