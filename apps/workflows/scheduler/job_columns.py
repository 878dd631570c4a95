"""The columns of a job's row that the engine holds: what the checkpoint writes, and what loading reads back.

They are attributes of :class:`apps.workflows.engine.run.JobRun` by the same names.
"""

# All but the error as they are, and times adapted: columns of one kind stand together.
PLAIN = ("status", "reason", "attempt", "claim", "failures", "losses")
TIMES = ("queued_at", "started_at", "finished_at", "due_at")
ALL = (*PLAIN, "error", *TIMES)
# Written once, with the batch that ends the job; read back only where somebody still needs them.
OUTCOME = ("output", "response")
KEY = ("workflow_id", "job_id")
