"""Who sees what in a long list is what the policy says, whichever way the list is read."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db.models import QuerySet
from guardian.shortcuts import assign_perm, remove_perm

from apps.core.access import policy
from apps.core.access.grants import MAX_GATHERED
from apps.core.models import User
from apps.workflows.models import Job, Workflow
from tests.support.admin_pages import workflow
from tests.support.history import copies, grant

pytestmark = pytest.mark.django_db

VIEW = "view_workflow"


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def team(ann: User) -> Group:
    team = Group.objects.create(name="team")
    ann.groups.add(team)
    return team


def seen(user: policy.Actor) -> QuerySet[Workflow]:
    """As a list has them; whatever is asked for must be what is asked of each row."""
    rows = policy.visible_in_large_table(user, Workflow.objects.all())
    assert set(rows.values_list("pk")) == set(policy.visible(user, Workflow.objects.all()).values_list("pk"))
    assert len(rows) == len(set(rows))
    return rows


def test_nobody_sees_what_was_not_granted(ann, team):
    one, other = workflow(), workflow()
    stranger, strangers = User.objects.create_user("bob"), Group.objects.create(name="strangers")
    assign_perm(VIEW, stranger, one)
    assign_perm(VIEW, strangers, other)
    assign_perm("operate_workflow", ann, one)
    assign_perm("operate_workflow", team, other)
    assert list(seen(ann)) == []


def test_grants_of_the_user_and_of_all_their_groups_add_up(ann, team):
    own, theirs, both, _hidden = (workflow() for _ in range(4))
    second = Group.objects.create(name="second")
    ann.groups.add(second)
    assign_perm(VIEW, ann, own)
    assign_perm(VIEW, second, theirs)
    for holder in (ann, team, second):
        assign_perm(VIEW, holder, both)
    assert set(seen(ann)) == {own, theirs, both}


@pytest.mark.parametrize("through", ["user", "group"])
def test_the_permission_on_the_model_shows_all(ann, team, through):
    workflow()
    permission = Permission.objects.get(codename=VIEW)
    (ann.user_permissions if through == "user" else team.permissions).add(permission)
    assert len(seen(ann)) == 1
    assert len(seen(User.objects.create_user("bob"))) == 0


def test_superusers_and_the_system_see_all_and_the_inactive_nothing(ann):
    assign_perm(VIEW, ann, workflow())
    assert len(seen(policy.SYSTEM)) == len(seen(User(is_superuser=True))) == len(seen(ann)) == 1
    ann.is_active = False
    assert len(seen(ann)) == 0


def test_a_grant_and_a_membership_that_are_withdrawn_end_at_once(ann, team):
    own, theirs = workflow(), workflow()
    assign_perm(VIEW, ann, own)
    assign_perm(VIEW, team, theirs)
    assert set(seen(ann)) == {own, theirs}
    remove_perm(VIEW, ann, own)
    ann.groups.remove(team)
    assert set(seen(ann)) == set()


def test_parts_are_seen_with_their_whole(ann):
    shown, _hidden = workflow(jobs=2), workflow(jobs=2)
    assign_perm(VIEW, ann, shown)
    jobs = policy.visible_in_large_table(ann, Job.objects.all(), Workflow, "workflow_id")
    assert {job.workflow_id for job in jobs} == {shown.pk}
    assert len(jobs) == 2


@pytest.mark.parametrize("number", [MAX_GATHERED, MAX_GATHERED + 1])
@pytest.mark.parametrize("through", ["user", "group"])
def test_the_same_is_seen_of_few_as_of_many(ann, team, number, through):
    copies(workflow(jobs=0), MAX_GATHERED + 5)
    grant(ann if through == "user" else team, number)
    assert len(seen(ann)) == number
