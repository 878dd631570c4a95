"""What the code logs is what the catalogue of log events lists, and what the page shows."""

import logging
import re
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.log_catalogue import LOG_EVENTS
from tests.docs.log_calls import log_calls
from tests.support.doc_pages import ROOT

PAGE = ROOT / "docs" / "reference" / "logs.md"
CALLS = [call for room in ("apps", "baseshift") for path in (ROOT / room).rglob("*.py") for call in log_calls(path)]
# Of every record: ``extra`` may not replace them.
RESERVED = {*vars(logging.makeLogRecord({})), "message", "asctime", "taskName"}


def log_page(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.log_page", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_every_call_logs_a_name_that_is_written_out():
    assert CALLS
    assert [call.place for call in CALLS if call.names is None] == []


def test_the_names_that_are_logged_are_those_that_are_listed():
    assert {name for call in CALLS for name in call.names or ()} == LOG_EVENTS.keys()


@pytest.mark.parametrize("name", LOG_EVENTS)
def test_a_name_is_in_snake_case(name: str):
    assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name)


def test_what_events_carry_is_written_out_and_replaces_nothing_of_a_record():
    assert [call.place for call in CALLS if call.keys is None or call.keys & RESERVED] == []


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('logger.info("Pod %s ends", name)', "names"),
        ('logger.info(f"pod_{name}")', "names"),
        ("logger.log(level, name)", "names"),
        ('logger.info("pod_ended", extra=given())', "keys"),
        ('logger.info("pod_ended", extra={**given()})', "keys"),
    ],
)
def test_a_call_that_cannot_be_read_is_noticed(tmp_path: Path, line: str, fault: str):
    path = tmp_path / "module.py"
    path.write_text(f"def act(name, level):\n    {line}\n", encoding="utf-8")
    (call,) = log_calls(path)
    assert getattr(call, fault) is None


def test_the_page_is_that_of_the_code():
    answer = log_page("--check")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_stale_page_is_noticed(tmp_path: Path):
    copy = tmp_path / "logs.md"
    copy.write_text(PAGE.read_text(encoding="utf-8").replace("`pod_failed`", "`pod_broke`"), encoding="utf-8")
    answer = log_page("--check", copy)
    assert (answer.returncode, "make events" in answer.stderr) == (1, True)
