"""``create_token``, ``start_workflow``, ``watch_workflow``."""

import io
import json
import sys
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from apps.core.models import ApiToken, User
from apps.workflows.management.watching import WorkflowWatch
from apps.workflows.models import Workflow
from apps.workflows.services.read import WorkflowDetail


def run(*arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out, **options)
    return out.getvalue()


# -- create_token -------------------------------------------------------------------------------------


def test_a_token_is_printed_alone_and_lets_its_user_in(ann, client):
    printed = run("create_token", "ann")
    assert client.get("/workflows", headers={"authorization": f"Bearer {printed.strip()}"}).status_code == 200
    assert len(printed.split()) == 1


def test_a_token_has_a_name_and_an_end(ann, time_machine):
    time_machine.move_to("2026-11-22T00:00:00Z", tick=False)
    run("create_token", "ann", "--name", "ci", "--days", "2")
    token = ApiToken.objects.get()
    assert (token.name, (token.expires_at - timezone.now()).days) == ("ci", 2)


@pytest.mark.parametrize("arguments", [["nobody"], ["ann", "--days", "0"], ["ann", "--days", "100000000"]])
def test_a_token_that_cannot_be_made_is_an_error(ann, arguments):
    with pytest.raises(CommandError):
        run("create_token", *arguments)
    assert not ApiToken.objects.exists()


def test_an_inactive_user_gets_no_token(ann):
    User.objects.update(is_active=False)
    with pytest.raises(CommandError, match="not active"):
        run("create_token", "ann")


# -- start_workflow -----------------------------------------------------------------------------------


def test_a_workflow_is_started_from_a_file(ann, tmp_path):
    path = tmp_path / "input.json"
    path.write_text('{"amount": 4}')
    printed = run("start_workflow", "sample", "--version", "^1", "--input", str(path), "--user", "ann")
    workflow = Workflow.objects.get(pk=printed.strip())
    assert (workflow.input, workflow.version, workflow.created_by) == ({"amount": 4}, "1.0.0", ann)


def test_a_workflow_is_started_from_standard_input(ann, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b'{"amount": 5}')))
    run("start_workflow", "sample", "--input", "-")
    assert Workflow.objects.get().input == {"amount": 5}


def test_without_a_name_the_first_superuser_starts_it_or_the_system(ann):
    run("start_workflow", "sample")
    assert Workflow.objects.get().created_by is None
    root = User.objects.create_superuser("root")
    run("start_workflow", "sample")
    assert Workflow.objects.filter(created_by=root).count() == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nothing"], "/templateId: there is no such template"),
        (["sample", "--version", "9.0.0"], "/version"),
        (["sample", "--user", "nobody"], "There is no user"),
        (["sample", "--input", "/nowhere.json"], "/nowhere.json"),
    ],
)
def test_what_cannot_be_started_is_an_error_that_says_why(ann, arguments, said):
    with pytest.raises(CommandError) as refused:
        run("start_workflow", *arguments)
    assert said in str(refused.value)
    assert not Workflow.objects.exists()


@pytest.mark.parametrize(
    ("text", "said"), [("{", "not JSON"), ('{"amount": NaN}', "/amount"), ('{"amount": "x"}', "/input/amount")]
)
def test_an_input_that_cannot_be_used_is_an_error_that_says_where(ann, tmp_path, text, said):
    path = tmp_path / "input.json"
    path.write_text(text)
    with pytest.raises(CommandError) as refused:
        run("start_workflow", "sample", "--input", str(path))
    assert said in str(refused.value)


# -- watch_workflow -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "code"), [("FAILED", 1), ("CANCELLED", 2)])
def test_the_exit_code_tells_how_a_watched_workflow_ended(ann, state, code):
    workflow_id = run("start_workflow", "sample").strip()
    Workflow.objects.update(state=state, error={"code": "x", "message": "it broke"})
    out = io.StringIO()
    with pytest.raises(CommandError) as ended:
        call_command("watch_workflow", workflow_id, stdout=out)
    assert ended.value.returncode == code
    assert f"workflow {state}: it broke" in out.getvalue()


def test_watching_what_completed_ends_well(ann):
    workflow_id = run("start_workflow", "sample").strip()
    Workflow.objects.update(state="COMPLETED")
    assert run("watch_workflow", workflow_id).splitlines()[-1] == "workflow COMPLETED"


@pytest.mark.parametrize("workflow_id", ["x", "00000000-0000-0000-0000-000000000000"])
def test_watching_what_is_not_there_is_an_error(db, workflow_id):
    with pytest.raises(CommandError):
        run("watch_workflow", workflow_id)


def test_each_look_tells_only_what_is_new():
    watch = WorkflowWatch()

    def look(state: str, status: str, attempt: int, error: dict[str, Any] | None = None) -> list[str]:
        job = {"job_id": "a", "status": status, "attempt": attempt, "error": error}
        return list(watch.look(WorkflowDetail({"state": state, "error": None}, [job])))

    assert look("INITIALIZED", "PENDING", 0) == ["job a PENDING", "workflow INITIALIZED"]
    assert look("RUNNING", "RUNNING", 1) == ["job a RUNNING", "workflow RUNNING"]
    assert look("RUNNING", "RUNNING", 1) == []
    assert look("RUNNING", "RETRYING", 1, {"message": "http 500"}) == ["job a RETRYING: http 500"]
    assert look("RUNNING", "RUNNING", 2) == ["job a RUNNING (attempt 2)"]


def test_an_input_file_is_read_as_strictly_as_a_body(ann, tmp_path):
    path = tmp_path / "input.json"
    path.write_text(json.dumps({"a": "x" * (5 * 1024 * 1024)}))
    with pytest.raises(CommandError, match="larger"):
        run("start_workflow", "sample", "--input", str(path))
