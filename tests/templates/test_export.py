"""Published versions as a directory that can live in git."""

from pathlib import Path
from typing import Any

import pytest

from apps.core.access import policy
from apps.templates.files.export import file_names
from apps.templates.formats import yaml_reader
from apps.templates.models import TemplateVersion
from apps.templates.services import lifecycle
from apps.templates.services.create import create_version
from tests.support.documents import noop_document
from tests.templates.commands import contents, run, write

pytestmark = pytest.mark.django_db

BY_HAND = """\
# Written by hand: comments and quotes must stay.
templateId: 'sample'
version: 1.0.0   # the first
steps: [{name: only, type: noop, config: {}}]
inputSchema: {type: object}
outputSchema: {}
"""


def publish(template_id: str = "sample", version: str = "1.0.0", *, draft: bool = False, **keys: Any) -> dict[str, Any]:
    document = noop_document(templateId=template_id, version=version, **keys)
    create_version(policy.SYSTEM, document=document, draft=draft)
    return document


def test_each_published_version_is_a_file_that_holds_the_document_alone(tmp_path):
    first, second = publish(name="First"), publish(version="1.1.0-rc.1+build.5", description="Two\nlines\n")
    publish(version="2.0.0", draft=True)
    other = publish("Other.one-2")
    out, err = run("export_templates", tmp_path / "new")
    assert err == ""
    assert "3 written" in out
    found = {name: yaml_reader.loads(text) for name, text in contents(tmp_path / "new").items()}
    assert found == {
        "sample/1.0.0.yaml": first,
        "sample/1.1.0-rc.1+build.5.yaml": second,
        "Other.one-2/1.0.0.yaml": other,
    }


def test_keys_stand_in_the_order_in_which_the_author_wrote_them(tmp_path):
    publish(labels={"z": "1", "a": "2"})
    run("export_templates", tmp_path)
    text = (tmp_path / "sample/1.0.0.yaml").read_text()
    assert text.startswith("templateId: sample\nversion: 1.0.0\nsteps:\n  - name: only\n")
    assert 'labels:\n  z: "1"\n  a: "2"\n' in text


def test_exporting_again_changes_no_byte_and_importing_changes_nothing(tmp_path):
    publish(), publish(version="1.1.0"), publish("other")
    run("export_templates", tmp_path)
    before = contents(tmp_path)
    assert run("export_templates", tmp_path) == ("3 unchanged\n", "")
    out, err = run("import_templates", tmp_path)
    assert (out.count(" unchanged\n"), err) == (3, "")
    assert contents(tmp_path) == before


def test_what_was_exported_makes_the_same_templates_elsewhere(tmp_path):
    publish(version="1.10.0"), publish(version="1.9.0"), publish("other")
    stored = set(TemplateVersion.objects.values_list("template_id", "version", "text"))
    run("export_templates", tmp_path)
    TemplateVersion.objects.all().delete()
    run("import_templates", tmp_path)
    assert set(TemplateVersion.objects.values_list("template_id", "version", "text")) == stored


def test_files_written_by_hand_stay_as_they_are_wherever_they_lie(tmp_path):
    write(tmp_path / "sample" / "1.0.0.yaml", BY_HAND)
    write(tmp_path / "deep" / "down" / "b.json", noop_document(templateId="b"))
    before = contents(tmp_path)
    run("import_templates", tmp_path)
    assert run("export_templates", tmp_path, prune=True) == ("2 unchanged\n", "")
    assert contents(tmp_path) == before


def test_a_file_at_a_versions_place_is_made_what_is_published(tmp_path):
    document = publish()
    write(tmp_path / "sample" / "1.0.0.yaml", BY_HAND.replace("type: object", ""))
    out, _ = run("export_templates", tmp_path)
    assert "1 written" in out
    assert yaml_reader.loads((tmp_path / "sample/1.0.0.yaml").read_bytes()) == document


@pytest.mark.parametrize("name", ["elsewhere.yaml", "sample/1.0.0.json"])
def test_another_document_of_the_version_in_another_file_is_told(tmp_path: Path, name: str):
    publish()
    write(tmp_path / name, noop_document(name="Other"))
    before = contents(tmp_path)
    out, err = run("export_templates", tmp_path)
    assert f"{tmp_path / name} holds another document for sample 1.0.0" in err
    assert "1 failed" in out
    assert contents(tmp_path) == before


def test_what_is_no_such_version_is_not_written_over(tmp_path):
    publish()
    write(tmp_path / "sample" / "1.0.0.yaml", "notes: [mine")
    _, err = run("export_templates", tmp_path)
    assert "sample/1.0.0.yaml holds something else" in err
    assert contents(tmp_path) == {"sample/1.0.0.yaml": b"notes: [mine"}


def test_what_is_not_published_any_more_is_told_and_removed_when_asked(tmp_path):
    publish(), publish(version="1.1.0"), publish("gone")
    run("export_templates", tmp_path)
    write(tmp_path / "gone" / "README.md", "kept")
    write(tmp_path / "mine.yaml", noop_document(templateId="mine"))
    lifecycle.deprecate(policy.SYSTEM, template_id="sample", version="1.0.0")
    lifecycle.delete(policy.SYSTEM, template_id="gone")
    out, _ = run("export_templates", tmp_path)
    assert f"{tmp_path}/sample/1.0.0.yaml: left over\n" in out
    assert "1 unchanged, 2 left over" in out
    out, _ = run("export_templates", tmp_path, prune=True)
    assert "1 unchanged, 2 removed" in out
    assert contents(tmp_path).keys() == {"sample/1.1.0.yaml", "gone/README.md", "mine.yaml"}


def test_the_directory_of_a_template_goes_with_its_last_file(tmp_path):
    publish()
    run("export_templates", tmp_path)
    lifecycle.deprecate(policy.SYSTEM, template_id="sample", version="1.0.0")
    run("export_templates", tmp_path, prune=True)
    assert list(tmp_path.iterdir()) == []


def test_one_template_can_be_exported_alone(tmp_path):
    publish(), publish("other")
    run("export_templates", tmp_path)
    lifecycle.deprecate(policy.SYSTEM, template_id="other", version="1.0.0")
    assert run("export_templates", tmp_path, templates=["sample"], prune=True) == ("1 unchanged\n", "")
    assert run("export_templates", tmp_path, templates=["other"])[1] == "There is no published template 'other'."


def test_names_that_differ_in_case_alone_are_two_files_on_every_file_system(tmp_path):
    for template_id, version in (("Pay", "1.0.0"), ("pay", "1.0.0-RC"), ("pay", "1.0.0-rc"), ("PAY", "1.0.0")):
        publish(template_id, version)
    run("export_templates", tmp_path)
    names = contents(tmp_path).keys()
    assert len({name.lower() for name in names}) == 4
    assert "pay/1.0.0-rc.yaml" in names
    assert run("export_templates", tmp_path, prune=True) == ("4 unchanged\n", "")
    assert file_names(["a", "B"]) == {"a": "a", "B": "B"}


def test_a_document_too_long_as_yaml_is_written_as_json(tmp_path, settings):
    document = publish(description="a\n" * 3000)
    settings.MAX_BODY_BYTES = 11_000
    run("export_templates", tmp_path)
    assert contents(tmp_path).keys() == {"sample/1.0.0.json"}
    assert "1 unchanged" in run("export_templates", tmp_path)[0]
    assert run("import_templates", tmp_path)[0].endswith("unchanged\n")
    assert document["description"] in yaml_reader.loads(contents(tmp_path)["sample/1.0.0.json"])["description"]


def test_what_could_not_be_imported_again_is_told(tmp_path, settings):
    publish(), publish("long", description="a" * 900)
    settings.MAX_BODY_BYTES = 800
    _, err = run("export_templates", tmp_path)
    assert "long 1.0.0: long 1.0.0 has more than 800 bytes" in err
    assert contents(tmp_path).keys() == {"sample/1.0.0.yaml"}


def test_nothing_is_written_outside_of_the_directory(tmp_path):
    publish(), publish("other")
    outside = tmp_path / "outside"
    outside.mkdir()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "sample").symlink_to(outside)
    _, err = run("export_templates", tmp_path / "in")
    assert "leads out of the directory" in err
    assert list(outside.iterdir()) == []
    assert (tmp_path / "in" / "other" / "1.0.0.yaml").exists()


def test_what_cannot_be_written_is_told_and_the_rest_is_exported(tmp_path):
    publish(), publish("other")
    write(tmp_path / "sample", "a file where a directory is wanted")
    out, err = run("export_templates", tmp_path)
    assert "sample 1.0.0: File exists" in err
    assert "1 written, 1 failed" in out
    assert (tmp_path / "sample").is_file()


def test_without_published_templates_there_is_nothing_to_do(tmp_path):
    assert run("export_templates", tmp_path / "new") == ("nothing\n", "")
    assert not (tmp_path / "new").exists()
