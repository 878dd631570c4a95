"""Which of the tests that use a database run again on PostgreSQL, and again with templates in MongoDB.

All tests run on SQLite. Those that use the database run on the others, too, a new one without further ado, unless they
are left out here because what they ask the database others ask as well. That was counted: on PostgreSQL those that stay
make all statements of the product, up to their values, that all together make; those left out on MongoDB ask it nothing
that others do not. The longest entry that a test's id begins with decides.
"""

from pathlib import Path

ROOT = Path(__file__).parent.parent

_PAGES = "forms and pages: they ask what test_pages, test_lists and the services ask"
_REQUESTS = "how a request is read and answered: the resolvers' tests ask the database"
_DOCUMENTS = "documents, read and compared: test_services, test_api and test_lifecycle store them"
_LIVE = "the engine and Redis: their batches are stored as in test_checkpoint and test_recovery"
_CLUSTERS = "pods and their place: what is recorded of them is in test_pod_records, test_reconciler and test_scaling"
_PROCESSES = "processes, which are started and ended alike on any database"
_SQL = "asks MongoDB nothing"
_VALUES = "any values, for columns; documents have test_any_document"

# By database. Paths are below tests.
_LEFT_OUT = {
    "postgres": {
        "acceptance": _PROCESSES,
        "admin/test_form_schema.py": _PAGES,
        "admin/test_pod_pool_form.py": _PAGES,
        "admin/test_template_actions.py": _PAGES,
        "admin/test_template_check.py": _PAGES,
        "admin/test_template_comparison.py": _PAGES,
        "admin/test_template_start.py": _PAGES,
        "admin/test_template_editor.py": _PAGES,
        "api/test_schema_suite.py": "the suite's own words: test_bad_input and test_any_request have values",
        "chaos/test_bad_jobs.py": _PROCESSES,
        "chaos/test_bus_broker.py": "the bus: test_bus_publisher has the outbox",
        "chaos/test_killed.py::test_executors_are_killed": "executors have no database",
        "chaos/test_killed.py::test_without_any_fault": "test_demo runs without a fault",
        "graphql/test_any_request.py": _REQUESTS,
        "graphql/test_diffs.py": _REQUESTS,
        "graphql/test_errors.py": _REQUESTS,
        "graphql/test_http.py": _REQUESTS,
        "graphql/test_http_audits.py": _REQUESTS,
        "graphql/test_limits.py": _REQUESTS,
        "graphql/test_scalars.py": _REQUESTS,
        "image": "the executor, which has no database",
        "integration/test_back_pressure.py": _LIVE,
        "integration/test_broker_keys.py": _LIVE,
        "integration/test_continuation.py": _LIVE,
        "integration/test_draining.py": _LIVE,
        "integration/test_leases.py": _LIVE,
        "integration/test_outside_worker.py": _LIVE,
        "integration/test_pools.py": _LIVE,
        "integration/test_priority.py": _LIVE,
        "integration/test_state_keys.py": _LIVE,
        "pods/test_crashes.py": _CLUSTERS,
        "pods/test_kubernetes_faults.py": _CLUSTERS,
        "pods/test_logs.py": _CLUSTERS,
        "pods/test_process_backend.py": _CLUSTERS,
        "services/test_trigger_round.py": "the bus: test_consumer asks the database",
        "templates/test_api_diff.py": _DOCUMENTS,
        "templates/test_api_yaml.py": _DOCUMENTS,
        "templates/test_import_directory.py": _DOCUMENTS,
        "templates/test_published.py": _DOCUMENTS,
        "templates/test_update.py": _DOCUMENTS,
    },
    "mongodb": {
        "acceptance": _PROCESSES,
        "admin/test_long_lists.py": _SQL,
        "admin/test_pod_pages.py": _SQL,
        "admin/test_pod_pool_form.py": _SQL,
        "admin/test_pod_pools.py": _SQL,
        "admin/test_sharing.py": _SQL,
        "admin/test_tokens.py": _SQL,
        "api/test_any_request.py": _VALUES,
        "api/test_bad_input.py": _VALUES,
        "api/test_commands.py": _SQL,
        "api/test_schema_suite.py": _VALUES,
        "chaos": _PROCESSES,
        "core": _SQL,
        "events": _SQL,
        "graphql/test_any_request.py": _REQUESTS,
        "graphql/test_errors.py": _REQUESTS,
        "graphql/test_http.py": _REQUESTS,
        "graphql/test_http_audits.py": _REQUESTS,
        "graphql/test_limits.py": _REQUESTS,
        "graphql/test_pods.py": _SQL,
        "graphql/test_scalars.py": _REQUESTS,
        "graphql/test_workflows.py": _SQL,
        "image": "the executor, which has no database",
        "integration": "an engine, which reads a version once, by its key, as services do",
        "kube": _SQL,
        "pods": _SQL,
        "services/test_commands.py": _SQL,
        "services/test_list_costs.py": _SQL,
        "services/test_pool_checks.py": _SQL,
        "services/test_prune.py": _SQL,
        "services/test_trigger_round.py": "the bus: test_consumer starts workflows",
        "simulator": "an engine, which is given its templates",
        "triggers/test_admin.py": _SQL,
        "triggers/test_redis_streams.py": "the bus: test_consumer starts workflows",
        "upgrade": "a SQL database of an earlier version; test_moving moves its templates",
    },
}
# Parts of what is left out that run all the same.
_KEPT = {
    "postgres": {
        "acceptance/test_demo.py": "the whole stack, once",
        "services/test_trigger_round.py::test_while_kafka_is_away": "a JSON column is NULL there until it is known",
    },
    "mongodb": {},
}


def runs_on(database: str, nodeid: str) -> bool:
    """Whether a test that uses the database runs on this one."""
    left_out = _longest(_LEFT_OUT[database], nodeid)
    return len(_longest(_KEPT[database], nodeid)) >= len(left_out) if left_out else True


def stale() -> list[str]:
    """Entries that lead nowhere: what was there has been moved."""
    entries = [entry for table in (_LEFT_OUT, _KEPT) for entries in table.values() for entry in entries]
    return [entry for entry in entries if not (ROOT / entry.partition("::")[0]).exists()]


def _longest(entries: dict[str, str], nodeid: str) -> str:
    below = nodeid.removeprefix("tests/")
    return max((entry for entry in entries if below.startswith(entry)), key=len, default="")
