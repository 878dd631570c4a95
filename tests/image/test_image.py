"""What the Dockerfile makes, as far as it can be told without building it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core.env import BASE_DIR
from apps.pods.backends.kubernetes.manifest import USER
from apps.workflows.models import Workflow
from tests.image import packages
from tests.image.container import EXECUTOR, PATIENCE, Container, files
from tests.support.dockerfile import lay_out, stages
from tests.support.engine_rig import Rig, noop, transform
from tests.support.gateway import gateway
from tests.support.waiting import eventually

WEB = "web"
PRODUCTION = {
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "ALLOWED_HOSTS": "shift.example.org",
    "DATABASE_URL": "postgres://db.example.org/shift?sslmode=verify-full",
    "REDIS_URL": "rediss://redis.example.org/0",
}
# Where the packages of the site are, all of them.
PROGRAMS = f"{Path(sys.executable).parent}:{os.environ['PATH']}"


# -- the file ---------------------------------------------------------------------------------------


def test_the_executor_is_what_is_built_unless_said_otherwise():
    assert list(stages())[-1] == EXECUTOR


@pytest.mark.parametrize("name", [EXECUTOR, WEB])
def test_an_image_runs_as_the_user_of_the_pods(name: str):
    assert stages()[name].all("USER") == [f"{USER}:{USER}"]


@pytest.mark.parametrize("name", [EXECUTOR, WEB])
def test_packages_are_checked_by_their_hashes(name: str):
    (install,) = [text for text in stages()[f"{name.removeprefix('job-')}-packages"].all("RUN") if " install " in text]
    assert "--require-hashes --no-deps --only-binary :all:" in install


def test_all_that_is_copied_is_there_and_not_ignored():
    let_in = {line[1:] for line in (BASE_DIR / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = {source for stage in stages().values() for source, _ in stage.copied}
    assert copied == let_in
    assert all((BASE_DIR / source).exists() for source in copied)


def test_the_executor_has_the_versions_that_everything_else_has():
    requirements = BASE_DIR / "requirements"
    everything = packages.locked(requirements / "base.txt")
    own = packages.locked(requirements / "executor.txt")
    assert own == {name: everything.get(name) for name in own}


# -- the executor -----------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_the_executor_runs_every_kind_of_job_with_its_own_packages_and_writes_nothing(rig: Rig, container: Container):
    rig.catch_up()
    eventually(container.is_alive, PATIENCE)
    with gateway() as served:
        call = {"name": "call", "type": "external_api_call", "config": {"api_endpoint": served.url}}
        cel = {"name": "cel", "type": "transform", "config": {"expression": "input.numbers.map(n, n * 2)"}}
        schema = {"type": "object", "required": ["numbers"]}
        validation = {"name": "check", "type": "validation", "config": {"rules": [], "schema": schema}}
        steps = [validation, noop("nothing"), cel, transform("filled", "${steps.cel.output}"), call]
        workflow = rig.start_one(*steps, input={"numbers": [1, 2]})
        rig.until(lambda: rig.state(workflow) in ("COMPLETED", "FAILED"), PATIENCE)
    assert rig.state(workflow) == "COMPLETED", Workflow.objects.get().error
    assert container.stop() == 0, container.log.read_text()
    assert files(container.tree) == container.before


def test_probes_do_not_blame_an_executor_for_a_redis_that_is_away(tmp_path: Path):
    container = Container(tmp_path, JOB_QUEUE_URL="redis://127.0.0.1:1/0", LOG_LEVEL="INFO")
    try:
        eventually(container.is_alive, PATIENCE)
    finally:
        container.stop()


@pytest.mark.django_db(transaction=True)
def test_an_executor_with_a_setting_that_cannot_be_used_says_which(rig: Rig, tmp_path: Path):
    container = Container(tmp_path, JOB_QUEUE_URL=rig.url, LOG_LEVEL="LOUD")
    assert container.process.wait(timeout=PATIENCE) == 1
    assert container.log.read_text().strip() == "LOG_LEVEL must be one of DEBUG, INFO, WARNING, ERROR, CRITICAL"


# -- the site ---------------------------------------------------------------------------------------


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The tree of the site's image, its own commands run."""
    stage = stages()[WEB]
    (tmp_path / "srv").mkdir()
    tree = lay_out(stage, tmp_path / "srv")
    for command in stage.all("RUN"):
        ran = subprocess.run(["sh", "-c", command], cwd=tree, env={"PATH": PROGRAMS}, capture_output=True, text=True)
        assert ran.returncode == 0, ran.stderr
    return tree


def test_the_site_starts_from_its_files_and_the_production_settings(site: Path):
    stage = stages()[WEB]
    assert (site / "static-root" / "staticfiles.json").exists()
    settings = {**stage.environment, **PRODUCTION, "PATH": PROGRAMS}
    ran = subprocess.run([*stage.command, "--check-config"], cwd=site, env=settings, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
