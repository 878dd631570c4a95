"""Every event that the product logs, and what it means.

``docs/reference/logs.md`` is written from here (``make events``), and a test holds the code to it. What an event is
about (ids, names, ``error``) is in the record's ``extra``.
"""

from collections.abc import Mapping
from types import MappingProxyType

LOG_EVENTS: Mapping[str, str] = MappingProxyType(
    {
        # Any process
        "database_unavailable": (
            "The database cannot be reached or does not answer. The process keeps trying; a call is answered with 503."
        ),
        "lease_acquired": (
            "This process now does the work of which only one process is in charge: publishing, or managing pods."
        ),
        "lease_lost": "Another process has taken that work over.",
        "lease_release_failed": (
            "A process that stops could not release its lease, which ends by itself after some seconds."
        ),
        "redis_unavailable": "Redis cannot be reached, or an executor's calls are refused. The process keeps trying.",
        # Web
        "readiness_probe_failed": "`/readyz` found a part unavailable.",
        "redis_command_refused": "Redis refused a call of the web process, such as when it is out of memory.",
        "redis_timed_out": "Redis accepted a connection and did not answer in time.",
        "resolver_failed": "A GraphQL resolver raised an unexpected error, which the log shows.",
        # Workflows
        "entry_quarantined": (
            "A journal entry could not be applied. It is kept for review, and its workflow or job fails."
        ),
        "executor_stuck": "No slot of an executor can do anything any more. It hands back what it holds, and restarts.",
        "job_hung": (
            "A job did not stop at its timeout. The executor takes no new jobs, finishes the others, and restarts."
        ),
        "job_repaired": "The live state of a job differed from the database and was corrected.",
        "job_type_crashed": "A job type raised an unexpected error. The job fails with the code `error`.",
        "keeper_step_failed": (
            "A step of the thread that keeps an executor's leases raised an unexpected error. It is repeated."
        ),
        "leadership_acquired": "This scheduler leads, and applies the journal.",
        "leadership_lost": "Another scheduler leads.",
        "live_state_closed": "Redis was emptied, or another leader has opened it. The scheduler starts over.",
        "live_state_rebuild_started": "The scheduler builds the live state in Redis from the database.",
        "quarantined_entry_dismissed": "A user removed a quarantined journal entry.",
        "report_refused": "An executor reported an attempt that it no longer holds. The report changes nothing.",
        # Triggers
        "consumer_paused": "The trigger consumer cannot reach the part that it names, and tries again later.",
        "start_offsets_postponed": (
            "Where a topic ends could not be read. The trigger that needs it starts once it can be."
        ),
        "topic_read_failed": "A topic cannot be read. Its triggers wait; those of other topics go on.",
        "trigger_crashed": "A trigger raised an unexpected error for a message, which the log shows.",
        "trigger_failed": "A trigger could not start a workflow for a message. It tries again later.",
        "trigger_failure_already_stored": "Another consumer has stored the same failure, or the trigger was deleted.",
        "trigger_gave_up": "A trigger has no tries left for a message, which is now a dead letter.",
        # Events
        "bus_unavailable": "The bus cannot be reached. Events wait in the database.",
        "dead_letter_dismissed": "A user removed a dead letter.",
        "event_quarantined": (
            "The bus will never accept this event, for example because it is too large. It is now a dead letter."
        ),
        "relay_failed": "Events of another store could not be moved to the outbox. This is tried again later.",
        "topics_paused": "The bus accepts messages, but not for these topics. Their events wait for a while.",
        # Pods
        "drain_postponed": "Redis is unavailable: executors are asked to drain, or to resume, later.",
        "observation_discarded": (
            "What was observed of pods could not be stored, for example because a pool was just deleted. It is "
            "observed again."
        ),
        "pod_backend_unavailable": "Pods can be neither observed nor changed now.",
        "pod_creation_refused": "The backend refused to create a pod. The pool waits and tries again.",
        "pod_deletion_requested": "The reconciler deletes a pod.",
        "pod_failed": "A pod ended or was found unusable, for the reason that is given.",
        "pod_log_read_failed": "The log of a pod could not be read for a user.",
        "pod_watch_failed": "The watch of a namespace's pods ended with an error. It is started again.",
        "pool_deleted": "A pool was deleted after its last pod had ended.",
        "workload_unavailable": "Redis is unavailable: how much work waits for pods is not known now.",
    }
)
