"""Names of the keys in Redis. Those of a generation are dropped together when the next one opens."""

SHARD = 0


def open_mark() -> str:
    """The open mark, ``<run id>:<generation>`` of the Redis run that a leader opened; else Redis is closed."""
    return f"engine:{SHARD}:open"


def building() -> str:
    """The mark that stands in for the open mark while a leader fills a generation: its own scripts may write then."""
    return f"engine:{SHARD}:building"


def epoch() -> str:
    """The leader's epoch: effects of an older one change nothing."""
    return f"engine:{SHARD}:epoch"


def trimmed() -> str:
    """The position up to which the journal was trimmed: a database behind it has gone back in time."""
    return f"engine:{SHARD}:trimmed_to"


def journal(generation: int) -> str:
    return f"journal:{SHARD}:{generation}"


def ready(generation: int, pool: str) -> str:
    return f"ready:{generation}:{pool}"


def wake(generation: int, pool: str) -> str:
    return f"wake:{generation}:{pool}"


def leases(generation: int) -> str:
    return f"leases:{generation}"


def work(generation: int, workflow_id: str) -> str:
    """The hash of a workflow: its jobs' markers, payloads and outcomes, and the hold."""
    return f"work:{generation}:{workflow_id}"


def of_generations() -> list[str]:
    """Patterns of all keys that belong to a generation."""
    return [f"journal:{SHARD}:*", "ready:*", "wake:*", "leases:*", "work:*"]


def generation_in(name: str) -> str:
    """Return the generation that such a key belongs to."""
    parts = name.split(":")
    return parts[2] if parts[0] == "journal" else parts[1]


def result(command_id: str) -> str:
    """A list that gets one item when the command's result is committed."""
    return f"result:{command_id}"


def executor(name: str) -> str:
    """The heartbeat of an executor; it expires when the process is gone."""
    return f"executor:{name}"


def drain(name: str) -> str:
    """Set while an executor is to take no more jobs; it confirms the value."""
    return f"drain:{name}"


def workflow_state(workflow_id: str) -> str:
    return f"workflow:{workflow_id}:state"


def workflow_current_job(workflow_id: str) -> str:
    return f"workflow:{workflow_id}:currentJob"


def workflow_jobs(workflow_id: str) -> str:
    return f"workflow:{workflow_id}:jobs"
