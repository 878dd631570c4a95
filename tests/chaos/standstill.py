"""Processes that stand still at a moment at which that holds up nobody else."""

from django.db import OperationalError, connection, transaction

from tests.support.cluster import PATIENCE
from tests.support.process import Process
from tests.support.waiting import eventually


def pause_between_commits(process: Process) -> None:
    """On SQLite nobody can write while a process stands still in its transaction; PostgreSQL ends that transaction."""
    process.pause()
    while connection.vendor == "sqlite" and not can_write():
        process.resume()
        # Paused again at once it would never come to its commit.
        eventually(can_write, PATIENCE)
        process.pause()


def can_write() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 100")
        try:
            with transaction.atomic():
                return True
        except OperationalError:
            return False
        finally:
            cursor.execute("PRAGMA busy_timeout = 30000")
