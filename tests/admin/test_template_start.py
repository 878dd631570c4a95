"""The page that starts a workflow: its priority, and what it asks while an input is written."""

import json
import uuid

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.templates.models import JobTemplate
from apps.workflows.models import Workflow
from tests.support.admin_pages import browser, staff
from tests.support.people import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(admin):
    publish(admin, version="1.0.0", priority=7)
    publish(admin, version="1.1.0", inputSchema={"type": "object", "required": ["name"]})
    return JobTemplate.objects.get()


def url(template, name="workflows_start"):
    return reverse(f"admin:{name}", args=[template.pk])


def start(client, template, **form):
    given = {"version": "1.0.0", "input": "{}", "labels": "{}", "key": str(uuid.uuid4())}
    return client.post(url(template), given | form)


def check(client, template, **given):
    return client.post(url(template, "workflows_start_check"), {"version": "1.1.0", "input": "{}", **given})


@pytest.mark.parametrize(("given", "kept"), [({}, 7), ({"priority": ""}, 7), ({"priority": "-2.5"}, -2.5)])
def test_a_workflow_has_the_priority_that_is_given_else_its_templates(given, kept, admins, template):
    start(admins, template, **given)
    assert Workflow.objects.get().priority == kept


@pytest.mark.parametrize("priority", ["1e9", "nan", "inf", "high"])
def test_a_priority_that_there_is_not_is_refused(priority, admins, template):
    assert "Nothing was started." in start(admins, template, priority=priority).content.decode()
    assert not Workflow.objects.exists()


def test_an_input_is_checked_against_the_version_that_is_chosen(admins, template):
    answers = [check(admins, template, version=version).json() for version in ("1.0.0", "1.1.0")]
    missing = {"pointer": "/name", "message": "is required", "line": 1, "column": 1}
    assert [answer["problems"] for answer in answers] == [[], [missing]]
    assert [list(answer["fields"]["properties"]) for answer in answers] == [["amount"], ["name"]]
    assert not Workflow.objects.exists()


@pytest.mark.parametrize("chosen", ["{", "[]", '{"": "x"}', "\0", "9" * 5000])
def test_choices_that_the_page_would_not_send_are_no_fault(chosen, admins, template):
    assert check(admins, template, chosen=chosen).status_code == 200


@pytest.mark.parametrize("text", ["{", "[" * 200, '{"a": NaN}', '"\\ud800"', "9" * 5000])
def test_an_input_that_cannot_be_read_is_told(text, admins, template):
    answer = check(admins, template, input=text).json()
    assert answer["fields"] is None
    assert len(answer["problems"]) == 1


def test_a_version_that_is_not_published_is_a_404(admins, template):
    assert check(admins, template, version="9.9.9").status_code == 404


def test_checking_asks_for_start_on_the_template(sam, sams, template):
    assert check(sams, template).status_code == 404
    assign_perm("view_jobtemplate", sam, template)
    assert check(sams, template).status_code == 403
    assign_perm("start_jobtemplate", sam, template)
    assert check(sams, template).status_code == 200


def test_checking_wants_a_token_against_forgery_and_no_link(template):
    client = browser(staff("kim", is_superuser=True))
    assert client.get(url(template, "workflows_start_check")).status_code == 405
    client.handler.enforce_csrf_checks = True
    assert check(client, template).status_code == 403


def test_what_was_sent_is_shown_again_when_it_was_refused(admins, template):
    text = json.dumps({"amount": "much"})
    form = start(admins, template, input=text, priority="3").context["form"]
    assert (form["input"].value(), form["priority"].value()) == (text, "3")
