"""Searching, narrowing and the cost of the lists."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib.admin import site
from django.db import connection
from django.db.models import DateTimeField
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from apps.core.models import ApiToken
from apps.templates.models import JobTemplate
from apps.workflows.models import Command, QuarantinedEntry
from tests.support.admin_pages import browser, staff, workflow
from tests.support.people import publish

WORKFLOWS = "/admin/workflows/workflow/"
JOBS = "/admin/workflows/job/"
TEMPLATES = "/admin/templates/jobtemplate/"
MODELS = [model for model in apps.get_models() if site.is_registered(model)]

pytestmark = pytest.mark.django_db


def found(client, url, **params):
    return {row.pk for row in client.get(url, params).context["cl"].result_list}


def test_workflows_are_found_by_id_template_or_label(admins):
    red, blue = workflow("red"), workflow("blue", labels={"team:x": "a b"})
    assert found(admins, WORKFLOWS, q=str(red.pk)) == {red.pk}
    assert found(admins, WORKFLOWS, q="RE") == {red.pk}
    assert found(admins, WORKFLOWS, q="team:ops") == {red.pk}
    assert found(admins, WORKFLOWS, q="team:dev") == set()
    assert found(admins, WORKFLOWS, q="blue") == {blue.pk}


@pytest.mark.parametrize("term", ["GROSS", "Straße", "STRASSE", "über", "ÜBER", "u\u0308ber"])
def test_templates_are_found_in_any_case_and_however_letters_are_composed(term, admins, admin):
    publish(admin, "road", description="Große Straße, Überführung")
    publish(admin, "other")
    assert {row.template_id for row in admins.get(TEMPLATES, {"q": term}).context["cl"].result_list} == {"road"}


@pytest.mark.parametrize("term", [":", "a:", "%", "_", "'", '"', "x" * 5000, "\0", "nothing like it"])
def test_whatever_is_searched_for_is_no_fault(term, admins):
    workflow()
    assert admins.get(WORKFLOWS, {"q": term}, follow=True).status_code == 200
    assert admins.get(JOBS, {"q": term}, follow=True).status_code == 200


def test_workflows_are_narrowed_by_state_template_and_date(admins, admin):
    publish(admin, "red")
    old = workflow("red", created_at=timezone.now() - timedelta(days=40))
    new = workflow("blue", state="RUNNING")
    assert found(admins, WORKFLOWS, state__exact="FAILED") == {old.pk}
    assert found(admins, WORKFLOWS, state__in="INITIALIZED,RUNNING") == {new.pk}
    assert found(admins, WORKFLOWS, template="red") == {old.pk}
    since = (timezone.now() - timedelta(days=7)).isoformat()
    assert found(admins, WORKFLOWS, created_at__gte=since) == {new.pk}


@pytest.mark.parametrize("name", ["template", "state__exact", "created_at__gte", "version", "e", "p", "o"])
@pytest.mark.parametrize("value", ["\0", "nonsense", "-1", "9" * 30])
def test_whatever_is_filtered_by_is_no_fault(name, value, admins):
    workflow()
    assert admins.get(WORKFLOWS, {name: value}, follow=True).status_code == 200


def test_the_filter_names_only_templates_that_one_may_see(admin):
    publish(admin, "secret")
    publish(staff("sam"), "own")
    page = browser(staff("kim", "view_workflow")).get(WORKFLOWS).content.decode()
    assert "secret" not in page


def test_jobs_are_found_by_workflow_name_or_template(admins):
    red, blue = workflow("red"), workflow("blue")
    assert found(admins, JOBS, q=str(red.pk)) == set(red.jobs.values_list("pk", flat=True))
    assert len(found(admins, JOBS, q="s1")) == 2
    assert found(admins, JOBS, q="blue") == set(blue.jobs.values_list("pk", flat=True))
    assert found(admins, JOBS, status__exact="COMPLETED") == set()


def test_templates_are_found_by_id_and_name(admins, admin):
    publish(admin, "invoice", name="Bills")
    publish(admin, "report")
    url = reverse("admin:templates_jobtemplate_changelist")
    assert len(found(admins, url, q="invo")) == len(found(admins, url, q="bill")) == 1


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({}, "No workflows"),
        ({"q": "red"}, "No workflows match"),
        ({"state__exact": "FAILED"}, "No workflows match"),
    ],
)
def test_an_empty_list_says_whether_there_is_nothing_or_nothing_that_fits(query, says, admins):
    page = admins.get(WORKFLOWS, query).content.decode()
    assert says in page
    assert ("Show all" in page) == bool(query)


def test_an_empty_list_leads_to_adding_where_that_is_allowed(admins):
    page = admins.get(TEMPLATES).content.decode()
    assert "Add job template" in page
    assert "Add job template" not in browser(staff("kim", "view_jobtemplate")).get(TEMPLATES).content.decode()


@pytest.mark.parametrize("model", MODELS, ids=[model._meta.label_lower for model in MODELS])
def test_a_list_names_the_zone_of_its_times(model):
    columns = [name for name in site.get_model_admin(model).list_display if isinstance(name, str)]
    fields = {field.name: field for field in model._meta.get_fields()}
    assert [name for name in columns if isinstance(fields.get(name), DateTimeField)] == []


def test_a_column_of_times_sorts_its_list(admins, admin):
    first, second = (ApiToken.issue(admin, name=name)[0] for name in ("first", "second"))
    rows = admins.get(reverse("admin:core_apitoken_changelist"), {"o": "4"}).context["cl"].result_list
    assert [row.pk for row in rows] == [first.pk, second.pk]


def fill(admin, number):
    for index in range(number):
        publish(admin, f"template-{number}-{index}")
        made = workflow(f"template-{number}-{index}")
        Command.objects.create(workflow=made, kind="cancel", actor=admin, created_at=timezone.now())
        QuarantinedEntry.objects.create(position=f"{number}-{index}", entry={}, error="odd", created_at=timezone.now())
        ApiToken.issue(admin)


def cost(client, url):
    client.get(url)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(url).status_code == 200
    return len(queries)


@pytest.mark.parametrize(
    "name",
    [
        *("workflows_workflow", "workflows_job", "workflows_command", "workflows_quarantinedentry"),
        *("templates_jobtemplate", "templates_templateversion", "core_apitoken"),
    ],
)
@pytest.mark.parametrize("superuser", [True, False])
def test_a_list_costs_as_many_statements_for_twenty_rows_as_for_two(name, superuser, admin):
    allowed = ("view_workflow", "view_jobtemplate", "view_quarantinedentry")
    client = browser(admin if superuser else staff("sam", *allowed))
    url = reverse(f"admin:{name}_changelist")
    fill(admin, 2)
    few = cost(client, url)
    fill(admin, 18)
    assert cost(client, url) == few <= 10


@pytest.mark.skipif(bool(settings.MONGODB_URL), reason="the versions are in another database than the templates")
def test_the_list_of_versions_asks_for_its_templates_within_its_statement(admin):
    publish(admin, "other")
    template = JobTemplate.objects.get()
    kim = browser(staff("kim", "view_jobtemplate"))
    with CaptureQueriesContext(connection) as queries:
        rows = kim.get(reverse("admin:templates_templateversion_changelist")).context["cl"].result_list
    assert [row.template_id for row in rows] == ["other"]
    asked = [query["sql"] for query in queries if 'FROM "templates_templateversion"' in query["sql"]]
    assert asked
    assert not any(key in one for one in asked for key in (str(template.pk), template.pk.hex))


def test_a_workflows_page_costs_as_many_statements_for_forty_jobs_as_for_two(admins):
    small, large = workflow(jobs=2), workflow(jobs=40)
    few = cost(admins, f"{WORKFLOWS}{small.pk}/change/")
    assert cost(admins, f"{WORKFLOWS}{large.pk}/change/") == few <= 10


def test_the_overview_costs_the_same_however_much_there_is(admins, admin):
    workflow()
    few = cost(admins, "/admin/")
    fill(admin, 10)
    assert cost(admins, "/admin/") == few <= 10
