"""Importing a whole directory, in the order of versions, and saying beforehand what that would do."""

import os

import pytest

from apps.core.access import policy
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services import lifecycle
from apps.templates.services.create import create_version
from tests.support.documents import noop_document
from tests.templates.commands import run, write

pytestmark = pytest.mark.django_db

NARROW = {"type": "object", "required": ["a"]}


def test_versions_are_stored_oldest_first_whatever_the_files_are_called(tmp_path):
    for name, version in (("a", "1.10.0"), ("b", "1.2.0"), ("c", "1.10.0-rc.1"), ("d", "1.9.0")):
        write(tmp_path / f"{name}.json", noop_document(version=version))
    out, _ = run("import_templates", tmp_path)
    assert [line.split()[-2] for line in out.splitlines()] == ["1.2.0", "1.9.0", "1.10.0-rc.1", "1.10.0"]
    stored = TemplateVersion.objects.order_by("publication").values_list("version", flat=True)
    assert list(stored) == ["1.2.0", "1.9.0", "1.10.0-rc.1", "1.10.0"]


def test_files_that_are_named_come_oldest_first_too(tmp_path):
    newer = write(tmp_path / "a.json", noop_document(version="2.0.0"))
    other = write(tmp_path / "b.json", noop_document(templateId="other"))
    older = write(tmp_path / "c.json", noop_document(version="1.0.0"))
    out, _ = run("import_templates", newer, other, older)
    assert [line.split(":")[0] for line in out.splitlines()] == [str(older), str(newer), str(other)]


def test_hidden_files_and_directories_are_left_out(tmp_path):
    write(tmp_path / ".github" / "workflows" / "ci.yml", "on: push")
    write(tmp_path / ".hidden.yaml", "{")
    write(tmp_path / "a.json", noop_document())
    assert run("import_templates", tmp_path) == (f"{tmp_path}/a.json: sample 1.0.0 imported\n", "")


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read every directory")
def test_a_directory_that_cannot_be_read_is_told(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o000)
    assert f"{closed}: Permission denied" in run("import_templates", tmp_path)[1]


def test_a_rehearsal_says_of_each_file_what_would_become_of_it_and_stores_nothing(tmp_path):
    create_version(policy.SYSTEM, document=noop_document())
    write(tmp_path / "conflict.json", noop_document(name="Other"))
    write(tmp_path / "invalid.json", noop_document(version="2.0.0", labels=5))
    write(tmp_path / "new.json", noop_document(version="1.1.0"))
    write(tmp_path / "same.json", noop_document())
    write(tmp_path / "unreadable.json", "{")
    out, err = run("import_templates", tmp_path, dry_run=True)
    assert out.splitlines() == [
        f"{tmp_path}/same.json: sample 1.0.0 unchanged",
        f"{tmp_path}/new.json: sample 1.1.0 new",
        "1 conflict, 1 unchanged, 1 new, 2 invalid",
    ]
    assert f"{tmp_path}/conflict.json: The template sample has a version 1.0.0 already.\n" in err
    assert f"{tmp_path}/invalid.json:1:" in err
    assert f"{tmp_path}/unreadable.json:1:2: /: not JSON" in err
    assert err.endswith("3 of 5 files could not be imported.")
    assert TemplateVersion.objects.count() == 1


def test_a_rehearsal_of_a_new_template_leaves_no_trace(tmp_path):
    write(tmp_path / "a.json", noop_document())
    assert run("import_templates", tmp_path, dry_run=True) == (f"{tmp_path}/a.json: sample 1.0.0 new\n1 new\n", "")
    assert not JobTemplate.everything.exists()


def outcomes(said: tuple[str, str]) -> tuple[list[str], str]:
    """The files that were taken, and all complaints."""
    return [line.split(":")[0] for line in said[0].splitlines() if ":" in line], said[1]


@pytest.mark.parametrize("refuse", ["refuse", "warn"])
def test_a_rehearsal_takes_what_the_import_takes(tmp_path, settings, refuse):
    settings.BREAKING_CHANGES = refuse
    create_version(policy.SYSTEM, document=noop_document(templateId="old"))
    files = {
        "a": noop_document(),
        "b": noop_document(version="1.0.1"),
        "c": noop_document(version="1.0.2", inputSchema=NARROW),
        "d": noop_document(version="1.0.1"),
        "e": noop_document(version="1.0.1", name="Other"),
        "f": noop_document(templateId="old", version="1.1.0", inputSchema=NARROW),
        "g": noop_document(templateId="old", version="2.0.0", inputSchema=NARROW),
    }
    for name, document in files.items():
        write(tmp_path / f"{name}.json", document)
    rehearsed = outcomes(run("import_templates", tmp_path, dry_run=True))
    assert rehearsed == outcomes(run("import_templates", tmp_path))
    assert len(rehearsed[0]) == (4 if refuse == "refuse" else 6)


def test_what_a_refused_update_breaks_is_told_with_its_place(tmp_path, settings):
    settings.BREAKING_CHANGES = "refuse"
    create_version(policy.SYSTEM, document=noop_document())
    _, err = run("import_templates", write(tmp_path / "a.json", noop_document(version="1.0.1", inputSchema=NARROW)))
    assert "1.0.0 to 1.0.1 is a patch update." in err
    assert "/a.json:1:" in err
    assert "must have the key 'a': this needs a major update" in err


def test_what_is_stored_already_is_not_asked_again_whether_it_breaks_anything(tmp_path, settings):
    for version, schema in (("1.0.0", {}), ("1.0.1", NARROW)):
        create_version(policy.SYSTEM, document=noop_document(version=version, inputSchema=schema))
        write(tmp_path / f"{version}.json", noop_document(version=version, inputSchema=schema))
    settings.BREAKING_CHANGES = "refuse"
    out, err = run("import_templates", tmp_path)
    assert (out.count("unchanged"), err) == (2, "")


def test_a_draft_of_the_same_document_is_published(tmp_path):
    create_version(policy.SYSTEM, document=noop_document(), draft=True)
    file = write(tmp_path / "a.json", noop_document())
    assert run("import_templates", file, dry_run=True)[0].endswith("1 new\n")
    assert run("import_templates", file)[0].endswith("imported\n")
    assert TemplateVersion.objects.get().status == VersionStatus.PUBLISHED


def test_a_deprecated_version_stays_deprecated(tmp_path):
    create_version(policy.SYSTEM, document=noop_document())
    lifecycle.deprecate(policy.SYSTEM, template_id="sample", version="1.0.0")
    assert run("import_templates", write(tmp_path / "a.json", noop_document()))[0].endswith("unchanged\n")
    assert TemplateVersion.objects.get().status == VersionStatus.DEPRECATED


def test_an_old_version_does_not_bring_a_deleted_template_back_but_a_new_one_does(tmp_path):
    create_version(policy.SYSTEM, document=noop_document())
    lifecycle.delete(policy.SYSTEM, template_id="sample")
    write(tmp_path / "a.json", noop_document())
    for dry_run in (True, False):
        out, err = run("import_templates", tmp_path, dry_run=dry_run)
        assert "sample 1.0.0" not in out
        assert "was deleted: a further version brings it back" in err
    write(tmp_path / "b.json", noop_document(version="1.1.0"))
    run("import_templates", tmp_path)
    assert JobTemplate.objects.get().newest_version == "1.1.0"


def test_checking_and_rehearsing_are_two_things(tmp_path):
    assert "not allowed with" in run("import_templates", tmp_path, "--check", "--dry-run")[1]
