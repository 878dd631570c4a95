"""Permissions on one object, on all of a model, by user and by group; and the cost of asking."""

import pytest
from django.contrib.auth.models import Group, Permission
from guardian.shortcuts import assign_perm, remove_perm

from apps.core.access import policy
from apps.core.errors import Forbidden, Hidden
from apps.core.models import User
from apps.templates.models import JobTemplate

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


@pytest.fixture
def templates() -> list[JobTemplate]:
    return [JobTemplate.objects.create(template_id=name, name=name) for name in ("one", "two", "three")]


def seen(user: policy.Actor, action: str = "view") -> list[str]:
    rows = policy.visible(user, JobTemplate.objects.all(), action)
    return sorted(rows.values_list("template_id", flat=True))


def test_without_a_permission_nothing_is_visible(ann, templates):
    assert seen(ann) == []


def test_a_permission_on_one_object_shows_that_object(ann, templates):
    assign_perm("view_jobtemplate", ann, templates[0])
    assert seen(ann) == ["one"]


def test_a_permission_of_a_group_counts_for_its_members_only(ann, templates):
    team, others = Group.objects.create(name="team"), Group.objects.create(name="others")
    ann.groups.add(team)
    assign_perm("view_jobtemplate", team, templates[1])
    assign_perm("view_jobtemplate", others, templates[2])
    assert seen(ann) == ["two"]


def test_a_permission_on_the_model_shows_all_objects(ann, templates):
    ann.user_permissions.add(Permission.objects.get(codename="view_jobtemplate"))
    assert seen(ann) == ["one", "three", "two"]


def test_a_groups_permission_on_the_model_shows_all_objects(ann, templates):
    team = Group.objects.create(name="team")
    team.permissions.add(Permission.objects.get(codename="view_jobtemplate"))
    ann.groups.add(team)
    assert len(seen(ann)) == 3


def test_one_action_does_not_give_another(ann, templates):
    assign_perm("view_jobtemplate", ann, templates[0])
    assert seen(ann, "start") == []


def test_a_superuser_and_the_system_see_everything(ann, templates):
    ann.is_superuser = True
    assert len(seen(ann)) == len(seen(policy.SYSTEM)) == 3


@pytest.mark.parametrize("superuser", [False, True])
def test_an_inactive_user_sees_nothing_and_may_do_nothing(ann, templates, superuser):
    assign_perm("view_jobtemplate", ann, templates[0])
    ann.is_active, ann.is_superuser = False, superuser
    assert seen(ann) == []
    with pytest.raises(Hidden):
        policy.require(ann, "view", templates[0])


def test_a_withdrawn_permission_ends_at_once(ann, templates):
    assign_perm("view_jobtemplate", ann, templates[0])
    policy.require(ann, "view", templates[0])
    remove_perm("view_jobtemplate", ann, templates[0])
    with pytest.raises(Hidden):
        policy.require(ann, "view", templates[0])


def test_what_may_be_seen_but_not_done_is_forbidden_and_what_may_not_be_seen_is_hidden(ann, templates):
    with pytest.raises(Hidden):
        policy.require(ann, "start", templates[0])
    assign_perm("view_jobtemplate", ann, templates[0])
    with pytest.raises(Forbidden):
        policy.require(ann, "start", templates[0])
    assign_perm("start_jobtemplate", ann, templates[0])
    policy.require(ann, "start", templates[0])


def test_an_action_without_view_stays_hidden(ann, templates):
    assign_perm("start_jobtemplate", ann, templates[0])
    with pytest.raises(Hidden):
        policy.require(ann, "start", templates[0])


def test_a_model_permission_is_asked_of_the_user_alone(ann):
    with pytest.raises(Forbidden):
        policy.require_model(ann, "templates.add_jobtemplate")
    ann.user_permissions.add(Permission.objects.get(codename="add_jobtemplate"))
    policy.require_model(User.objects.get(pk=ann.pk), "templates.add_jobtemplate")
    policy.require_model(policy.SYSTEM, "templates.add_jobtemplate")


def test_the_maker_of_an_object_gets_the_named_actions_and_no_other(ann, templates):
    policy.grant_creator(ann, templates[:2], ["view", "start"])
    assert seen(ann) == seen(ann, "start") == ["one", "two"]
    assert seen(ann, "change") == []


def test_asking_costs_one_statement_whatever_the_number_of_objects(ann, templates, django_assert_num_queries):
    policy.grant_creator(ann, templates, ["view", "start"])
    # The permissions' own ids are looked up once a process.
    policy.held_actions(ann, JobTemplate, [], ["view", "start", "change"])
    with django_assert_num_queries(1):
        assert len(seen(ann)) == 3
    with django_assert_num_queries(1):
        held = policy.held_actions(
            ann, JobTemplate, [template.pk for template in templates], ["view", "start", "change"]
        )
    assert held == {template.pk: {"view", "start"} for template in templates}
    with django_assert_num_queries(1):
        policy.require(ann, "start", templates[0])
