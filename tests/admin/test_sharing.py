"""Handing out permissions on one object: by those who hold all of them, and no more than they hold."""

import pytest
from django.contrib.auth.models import Group
from django.urls import reverse

from apps.core.access import policy
from apps.workflows.models import Workflow
from tests.support.admin_pages import let, staff, workflow
from tests.support.people import publish


@pytest.fixture
def made(db):
    return workflow()


def page(made, *more):
    name = "permissions" if not more else f"permissions_manage_{more[0]}"
    return reverse(f"admin:workflows_workflow_{name}", args=[made.pk, *more[1:]])


def held(user, made):
    return policy.held_actions(user, Workflow, [made.pk], ["view", "operate"]).get(made.pk, frozenset())


def test_who_holds_every_action_gives_some_to_another_user(sam, sams, made):
    let(sam, "view", "operate", of=made)
    kim = staff("kim")
    found = sams.post(page(made), {"submit_manage_user": "1", "user": "kim"})
    assert found["Location"] == page(made, "user", kim.pk)
    sams.post(found["Location"], {"permissions": ["view_workflow"]})
    assert held(kim, made) == {"view"}


def test_a_superuser_gives_permissions_to_a_group_and_takes_them_back(admins, made):
    kim, team = staff("kim"), Group.objects.create(name="team")
    kim.groups.add(team)
    url = admins.post(page(made), {"submit_manage_group": "1", "group": "team"})["Location"]
    admins.post(url, {"permissions": ["view_workflow", "operate_workflow"]})
    assert held(kim, made) == {"view", "operate"}
    assert "team" in admins.get(page(made)).content.decode()
    admins.post(url, {"save": "1"})
    assert held(kim, made) == frozenset()


def test_who_may_only_view_may_not_give_themselves_more(sam, sams, made):
    let(sam, "view", of=made)
    assert sams.get(page(made)).status_code == 403
    answer = sams.post(page(made, "user", sam.pk), {"permissions": ["view_workflow", "operate_workflow"]})
    assert answer.status_code == 403
    assert held(sam, made) == {"view"}


def test_what_one_may_not_see_one_cannot_share(sams, made):
    assert sams.get(page(made)).status_code == 404


def test_only_actions_that_the_policy_knows_can_be_given(admins, made):
    kim = staff("kim")
    url = page(made, "user", kim.pk)
    assert admins.post(url, {"permissions": ["view_workflow", "delete_workflow"]}).status_code == 200
    assert held(kim, made) == frozenset()


def test_an_action_without_view_is_refused_as_it_would_do_nothing(admins, made):
    kim = staff("kim")
    answer = admins.post(page(made, "user", kim.pk), {"permissions": ["operate_workflow"]})
    assert "Without “View”" in answer.content.decode()
    assert not kim.has_perm("operate_workflow", made)


def test_an_unknown_user_is_named_as_such(admins, made):
    assert "No such user." in admins.post(page(made), {"submit_manage_user": "1", "user": "x"}).content.decode()


@pytest.mark.parametrize("holder", ["nonsense", "999999", "99999999999999999999999"])
def test_a_holder_who_is_not_there_is_a_404(holder, admins, made):
    assert admins.get(page(made, "user", holder)).status_code == 404
    assert admins.get(page(made, "group", holder)).status_code == 404


def test_the_maker_of_a_template_may_share_it(sam, sams):
    publish(sam)
    url = reverse("admin:templates_jobtemplate_changelist")
    template = sams.get(url).context["cl"].result_list[0]
    assert sams.get(reverse("admin:templates_jobtemplate_permissions", args=[template.pk])).status_code == 200
