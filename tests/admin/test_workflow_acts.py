"""Starting and cancelling by hand: through the services, by those who may."""

import json
import uuid

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.templates.models import JobTemplate
from apps.workflows.models import Command, Workflow
from tests.support.admin_pages import browser, let, staff, workflow
from tests.support.people import publish

LIST = "/admin/workflows/workflow/"

pytestmark = pytest.mark.django_db


def cancel(client, made):
    return client.post(reverse("admin:workflows_cancel", args=[made.pk]), follow=True)


def running():
    return workflow(state="RUNNING", error=None, finished_at=None)


@pytest.fixture
def template(admin):
    publish(admin, version="1.0.0")
    publish(admin, version="1.1.0")
    return JobTemplate.objects.get()


def start_url(template):
    return reverse("admin:workflows_start", args=[template.pk])


def start(client, template, **form):
    given = {"version": "1.1.0", "input": '{"amount": 5}', "labels": "{}", "key": str(uuid.uuid4())}
    return client.post(start_url(template), given | form)


def test_who_may_operate_a_workflow_cancels_it(sam, sams):
    made = running()
    let(sam, "view", "operate", of=made)
    assert "Cancel workflow" in sams.get(f"{LIST}{made.pk}/change/").content.decode()
    assert "Will be cancelled" in cancel(sams, made).content.decode()
    command = Command.objects.get()
    assert (command.workflow, command.kind, command.actor) == (made, "cancel", sam)


def test_who_may_only_view_a_workflow_may_not_cancel_it(sam, sams):
    made = running()
    let(sam, "view", of=made)
    assert "Cancel workflow" not in sams.get(f"{LIST}{made.pk}/change/").content.decode()
    assert cancel(sams, made).status_code == 403
    assert not Command.objects.exists()


def test_what_one_may_not_see_one_cannot_cancel(sams):
    assert cancel(sams, running()).status_code == 404
    assert not Command.objects.exists()


def test_a_workflow_that_has_ended_offers_no_cancel(admins):
    made = workflow()
    assert "Cancel workflow" not in admins.get(f"{LIST}{made.pk}/change/").content.decode()


def test_a_link_does_not_cancel(admins):
    made = running()
    assert admins.get(reverse("admin:workflows_cancel", args=[made.pk])).status_code == 405
    assert not Command.objects.exists()


def test_the_lists_action_cancels_what_one_may_operate_and_names_the_rest(sam, sams):
    mine, seen, hidden = running(), running(), running()
    let(sam, "view", "operate", of=mine)
    let(sam, "view", of=seen)
    picked = {"action": "cancel_selected", "_selected_action": [str(row.pk) for row in (mine, seen, hidden)]}
    page = sams.post(LIST, picked, follow=True).content.decode()
    assert f"{seen.pk}: You may not do this." in page
    assert "1 will be cancelled" in page
    assert [command.workflow for command in Command.objects.all()] == [mine]


def test_the_lists_action_takes_a_page_at_most_whatever_is_claimed(admins):
    rows = [workflow(jobs=0, state="RUNNING") for _ in range(51)]
    picked = {"action": "cancel_selected", "select_across": "1", "_selected_action": [str(rows[0].pk)]}
    admins.post(LIST, picked)
    assert Command.objects.count() == 50


def test_the_start_page_offers_the_versions_and_a_draft_of_the_input(admins, template):
    form = admins.get(start_url(template)).context["form"]
    assert [choice for choice, _ in form.fields["version"].choices] == ["1.1.0", "1.0.0"]
    assert json.loads(form["input"].value()) == {"amount": 0}
    assert admins.get(start_url(template), {"version": "1.0.0"}).context["form"]["version"].value() == "1.0.0"


def test_a_start_makes_a_workflow_and_leads_to_its_page(admin, admins, template):
    answer = start(admins, template, version="1.0.0", labels='{"team": "ops"}')
    made = Workflow.objects.get()
    assert answer["Location"] == f"{LIST}{made.pk}/change/"
    assert (made.version, made.input, made.labels, made.created_by) == ("1.0.0", {"amount": 5}, {"team": "ops"}, admin)


def test_the_same_form_sent_twice_starts_one_workflow(admins, template):
    key = str(uuid.uuid4())
    first, second = start(admins, template, key=key), start(admins, template, key=key)
    assert first["Location"] == second["Location"]
    assert Workflow.objects.count() == 1


def test_another_input_with_a_key_that_was_used_is_refused_and_can_be_sent_again(admins, template):
    key = str(uuid.uuid4())
    start(admins, template, key=key)
    answer = start(admins, template, key=key, input='{"amount": 6}')
    assert Workflow.objects.count() == 1
    assert answer.context["form"]["key"].value() != key


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"input": '{"amount": "much"}'}, "/amount"),
        ({"input": "{"}, "line 1, column 2"),
        ({"input": '{"a": NaN}'}, "/a"),
        ({"input": '{"a": 1, "a": 2}'}, "given twice"),
        ({"labels": '{"team": 1}'}, "/team"),
        ({"labels": "[]"}, "must be of type object"),
        ({"version": "9.9.9"}, "9.9.9 is not one of the available choices"),
        ({"key": "nonsense"}, "UUID"),
    ],
)
def test_a_mistake_is_named_at_its_place_and_nothing_is_started(form, said, admins, template):
    page = start(admins, template, **form).content.decode()
    assert "Nothing was started." in page
    assert said in page
    assert not Workflow.objects.exists()


def test_starting_asks_for_start_on_the_template(sam, sams, template):
    assert sams.get(start_url(template)).status_code == start(sams, template).status_code == 404
    assign_perm("view_jobtemplate", sam, template)
    assert sams.get(start_url(template)).status_code == start(sams, template).status_code == 403
    assert "Start" not in sams.get(reverse("admin:templates_jobtemplate_change", args=[template.pk])).content.decode()
    assign_perm("start_jobtemplate", sam, template)
    assert start(sams, template).status_code == 302
    assert Workflow.objects.get().created_by == sam


def test_a_template_without_a_published_version_cannot_be_started(admins):
    template = JobTemplate.objects.create(template_id="empty", name="empty")
    assert "no published version" in admins.get(start_url(template)).content.decode()
    assert "Nothing was started" not in start(admins, template).content.decode()
    assert not Workflow.objects.exists()


def test_a_template_that_is_not_there_cannot_be_started(admins):
    assert admins.get(f"{LIST}start/{uuid.uuid4()}/").status_code == 404


def test_acts_want_a_token_against_forgery(sam):
    made = running()
    client = browser(staff("kim", is_superuser=True))
    client.handler.enforce_csrf_checks = True
    assert cancel(client, made).status_code == 403
    assert not Command.objects.exists()
