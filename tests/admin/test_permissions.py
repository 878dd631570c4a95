"""What staff see and may do: what the policy says, and nothing beside it."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse
from django.utils import timezone
from guardian.shortcuts import assign_perm

from apps.templates.models import JobTemplate, TemplateVersion
from apps.workflows.models import Command, Job, QuarantinedEntry, Workflow
from tests.support.admin_pages import browser, let, staff, workflow
from tests.support.people import publish

GUARDED = (
    *("workflows_workflow", "workflows_job", "workflows_command"),
    *("templates_jobtemplate", "templates_templateversion"),
)


@pytest.fixture
def rows(admin):
    """A row of each guarded list that belongs to somebody else."""
    publish(admin)
    made = workflow()
    Command.objects.create(workflow=made, kind="cancel", created_at=timezone.now())
    models = {"workflow": Workflow, "job": Job, "command": Command}
    of_workflows = {f"workflows_{name}": model.objects.first() for name, model in models.items()}
    return of_workflows | {
        "templates_jobtemplate": JobTemplate.objects.get(),
        "templates_templateversion": TemplateVersion.objects.get(),
    }


def listed(client, name):
    return [row.pk for row in client.get(reverse(f"admin:{name}_changelist")).context["cl"].result_list]


def opens(client, name, row):
    return client.get(reverse(f"admin:{name}_change", args=[row.pk])).status_code


@pytest.mark.parametrize("name", GUARDED)
def test_without_a_permission_a_list_is_empty_and_a_page_is_not_there(name, sams, rows):
    assert listed(sams, name) == []
    assert opens(sams, name, rows[name]) == 404


def test_who_may_view_one_workflow_sees_it_with_its_jobs_and_commands_and_no_other(sam, sams, rows):
    hidden = workflow()
    let(sam, "view", of=rows["workflows_workflow"])
    assert listed(sams, "workflows_workflow") == [rows["workflows_workflow"].pk]
    assert len(listed(sams, "workflows_job")) == 2
    assert listed(sams, "workflows_command") == [rows["workflows_command"].pk]
    assert [opens(sams, name, rows[name]) for name in GUARDED[:3]] == [200, 200, 200]
    assert opens(sams, "workflows_workflow", hidden) == 404


def test_a_permission_of_a_group_counts(sam, sams, rows):
    team = Group.objects.create(name="team")
    sam.groups.add(team)
    assign_perm("view_jobtemplate", team, rows["templates_jobtemplate"])
    assert listed(sams, "templates_jobtemplate") == [rows["templates_jobtemplate"].pk]
    assert listed(sams, "templates_templateversion") == [rows["templates_templateversion"].pk]


def test_a_permission_on_the_model_shows_all(rows):
    client = browser(staff("viewer", "view_workflow"))
    assert len(listed(client, "workflows_workflow")) == 1
    assert len(listed(client, "workflows_job")) == 2


def test_the_overview_counts_what_one_may_see(sam, sams, rows):
    assert list(sams.get(reverse("admin:index")).context["failures"]) == []
    let(sam, "view", of=rows["workflows_workflow"])
    assert len(sams.get(reverse("admin:index")).context["failures"]) == 1


def test_entries_set_aside_are_for_those_whom_the_model_permission_lets_in(sams, rows):
    entry = QuarantinedEntry.objects.create(position="1", entry={}, error="odd", created_at=timezone.now())
    url = reverse("admin:workflows_quarantinedentry_change", args=[entry.pk])
    assert sams.get(url).status_code == 403 or sams.get(url).status_code == 404
    assert sams.get(reverse("admin:workflows_quarantinedentry_changelist")).status_code == 403
    assert browser(staff("engineer", "view_quarantinedentry")).get(url).status_code == 200


def test_entries_set_aside_are_dismissed_by_whom_the_model_permission_lets_do_it(db):
    entry = QuarantinedEntry.objects.create(position="1", entry={}, error="odd", created_at=timezone.now())
    url = reverse("admin:workflows_quarantinedentry_changelist")
    chosen = {"action": "dismiss_selected", "_selected_action": [str(entry.pk)]}
    viewer = browser(staff("viewer", "view_quarantinedentry"))
    assert "Dismiss selected" not in viewer.get(url).content.decode()
    viewer.post(url, chosen)
    assert QuarantinedEntry.objects.exists()
    engineers = browser(staff("engineer", "view_quarantinedentry", "delete_quarantinedentry"))
    assert "1 dismissed" in engineers.post(url, chosen, follow=True).content.decode()
    assert not QuarantinedEntry.objects.exists()


@pytest.mark.parametrize("name", GUARDED)
def test_rows_are_not_changed_by_the_admins_own_forms_even_by_a_superuser(name, admins, rows):
    pk = rows[name].pk
    assert admins.post(reverse(f"admin:{name}_change", args=[pk]), {"status": "published"}).status_code == 403
    choices = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
    admins.post(reverse(f"admin:{name}_changelist"), choices)
    assert admins.get(reverse(f"admin:{name}_change", args=[pk])).status_code == 200


@pytest.mark.parametrize("name", [*GUARDED[:3], "workflows_quarantinedentry"])
def test_nothing_is_added_changed_or_deleted_by_hand_even_by_a_superuser(name, admins, rows):
    entry = QuarantinedEntry.objects.create(position="1", entry={}, error="odd", created_at=timezone.now())
    pk = (rows | {"workflows_quarantinedentry": entry})[name].pk
    assert admins.get(reverse(f"admin:{name}_add")).status_code == 403
    assert admins.post(reverse(f"admin:{name}_change", args=[pk]), {"state": "COMPLETED"}).status_code == 403
    assert admins.post(reverse(f"admin:{name}_delete", args=[pk]), {"post": "yes"}).status_code == 403
    choices = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
    admins.post(reverse(f"admin:{name}_changelist"), choices)
    assert admins.get(reverse(f"admin:{name}_change", args=[pk])).status_code == 200


def test_staff_who_may_change_users_do_not_become_superusers(admin):
    client = browser(staff("clerk", "view_user", "change_user", "add_user", "view_group", "change_group"))
    url = reverse("admin:core_user_change", args=[admin.pk])
    assert client.get(url).status_code == 200
    assert client.post(url, {"username": "mine"}).status_code == 403
    assert client.get(reverse("admin:auth_user_password_change", args=[admin.pk])).status_code == 403
    assert client.get(reverse("admin:core_user_add")).status_code == 403
    assert client.get(reverse("admin:auth_group_add")).status_code == 403
