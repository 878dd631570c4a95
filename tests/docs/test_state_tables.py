"""The tables of transitions in the documentation are those of the code."""

import subprocess
import sys
from pathlib import Path

from tests.support.doc_pages import ROOT

PAGE = ROOT / "docs" / "reference" / "states.md"


def state_tables(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.state_tables", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def stale_copy(directory: Path) -> Path:
    copy = directory / "states.md"
    copy.write_text(PAGE.read_text(encoding="utf-8").replace("| PENDING | QUEUED,", "| PENDING |", 1), encoding="utf-8")
    return copy


def test_the_page_has_the_tables_of_the_code():
    answer = state_tables("--check")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_stale_page_is_noticed_and_left_as_it_is(tmp_path: Path):
    copy = stale_copy(tmp_path)
    before = copy.read_text(encoding="utf-8")
    answer = state_tables("--check", copy)
    assert answer.returncode == 1
    assert "stale" in answer.stderr
    assert copy.read_text(encoding="utf-8") == before


def test_a_stale_page_is_written_anew(tmp_path: Path):
    copy = stale_copy(tmp_path)
    assert state_tables(copy).returncode == 0
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")


def test_a_page_without_its_marks_is_refused(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("# States\n", encoding="utf-8")
    answer = state_tables(page)
    assert answer.returncode == 1
    assert "marks" in answer.stderr
