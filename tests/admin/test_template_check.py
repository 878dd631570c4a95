"""What the page asks while a document is written."""

import json

import pytest
from django.urls import reverse

from apps.core.json import strict
from apps.templates.admin.document_check import check
from apps.templates.admin.edits import NewVersionEdit
from apps.templates.formats import yaml_reader
from apps.templates.models import JobTemplate, TemplateVersion
from tests.support.people import document, publish

pytestmark = pytest.mark.django_db


def asked(admin, value=None, **given):
    return check(NewVersionEdit(admin), {"language": "json", "text": json.dumps(value), **given})


def test_a_valid_document_has_no_problems(admin):
    assert asked(admin, document()) == {"problems": [], "update": None, "converted": None}


def test_each_problem_stands_with_its_place_in_the_text(admin):
    found = asked(admin, language="yaml", text="templateId: a\nversion: 1.0.0\nodd: 1\nsteps: []\n")["problems"]
    assert {"pointer": "/odd", "message": "the key 'odd' is not allowed", "line": 3, "column": 1} in found


@pytest.mark.parametrize(("language", "text"), [("json", "{,"), ("yaml", "a: [")])
def test_a_text_that_cannot_be_read_says_where(language, text, admin):
    (problem,) = asked(admin, language=language, text=text)["problems"]
    assert problem["line"] == 1


def test_a_text_is_written_in_the_other_language_and_back(admin):
    value = document(name="1e5", description="two\nlines", labels={"on": "yes"})
    yaml = asked(admin, value, to="yaml")["converted"]
    assert yaml_reader.loads(yaml.encode()) == value
    assert strict.loads(asked(admin, language="yaml", text=yaml, to="json")["converted"].encode()) == value


def test_a_broken_document_that_can_be_read_is_written_in_the_other_language_too(admin):
    answer = asked(admin, {"odd": [1, 2]}, to="yaml")
    assert answer["problems"]
    assert yaml_reader.loads(answer["converted"].encode()) == {"odd": [1, 2]}


@pytest.mark.parametrize("given", [{"language": "odd"}, {"to": "odd"}, {"update_type": "odd"}, {"text": "\0"}])
def test_a_request_that_the_page_would_not_make_is_no_fault(given, admin):
    assert asked(admin, document(), **given)["converted"] is None


def test_a_further_version_is_told_which_update_it_needs(admin, admins):
    publish(admin, version="1.0.0")
    url = reverse("admin:templates_edit_check", args=[JobTemplate.objects.get().pk])
    changed = {key: value for key, value in document(steps=1).items() if key != "version"}
    sent = {"language": "json", "text": json.dumps(changed)}
    answers = [admins.post(url, {**sent, "update_type": level}).json()["update"] for level in ("patch", "major")]
    assert [(one["needs"], one["enough"], one["version"]) for one in answers] == [
        ("major", False, "1.0.1"),
        ("major", True, "2.0.0"),
    ]
    assert answers[0]["changes"][0]["needs"] == "major"


def test_a_document_with_a_number_of_its_own_is_compared_with_the_version_before_it(admin):
    publish(admin, version="1.0.0")
    assert asked(admin, document(version="1.0.1", description="more"))["update"]["before"] == "1.0.0"


def test_nothing_is_stored_and_a_link_asks_nothing(admins):
    url = reverse("admin:templates_new_check")
    assert admins.post(url, {"language": "json", "text": json.dumps(document())}).json()["problems"] == []
    assert admins.get(url).status_code == 405
    assert not TemplateVersion.objects.exists()
