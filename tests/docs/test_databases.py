"""What runs again on other databases than SQLite."""

import pytest

from tests.support.databases import runs_on, stale


@pytest.mark.parametrize("database", ["postgres", "mongodb"])
def test_a_new_test_runs_on_all(database: str):
    assert runs_on(database, "tests/services/test_new.py::test_it")
    assert runs_on(database, "tests/templates/test_services.py::test_it[1]")


def test_what_is_left_out_on_one_runs_on_the_other():
    nodeid = "tests/pods/test_recording.py::test_it"
    assert (runs_on("postgres", nodeid), runs_on("mongodb", nodeid)) == (True, False)


@pytest.mark.parametrize(
    ("nodeid", "runs"),
    [
        ("tests/acceptance/test_stack.py::test_it", False),
        ("tests/acceptance/test_demo.py::test_it", True),
        ("tests/services/test_trigger_round.py::test_it", False),
        ("tests/services/test_trigger_round.py::test_while_kafka_is_away_a_trigger_is_made", True),
    ],
)
def test_the_longest_entry_decides(nodeid: str, runs: bool):
    assert runs_on("postgres", nodeid) is runs


def test_each_entry_leads_somewhere():
    assert stale() == []
