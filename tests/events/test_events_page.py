"""The page of events in the documentation is that of the catalogue."""

import subprocess
import sys
from pathlib import Path

from tests.support.doc_pages import ROOT

PAGE = ROOT / "docs" / "reference" / "events.md"


def event_pages(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.event_pages", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def stale_copy(directory: Path) -> Path:
    copy = directory / "events.md"
    copy.write_text(PAGE.read_text(encoding="utf-8").replace("baseshift.job.queued", "baseshift.job.asked"), "utf-8")
    return copy


def test_the_page_is_that_of_the_code() -> None:
    answer = event_pages("--check")
    assert (answer.returncode, answer.stderr) == (0, "")


def test_a_stale_page_is_noticed_and_left_as_it_is(tmp_path: Path) -> None:
    copy = stale_copy(tmp_path)
    before = copy.read_text(encoding="utf-8")
    answer = event_pages("--check", copy)
    assert answer.returncode == 1
    assert "stale" in answer.stderr
    assert copy.read_text(encoding="utf-8") == before


def test_a_stale_page_is_written_anew(tmp_path: Path) -> None:
    copy = stale_copy(tmp_path)
    assert event_pages(copy).returncode == 0
    assert copy.read_text(encoding="utf-8") == PAGE.read_text(encoding="utf-8")
