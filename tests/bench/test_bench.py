"""The measurements themselves, in small: that they run, and keep a record. No figure is judged here."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.env import BASE_DIR
from tests.bench.timing import percentile

# It ends by itself, or never.
PATIENCE = 900


def test_a_percentile_is_a_value_that_was_measured() -> None:
    values = [4.0, 1.0, 3.0, 2.0]
    assert [percentile(values, share) for share in (0, 0.5, 0.51, 0.99, 1)] == [1.0, 2.0, 3.0, 4.0, 4.0]


@pytest.mark.release
def test_a_run_prints_its_figures_and_keeps_a_record(tmp_path: Path) -> None:
    options = ["--only", "chain,latency", "--repeat", "1", "--quick", "--results", str(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", *options], cwd=BASE_DIR, capture_output=True, text=True, timeout=PATIENCE
    )
    assert run.returncode == 0, run.stderr
    record = json.loads((tmp_path / "latest.json").read_text(encoding="utf-8"))
    works = [figure["work"] for figure in record["figures"]]
    assert works == ["chain of 40", "POST /workflows to first job started"]
    assert all(work in run.stdout for work in works)


def test_a_measurement_that_there_is_not_is_named(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--only", "speed"],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert run.returncode == 2
    assert "speed" in run.stderr
