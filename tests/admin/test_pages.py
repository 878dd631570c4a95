"""Each page for a superuser: it is there, it says what it should, and what others wrote in it is text."""

import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from apps.core.access.policy import SYSTEM
from apps.core.models import ApiToken
from apps.events.models import Event
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services.imports import import_version
from apps.workflows.models import Command, Job, QuarantinedEntry, Workflow
from tests.support.admin_pages import SCRIPT, browser, workflow
from tests.support.people import document, publish

LISTS = (
    *("workflows_workflow", "workflows_job", "workflows_command", "workflows_quarantinedentry"),
    *("templates_jobtemplate", "templates_templateversion", "core_apitoken", "core_user", "auth_group"),
)


@pytest.fixture
def everything(admin):
    """One of each thing that has a page, with a script where people can write."""
    publish(admin, name=SCRIPT, description=SCRIPT)
    made = workflow()
    now = timezone.now()
    command = Command.objects.create(workflow=made, kind="cancel", created_at=now, payload={"note": SCRIPT})
    aside = QuarantinedEntry.objects.create(
        position="1", workflow_id=str(made.pk), entry={}, error=SCRIPT, created_at=now
    )
    token, _ = ApiToken.issue(admin, name=SCRIPT)
    return {
        "workflows_workflow": made,
        "workflows_job": Job.objects.first(),
        "workflows_command": command,
        "workflows_quarantinedentry": aside,
        "templates_jobtemplate": JobTemplate.objects.get(),
        "templates_templateversion": TemplateVersion.objects.get(),
        "core_apitoken": token,
        "core_user": admin,
    }


@pytest.mark.parametrize("name", LISTS)
def test_each_list_opens_and_shows_scripts_as_text(name, admins, everything):
    answer = admins.get(reverse(f"admin:{name}_changelist"))
    assert answer.status_code == 200
    assert SCRIPT not in answer.content.decode()


@pytest.mark.parametrize("name", [name for name in LISTS if name != "auth_group"])
def test_each_object_has_a_page_that_shows_scripts_as_text(name, admins, everything):
    answer = admins.get(reverse(f"admin:{name}_change", args=[everything[name].pk]))
    assert answer.status_code == 200
    assert SCRIPT not in answer.content.decode()


def test_a_refused_page_is_a_line_of_the_log_without_a_traceback(sams, caplog):
    assert sams.get(reverse("admin:core_user_changelist")).status_code == 403
    (line,) = [record for record in caplog.records if record.name == "django.request"]
    assert line.getMessage().startswith("Forbidden")
    assert line.exc_info is None


def test_the_overview_counts_by_state_and_names_the_latest_failures(admins, everything):
    workflow(state="RUNNING", error=None, finished_at=None)
    answer = admins.get(reverse("admin:index"))
    assert answer.context["open_workflows"] == 1
    assert {state["name"]: state["count"] for state in answer.context["states"]}["FAILED"] == 1
    assert [failed.pk for failed in answer.context["failures"]] == [everything["workflows_workflow"].pk]
    assert "1 journal entry quarantined" in answer.content.decode()


def test_the_latest_failures_are_those_that_failed_last_however_long_they_ran(admins, db):
    now = timezone.now()
    old, quick = (workflow(finished_at=now - timedelta(minutes=minutes)) for minutes in (1, 5))
    workflow(finished_at=now - timedelta(hours=25))
    Workflow.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=3))
    assert list(admins.get(reverse("admin:index")).context["failures"]) == [old, quick]


def test_a_workflows_page_shows_jobs_attempts_errors_times_and_the_chart(admins, everything):
    made = everything["workflows_workflow"]
    page = admins.get(reverse("admin:workflows_workflow_change", args=[made.pk])).content.decode()
    for text in ("FAILED", "executor-2", "http_500", "the answer was &lt;script&gt;", "s2", "team:ops", "10.0 s"):
        assert text in page
    assert page.count("bs-bar bs-failed") == 4
    assert page.count("bs-bar bs-lost") == 2


def test_a_workflow_without_rows_of_jobs_shows_those_of_its_document(admins, db):
    made = workflow(jobs=0, state="INITIALIZED", error=None, started_at=None, finished_at=None)
    page = admins.get(reverse("admin:workflows_workflow_change", args=[made.pk])).content.decode()
    assert "PENDING" in page


def test_the_jobs_of_a_large_workflow_come_in_pages(admins, db):
    made = workflow(jobs=130)
    url = reverse("admin:workflows_workflow_change", args=[made.pk])
    first, second = admins.get(url), admins.get(url, {"page": "2"})
    assert [len(answer.context["job_rows"]) for answer in (first, second)] == [100, 30]
    assert "Page 2 of 2, 130 jobs" in second.content.decode()


def test_a_templates_page_shows_its_steps_and_versions_the_newest_first(admins, admin):
    publish(admin, version="1.9.0")
    publish(admin, version="1.10.0")
    answer = admins.get(reverse("admin:templates_jobtemplate_change", args=[JobTemplate.objects.get().pk]))
    assert [version.version for version in answer.context["versions"]] == ["1.10.0", "1.9.0"]
    assert [step["after"] for step in answer.context["steps"]] == [[], ["s1"]]


def test_a_templates_page_tells_where_its_steps_run(admins, admin):
    step = {"name": "train", "type": "noop", "config": {}, "pool": "gpu"}
    import_version(SYSTEM, document=document() | {"steps": [step]}, owner=admin)
    page = admins.get(reverse("admin:templates_jobtemplate_change", args=[JobTemplate.objects.get().pk]))
    assert "in the pool gpu" in page.content.decode()


def test_of_a_very_long_template_the_first_steps_are_shown(admins, admin):
    publish(admin, steps=250)
    version = TemplateVersion.objects.get()
    page = admins.get(reverse("admin:templates_templateversion_change", args=[version.pk])).content.decode()
    assert "The first 200 of 250 steps." in page
    assert admins.get("/api/v1/templates/sample/versions/1.0.0").json()["steps"] == version.document["steps"]
    assert 'href="/api/v1/templates/sample/versions/1.0.0"' in page


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("pk", ["00000000-0000-4000-8000-000000000000", "nonsense", "99999999999999999999"])
def test_an_object_that_is_not_there_is_no_fault(name, pk, admins):
    answer = admins.get(reverse(f"admin:{name}_change", args=[pk]))
    assert answer.status_code in (302, 404)


@pytest.mark.parametrize("url", ["/", "/admin"])
def test_the_short_addresses_lead_to_the_admin(url, client):
    assert client.get(url)["Location"] == "/admin/"


def test_a_page_that_is_not_there_says_so_and_leads_back(admins):
    page = admins.get("/admin/workflows/job/1/change/").content.decode()
    assert "Page not found" in page
    assert reverse("admin:index") in page


@pytest.mark.parametrize(
    "template", sorted((settings.BASE_DIR / "templates").rglob("*.html")), ids=lambda path: path.name
)
def test_our_templates_hold_no_scripts_and_styles_of_their_own(template):
    assert not re.search(
        r'<script(?! src="{% static "[^"]+" %}" (?:defer|type="module")></script>)|<style|\bstyle=|\bon\w+=|\|safe\b|autoescape',
        template.read_text(),
    )


def test_who_has_not_logged_in_is_sent_to_the_login(client, db):
    answer = client.get(reverse("admin:workflows_workflow_changelist"))
    assert answer.status_code == 302
    assert "/admin/login/" in answer["Location"]


def test_who_is_no_staff_is_not_let_in(db, django_user_model):
    answer = browser(django_user_model.objects.create_user("visitor")).get(reverse("admin:index"))
    assert answer.status_code == 302


def test_a_workflows_events_are_a_timeline_from_its_creation(admins, db):
    made = workflow(jobs=1)
    told = {"topic": "base-shift.jobs", "key": str(made.pk), "subject": "s"}
    data = {"jobId": "s1", "attempt": 2}
    time = made.created_at + timedelta(seconds=3)
    Event.objects.create(type="baseshift.job.retrying", time=time, data=data, **told)
    [event] = admins.get(reverse("admin:workflows_workflow_change", args=[made.pk])).context["events"]
    assert (event["of"], event["became"], event["label"], event["after"]) == (
        "job",
        "retrying",
        "warning",
        timedelta(seconds=3),
    )
