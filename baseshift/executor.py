"""``python -m baseshift.executor``: the program of an executor's pod.

It is the worker of :mod:`baseshift.celery`, configured by the environment alone. Celery's command line would cost
it a seventh of the memory that it has while idle.
"""

import signal
import sys

from apps.core import env


def main() -> int:
    """Run until stopped. Returns the exit status; ends with a message if a setting cannot be used."""
    # As process 1 of a container it would not hear the signal until somebody handles it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        level = env.log_level()
        # Reads the settings.
        from baseshift.celery import app
    except env.BadSetting as error:
        sys.exit(str(error))
    worker = app.Worker(loglevel=level, quiet=True, without_gossip=True, without_mingle=True, without_heartbeat=True)
    worker.start()
    return int(worker.exitcode or 0)


if __name__ == "__main__":
    sys.exit(main())
