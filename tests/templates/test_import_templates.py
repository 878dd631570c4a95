import pytest

from apps.core.access import policy
from apps.templates.models import JobTemplate, TemplateVersion
from tests.support.documents import noop_document
from tests.templates.commands import run, write

pytestmark = pytest.mark.django_db

YAML = """
templateId: hand_written
version: 1.0.0
steps:
  - {name: a, type: noop, config: {}}
  - {name: b, type: noop, config: {}, dependsOn: [{step: a, on: always}]}
inputSchema: {}
outputSchema: {}
"""


def test_json_and_yaml_files_are_imported(tmp_path):
    files = [write(tmp_path / "a.json", noop_document()), write(tmp_path / "b.yaml", YAML)]
    out, err = run("import_templates", *files)
    assert out == f"{files[0]}: sample 1.0.0 imported\n{files[1]}: hand_written 1.0.0 imported\n"
    assert err == ""
    stored = TemplateVersion.objects.get(template_id="hand_written")
    assert stored.document["steps"][1]["dependsOn"] == [{"step": "a", "on": "always"}]


def test_of_a_directory_all_such_files_are_taken(tmp_path):
    write(tmp_path / "deep" / "a.json", noop_document())
    write(tmp_path / "b.yml", YAML)
    write(tmp_path / "README.md", "not this")
    run("import_templates", tmp_path)
    assert JobTemplate.objects.count() == 2


def test_the_same_file_again_changes_nothing(tmp_path):
    file = write(tmp_path / "a.json", noop_document())
    run("import_templates", file)
    assert run("import_templates", file) == (f"{file}: sample 1.0.0 unchanged\n", "")


def test_another_document_for_a_version_is_an_error(tmp_path):
    run("import_templates", write(tmp_path / "a.json", noop_document()))
    out, err = run("import_templates", write(tmp_path / "a.json", noop_document(name="Other")))
    assert out == ""
    assert "The template sample has a version 1.0.0 already." in err
    assert "1 of 1 files could not be imported." in err


def test_what_is_wrong_is_told_with_its_place_and_the_rest_is_imported(tmp_path):
    write(tmp_path / "a.json", noop_document(version="one"))
    write(tmp_path / "b.json", "{")
    write(tmp_path / "c.yaml", "a: [")
    write(tmp_path / "d.json", noop_document())
    out, err = run("import_templates", tmp_path)
    assert out == f"{tmp_path}/d.json: sample 1.0.0 imported\n"
    assert "/a.json:1:37: /version: must be a semantic version" in err
    assert "/b.json:1:2: /: not JSON" in err
    assert "/c.yaml:1:5: /: not YAML" in err
    assert "3 of 4 files could not be imported." in err


def test_a_check_tells_every_error_with_file_line_column_and_pointer_and_stores_nothing(tmp_path):
    good = write(tmp_path / "a.yaml", YAML)
    bad = write(tmp_path / "b.yaml", YAML.replace("1.0.0", "one").replace("always", "often").replace("b, type", "b, t"))
    out, err = run("import_templates", tmp_path, check=True)
    assert out == f"{good}: valid\n"
    assert [line.rsplit(": ", 1)[0] for line in err.splitlines()[:-1]] == [
        f"{bad}:6:5: /steps/1",
        f"{bad}:6:62: /steps/1/dependsOn/0/on",
        f"{bad}:6:15: /steps/1/t",
        f"{bad}:3:10: /version",
    ]
    assert err.endswith("1 of 2 files are not valid.")
    assert not TemplateVersion.objects.exists()


def test_a_check_needs_no_owner(tmp_path):
    assert run("import_templates", write(tmp_path / "a.yaml", YAML), check=True, owner="nobody")[1] == ""


def test_files_that_are_not_there_or_of_another_kind_are_told(tmp_path):
    _, err = run("import_templates", tmp_path / "nowhere.json", write(tmp_path / "a.txt", "text"))
    assert "nowhere.json: No such file or directory" in err
    assert "its name must end in .json, .yaml, .yml" in err


def test_a_file_beyond_the_size_of_a_body_is_refused(tmp_path, settings):
    settings.MAX_BODY_BYTES = 100
    assert "it is larger than 100 bytes" in run("import_templates", write(tmp_path / "a.json", noop_document()))[1]


def test_the_owner_may_start_what_was_imported(tmp_path, stranger):
    run("import_templates", write(tmp_path / "a.json", noop_document()), owner="stranger")
    template = JobTemplate.objects.get()
    assert policy.held_actions(stranger, JobTemplate, [template.pk], ["start"])[template.pk] == {"start"}


def test_an_unknown_owner_is_told_before_anything_is_stored(tmp_path):
    _, err = run("import_templates", write(tmp_path / "a.json", noop_document()), owner="nobody")
    assert err == "There is no user 'nobody'."
    assert not JobTemplate.objects.exists()


def test_the_samples_that_ship_are_imported(settings):
    samples = settings.BASE_DIR / "examples" / "payment" / "templates"
    out, err = run("import_templates", samples)
    assert "payment_gateway_template 1.2.0 imported\n" in out
    assert err == ""
