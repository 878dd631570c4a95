"""``make demo ONCE=1``, in its own directory."""

import re
import socket
import subprocess
from pathlib import Path

import pytest

from tests.acceptance.stacks import run_demo
from tests.support.servers import kept_port


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory, own_database: str) -> "subprocess.CompletedProcess[str]":
    """The demo, run to its end."""
    with kept_port() as port:
        return run_demo(tmp_path_factory.mktemp("demo"), own_database, port)


def told(demo: "subprocess.CompletedProcess[str]", label: str, place: str) -> list[str]:
    """The states that were told of a job, or of the workflow, of one payment."""
    line = re.compile(rf"\s+[\d.]+ s\s+{label}\s+{place}\s+(\w+(?:  \(attempt \d\))?)")
    return [match[1] for match in map(line.fullmatch, demo.stdout.splitlines()) if match]


def test_it_succeeds(demo: "subprocess.CompletedProcess[str]"):
    assert (demo.returncode, demo.stderr) == (0, "")


@pytest.mark.parametrize(("label", "end"), [("approved", "COMPLETED"), ("refused", "FAILED"), ("flaky", "COMPLETED")])
def test_each_payment_is_told_to_its_end(demo: "subprocess.CompletedProcess[str]", label: str, end: str):
    assert told(demo, label, "workflow") == ["INITIALIZED", "RUNNING", end]


def test_a_payment_is_approved_after_the_gateway_has_failed_twice(demo: "subprocess.CompletedProcess[str]"):
    states = told(demo, "flaky", "process_payment")
    # More often on a machine that is so busy that a call takes too long.
    assert len([state for state in states if state.startswith("RETRYING")]) >= 2
    assert re.fullmatch(r"COMPLETED  \(attempt [3-9]\)", states[-1])


def test_it_tells_how_to_open_the_admin(demo: "subprocess.CompletedProcess[str]"):
    assert re.search(r"Admin: http://127\.0\.0\.1:\d+/admin/ +user: admin +password: \S+", demo.stdout)


def test_the_samples_are_loaded(demo: "subprocess.CompletedProcess[str]"):
    assert "payment_gateway_template 1.2.0 imported" in demo.stdout
    assert "payment_gateway_demo 1.0.0 imported" in demo.stdout


def test_a_taken_port_is_named(tmp_path: Path, own_database: str):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        refused = run_demo(tmp_path, own_database, port)
    assert refused.returncode == 1
    assert f"Port {port} is taken" in refused.stderr
