"""Lists of more rows than anybody turns pages through."""

import pytest

from apps.core.admin.paginator import MAX_COUNTED
from tests.support.admin_pages import workflow
from tests.support.effort import effort
from tests.support.history import copies

WORKFLOWS = "/admin/workflows/workflow/"
BEYOND = 2 * MAX_COUNTED

pytestmark = pytest.mark.django_db


def test_what_a_list_has_is_counted_up_to_a_bound_and_told_so(admins):
    copies(workflow(jobs=0), MAX_COUNTED)
    answer = admins.get(WORKFLOWS)
    assert answer.context["cl"].result_count == MAX_COUNTED
    assert "10,000+" in answer.content.decode()
    assert "10,000+ results" in admins.get(WORKFLOWS, {"q": "sample"}).content.decode()


def test_what_a_list_has_is_counted_exactly_up_to_the_bound(admins):
    copies(workflow(jobs=0), MAX_COUNTED - 1)
    page = admins.get(WORKFLOWS).content.decode()
    assert "10,000+" not in page
    assert "10000" in page


def test_the_last_page_that_is_counted_is_full_and_there_is_none_after_it(admins):
    copies(workflow(jobs=0), BEYOND)
    last = admins.get(WORKFLOWS, {"p": MAX_COUNTED // 50})
    assert len(last.context["cl"].result_list) == 50
    assert admins.get(WORKFLOWS, {"p": MAX_COUNTED // 50 + 1}).status_code == 302


def test_a_view_of_a_list_does_not_read_its_table(admins):
    copies(workflow(jobs=0), BEYOND)
    few = effort(lambda: admins.get(WORKFLOWS))
    copies(workflow(jobs=0), BEYOND)
    assert effort(lambda: admins.get(WORKFLOWS)) < few + MAX_COUNTED // 2
