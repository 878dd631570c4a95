"""Settings of an executor, read from its environment."""

import socket
from dataclasses import dataclass

from apps.core import egress, env
from apps.core.pools import DEFAULT_POOL


@dataclass(frozen=True, slots=True)
class ExecutorSettings:
    """Settings of one executor process."""

    # Redis, where jobs are claimed and reported.
    queue_url: str
    # Seconds for which a claim is good without being renewed.
    lease_seconds: float
    # The pool whose jobs it takes.
    pool: str
    # Jobs that it runs at once, each in a thread.
    slots: int
    # Entries of EGRESS_ALLOW: hosts that steps may reach beside public ones.
    egress_allow: tuple[str, ...]
    # Unique among the executors; that of its pod.
    name: str
    # Touched every second by the keeper, for probes that look at its age; empty: none.
    alive_file: str = ""

    @property
    def broker_url(self) -> str:
        """The URL of the queue for Celery, which would take any certificate where the URL says nothing of them."""
        if not self.queue_url.startswith("rediss://") or "ssl_cert_reqs=" in self.queue_url:
            return self.queue_url
        return f"{self.queue_url}{'&' if '?' in self.queue_url else '?'}ssl_cert_reqs=required"

    @classmethod
    def from_environment(cls) -> "ExecutorSettings":
        allow = tuple(env.items("EGRESS_ALLOW"))
        try:
            egress.parse_rules(allow)
        except ValueError as error:
            raise env.BadSetting(f"EGRESS_ALLOW cannot be read: {error}") from error
        return cls(
            queue_url=env.job_queue_url(),
            lease_seconds=env.number("LEASE_SECONDS", 15, minimum=1),
            pool=env.text("EXECUTOR_POOL", DEFAULT_POOL),
            slots=env.whole_number("EXECUTOR_SLOTS", 8, minimum=1),
            egress_allow=allow,
            name=env.text("EXECUTOR_NAME", socket.gethostname()),
            alive_file=env.text("EXECUTOR_ALIVE_FILE"),
        )
