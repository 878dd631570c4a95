"""Leadership of a shard: one row, an epoch, and a lease by the database's clock."""

from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from apps.workflows.live.keys import SHARD
from apps.workflows.models import Shard
from apps.workflows.scheduler.checkpoint import LEADER_LEASE, LeadershipLost


@dataclass(frozen=True, slots=True)
class LeadershipTerm:
    """One term of leadership, and where the shard stood when it began."""

    # Rises with each term.
    epoch: int
    # The last filling of Redis from SQL, and the run of Redis that has it.
    generation: int
    redis_run_id: str
    # The last entry that was applied.
    position: str
    # The entry up to which all effects have been sent.
    dispatched_position: str


def acquire(name: str) -> LeadershipTerm | None:
    """Take the lead if it is free. The new epoch is committed before anything is loaded."""
    free = Shard.objects.filter(Q(expires_at=None) | Q(expires_at__lt=Now()) | Q(leader=name), pk=SHARD)
    if not free.exists():
        # A standby asks often; on SQLite a transaction that writes would hold up the others.
        return None
    _bound_transactions()
    with transaction.atomic():
        won = free.update(leader=name, epoch=F("epoch") + 1, expires_at=Now() + LEADER_LEASE)
        if not won:
            return None
        shard = Shard.objects.get(pk=SHARD)
    return LeadershipTerm(shard.epoch, shard.generation, shard.redis_run_id, shard.position, shard.dispatched_position)


def _bound_transactions() -> None:
    """Let PostgreSQL end a leader's transaction that stands still for a lease.

    A process that is frozen in the middle of a checkpoint holds the shard's row, and with it the lead. SQLite cannot
    end anybody's transaction: there a frozen leader holds up all writers until it goes on or is killed.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"SET idle_in_transaction_session_timeout = '{LEADER_LEASE.seconds}s'")


def renew(epoch: int) -> None:
    """Prolong the lease between checkpoints. Raises :class:`LeadershipLost`."""
    if not Shard.objects.filter(pk=SHARD, epoch=epoch).update(expires_at=Now() + LEADER_LEASE):
        raise LeadershipLost


def raise_epoch(epoch: int, higher: int) -> int:
    """Go on leading under a higher epoch. Raises :class:`LeadershipLost`."""
    if not Shard.objects.filter(pk=SHARD, epoch=epoch).update(epoch=higher):
        raise LeadershipLost
    return higher


def resign(epoch: int) -> None:
    """Give the lead up at once, so that a standby need not wait for the lease."""
    Shard.objects.filter(pk=SHARD, epoch=epoch).update(leader="", expires_at=None)
