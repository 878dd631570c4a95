"""The audits that npm's ``graphql-http`` makes of GraphQL over HTTP, against this server on a port.

They need Node and, to install the package, a registry of npm. Without these they are skipped, unless
``GRAPHQL_AUDITS=required``, as ``make audits`` says.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NoReturn

import pytest

from apps.core.models import ApiToken

AUDITS = Path(__file__).parent / "audits"
SECONDS = 120


def absent(reason: str) -> NoReturn:
    if os.environ.get("GRAPHQL_AUDITS") == "required":
        pytest.fail(reason)
    pytest.skip(f"THE AUDITS OF GRAPHQL OVER HTTP WERE NOT RUN: {reason}")


@pytest.fixture(scope="module")
def audits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package and the script in a directory of their own."""
    directory = tmp_path_factory.mktemp("audits")
    if not shutil.which("node") or not shutil.which("npm"):
        absent("there is no Node with npm")
    shutil.copytree(AUDITS, directory, dirs_exist_ok=True)
    # One connection that breaks is no registry that is away.
    patient = ["--fetch-retries=2", "--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    command = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", *patient]
    try:
        installed = subprocess.run(command, cwd=directory, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        absent("npm found no registry in time")
    if installed.returncode:
        absent(f"npm could not install the package: {installed.stderr.strip()[-500:]}")
    return directory


@pytest.fixture
def results(audits: Path, ann: Any, transactional_db: None, live_server: Any) -> list[dict[str, Any]]:
    _, token = ApiToken.issue(ann)
    environment = os.environ | {"AUDIT_URL": f"{live_server.url}/graphql", "AUDIT_TOKEN": token}
    answer = subprocess.run(
        ["node", "audit.cjs"],
        cwd=audits,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(answer.stdout)
    return found


def test_every_audit_passes_whether_it_is_a_must_a_should_or_a_may(results):
    assert len(results) > 50
    assert [audit for audit in results if audit["status"] != "ok"] == []
