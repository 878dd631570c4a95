"""``run_stack``: what it starts, starts again, and leaves behind."""

import os
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

from apps.stack import command_lines
from examples.payment.stack_process import StackProcess
from tests.acceptance.stacks import PATIENCE, environment, running
from tests.support.servers import RedisServer, kept_port
from tests.support.waiting import eventually

# By what each part of the stack is known, in its command line.
WEB, SCHEDULER, EXECUTOR, REDIS = "gunicorn", "manage.py run_scheduler", "celery -A baseshift worker", "redis-server"
PUBLISHER = "manage.py publish_events"


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stack")


@pytest.fixture(scope="module")
def stack(data: Path, own_database: str) -> Iterator[StackProcess]:
    """A stack that the tests of this module share: each leaves it running."""
    with running(data, own_database) as process:
        yield process


@pytest.fixture
def short_lived_stack(tmp_path: Path, own_database: str) -> Iterator[StackProcess]:
    """One for a test that ends it; its data are in ``tmp_path``."""
    with running(tmp_path, own_database) as process:
        yield process


def redis_note(directory: Path) -> Path:
    return directory / "var" / "redis.url"


def family(stack: StackProcess) -> list[psutil.Process]:
    """Its processes, children of children included."""
    return psutil.Process(stack.pid).children(recursive=True)


def find(stack: StackProcess, words: str) -> psutil.Process | None:
    """The child with these words in its command line."""
    for process in psutil.Process(stack.pid).children():
        if words in _command_line(process):
            return process
    return None


def found(stack: StackProcess, words: str) -> psutil.Process:
    """That child, as soon as it is there."""
    seen: list[psutil.Process] = []

    def is_there() -> bool:
        process = find(stack, words)
        seen.extend([process] if process else [])
        return bool(seen)

    eventually(is_there, PATIENCE)
    return seen[0]


def _command_line(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def is_ready(stack: StackProcess) -> bool:
    try:
        return httpx.get(f"{stack.url}/readyz", trust_env=False, timeout=5).status_code == 200
    except httpx.HTTPError:
        return False


def run(directory: Path, database_url: str, *arguments: str, **settings: str) -> "subprocess.CompletedProcess[str]":
    """A management command beside the stack."""
    return subprocess.run(
        command_lines.manage(*arguments),
        env={**os.environ, **environment(directory, database_url), **settings},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def test_each_part_is_a_child_in_the_process_group_of_the_stack(stack: StackProcess):
    children = [found(stack, words) for words in (WEB, SCHEDULER, PUBLISHER, EXECUTOR, REDIS)]
    assert {os.getpgid(child.pid) for child in children} == {os.getpgid(stack.pid)}


@pytest.mark.parametrize("words", [WEB, SCHEDULER, PUBLISHER, EXECUTOR, REDIS])
def test_a_part_that_is_killed_is_started_again(stack: StackProcess, words: str):
    first = found(stack, words)
    first.kill()

    def another_runs() -> bool:
        second = find(stack, words)
        return second is not None and second.pid != first.pid

    eventually(another_runs, PATIENCE)
    eventually(lambda: is_ready(stack), PATIENCE)


def test_sigterm_leaves_no_process_and_no_address(short_lived_stack: StackProcess, tmp_path: Path):
    processes = family(short_lived_stack)
    assert redis_note(tmp_path).exists()
    short_lived_stack.stop()
    _, left = psutil.wait_procs(processes, timeout=PATIENCE)
    assert left == []
    assert not redis_note(tmp_path).exists()


def test_kill_9_leaves_no_process_and_the_data_to_a_next_stack(
    short_lived_stack: StackProcess, tmp_path: Path, own_database: str
):
    processes = family(short_lived_stack)
    psutil.Process(short_lived_stack.pid).kill()
    _, left = psutil.wait_procs(processes, timeout=PATIENCE)
    assert left == []
    with running(tmp_path, own_database) as second:
        assert second.runs


def test_the_address_of_redis_is_for_its_owner_alone(stack: StackProcess, data: Path):
    assert stat.S_IMODE(redis_note(data).stat().st_mode) == 0o600
    password = redis_note(data).read_text().partition("://:")[2].partition("@")[0]
    assert password
    assert [one for one in family(stack) if password in _command_line(one)] == []


def test_the_log_has_no_banner_of_an_executor(stack: StackProcess, data: Path):
    def own() -> list[str]:
        lines = (data / "stack.log").read_text().splitlines()
        return [line for line in lines if line.startswith("job-executor")]

    eventually(lambda: any("ready." in line for line in own()), PATIENCE)
    assert not any("[config]" in line for line in own())


def test_the_admin_has_its_styles(stack: StackProcess):
    with httpx.Client(base_url=stack.url, trust_env=False, timeout=PATIENCE) as client:
        lines = client.get("/admin/login/").text.splitlines()
        styles = [line.split('href="')[1].split('"')[0] for line in lines if 'rel="stylesheet"' in line]
        assert styles
        assert {client.get(path).status_code for path in styles} == {200}


def test_a_second_stack_on_the_same_data_is_refused(stack: StackProcess, data: Path, own_database: str):
    with kept_port() as port:
        second = run(data, own_database, "run_stack", "--port", str(port))
    assert second.returncode == 1
    assert "Another stack runs on" in second.stderr
    eventually(lambda: is_ready(stack), PATIENCE)


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """A Redis that nobody has opened."""
    server = RedisServer(tmp_path / "redis")
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


def test_a_taken_port_is_named(tmp_path: Path, own_database: str, taken_port: int):
    refused = run(tmp_path, own_database, "run_stack", "--port", str(taken_port))
    assert refused.returncode == 1
    assert f"Port {taken_port} on 127.0.0.1 is taken" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--port", "0"], "--port must be between"),
        (["--host", "192.0.2.1"], "Cannot listen on 192.0.2.1"),
    ],
)
def test_a_bad_option_is_named(tmp_path: Path, own_database: str, arguments: list[str], words: str):
    with kept_port() as port:
        refused = run(tmp_path, own_database, "run_stack", "--port", str(port), *arguments)
    assert refused.returncode == 1
    assert words in refused.stderr


def test_the_doctor_finds_a_running_stack_well(stack: StackProcess, data: Path, own_database: str):
    eventually(lambda: run(data, own_database, "doctor").returncode == 0, PATIENCE)


def test_the_doctor_says_how_to_mend_stores_that_are_not_there(tmp_path: Path):
    said = run(tmp_path, "", "doctor")
    assert said.returncode == 1
    assert "manage.py migrate" in said.stdout
    assert "start run_stack" in said.stdout
    assert "Traceback" not in said.stderr


def test_the_doctor_says_how_to_mend_processes_that_are_not_there(tmp_path: Path, redis_url: str):
    assert run(tmp_path, "", "migrate").returncode == 0
    said = run(tmp_path, "", "doctor", REDIS_URL=redis_url)
    assert said.returncode == 1
    assert "manage.py run_scheduler" in said.stdout
    assert "celery -A baseshift worker" in said.stdout
    assert "manage.py reconcile_pods" in said.stdout
