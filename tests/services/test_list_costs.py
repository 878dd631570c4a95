"""What a page of a long list makes the database read: about the page, not the table."""

import pytest
from django.utils import timezone

from apps.core.policy import SYSTEM
from apps.workflows.models import Command, Workflow
from apps.workflows.services.read import NEWEST_FIRST, Filters, listed
from tests.admin.parts import workflow
from tests.effort import effort
from tests.history import copies

ROWS = 12_000
PAGE = 51
# Of PostgreSQL's rows, or SQLite's instructions: less than one for each row of the table.
LITTLE = ROWS // 2

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def history() -> Workflow:
    newest = workflow(jobs=0, state="COMPLETED")
    copies(newest, ROWS)
    return newest


def test_a_page_of_a_rare_state_does_not_read_the_others():
    copies(workflow(jobs=0, state="CANCELLED"), 3)
    page = listed(SYSTEM, Filters(state="CANCELLED")).order_by(*NEWEST_FIRST)[:PAGE]
    assert len(page) == 4
    assert effort(lambda: list(page.all())) < LITTLE


def test_the_newest_commands_are_not_sorted_out_of_all(history):
    copies(Command.objects.create(workflow=history, kind="cancel", created_at=timezone.now()), ROWS)
    assert effort(lambda: list(Command.objects.order_by("-created_at", "-pk")[:PAGE])) < LITTLE
