"""What a page of a long list makes the database read: about the page, not the table.

newest ▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢▢ … ▢▢▢▢ oldest
       └ a page                           └┴┴┘ what one with few grants may see
"""

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.utils import timezone

from apps.core.access.grants import MAX_GATHERED
from apps.core.access.policy import SYSTEM, Actor
from apps.core.models import User
from apps.workflows.models import Command, Workflow
from apps.workflows.services.read import NEWEST_FIRST, Row, WorkflowFilters, list_workflows
from tests.support.admin_pages import workflow
from tests.support.effort import effort
from tests.support.history import copies, grant

ROWS = 24_000
NEARLY_ALL = ROWS - 10
PAGE = 51
# Of PostgreSQL's rows, or SQLite's instructions: less than one for each row of the table.
LITTLE = ROWS // 2
# That there are more than a few grants is seen by going past these; SQLite takes three instructions for each.
GATHERED = 3 * MAX_GATHERED

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def history() -> Workflow:
    newest = workflow(jobs=0, state="COMPLETED")
    copies(newest, ROWS)
    return newest


def page(actor: Actor, filters: WorkflowFilters) -> list[Row]:
    return list(list_workflows(actor, filters).order_by(*NEWEST_FIRST)[:PAGE])


@pytest.fixture
def ann() -> User:
    return User.objects.create_user("ann")


@pytest.fixture(params=["user", "group"])
def holder(request, ann) -> User | Group:
    """Ann, or a group of hers beside one that has been granted everything."""
    if request.param == "user":
        return ann
    hers, others = (Group.objects.create(name=name) for name in ("hers", "others"))
    ann.groups.add(hers)
    grant(others, ROWS)
    return hers


FILTERS = {
    "none": WorkflowFilters(),
    "label": WorkflowFilters(labels=[("team", "ops")]),
    "search": WorkflowFilters(search="amp"),
    "state": WorkflowFilters(state="COMPLETED"),
    "template": WorkflowFilters(template_id="sample"),
}
# SQLite knows no numbers of rows, and prefers an index over any value that is given.
OWN_INDEX = ("state", "template") if connection.vendor == "sqlite" else ()


@pytest.mark.parametrize("narrowed_by", [name for name in FILTERS if name not in OWN_INDEX])
def test_who_may_see_ten_of_many_does_not_read_the_others(narrowed_by, ann, holder):
    filters = FILTERS[narrowed_by]
    grant(User.objects.create_user("launcher"), ROWS)
    grant(holder, 10)
    assert len(page(ann, filters)) == 10
    assert effort(lambda: page(ann, filters)) < LITTLE


@pytest.mark.parametrize("narrowed_by", FILTERS)
def test_who_may_see_nearly_all_does_not_read_all_that_was_granted(narrowed_by, ann, holder):
    filters = FILTERS[narrowed_by]
    grant(User.objects.create_user("launcher"), ROWS)
    grant(holder, NEARLY_ALL)
    assert len(page(ann, filters)) == PAGE
    assert effort(lambda: page(ann, filters)) < GATHERED + LITTLE


def test_who_may_see_all_by_the_model_is_asked_of_no_row(ann):
    ann.user_permissions.add(Permission.objects.get(codename="view_workflow"))
    assert effort(lambda: page(ann, WorkflowFilters())) <= effort(lambda: page(SYSTEM, WorkflowFilters())) + 100


def test_a_page_of_a_rare_state_does_not_read_the_others():
    copies(workflow(jobs=0, state="CANCELLED"), 3)
    rare = WorkflowFilters(state="CANCELLED")
    assert len(page(SYSTEM, rare)) == 4
    assert effort(lambda: page(SYSTEM, rare)) < LITTLE


def test_the_newest_commands_are_not_sorted_out_of_all(history):
    copies(Command.objects.create(workflow=history, kind="cancel", created_at=timezone.now()), ROWS)
    assert effort(lambda: list(Command.objects.order_by("-created_at", "-pk")[:PAGE])) < LITTLE
