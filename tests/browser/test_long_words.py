"""Names without a space in them: nothing is pushed out of the window."""

import pytest
from playwright.sync_api import expect

from apps.core.access.policy import SYSTEM
from apps.core.models import User
from apps.pods.services import pools
from tests.browser.layout import expect_in_sight, expect_to_fit
from tests.support.admin_pages import workflow
from tests.support.people import publish

LONG = "n" * 100
SIZES = pytest.mark.parametrize("width", [390, 1280])


def size(width: int) -> dict[str, int]:
    return {"width": width, "height": 900}


@SIZES
def test_a_list_keeps_its_last_column_in_sight(width, open_page):
    workflow(LONG)
    page = open_page("/admin/workflows/workflow/", viewport=size(width))
    cell = page.locator("#result_list td").last
    expect(cell).to_be_visible()
    expect_in_sight(cell)


@SIZES
def test_a_page_with_a_long_name_is_no_wider_than_its_window(width, open_page, admin):
    publish(admin, LONG)
    made = workflow(LONG)
    for path in (f"workflows/workflow/{made.pk}/change", "templates/jobtemplate", "workflows/job"):
        expect_to_fit(open_page(f"/admin/{path}/", viewport=size(width)))


@SIZES
def test_a_page_about_a_user_with_a_long_name_is_no_wider_than_its_window(width, open_page, transactional_db):
    user = User.objects.create_user("n" * 150)
    for act in ("delete", "password"):
        expect_to_fit(open_page(f"/admin/core/user/{user.pk}/{act}/", viewport=size(width)))


@SIZES
def test_the_form_of_a_pool_with_a_long_value_is_no_wider_than_its_window(width, open_page, transactional_db):
    pool = pools.create(SYSTEM, fields={"name": "video", "env": {"APP_" + "N" * 56: "v" * 400}})
    expect_to_fit(open_page(f"/admin/pods/podpool/{pool.pk}/edit/", viewport=size(width)))


def test_the_field_to_search_in_has_a_name(open_page):
    page = open_page("/admin/workflows/workflow/")
    expect(page.get_by_role("textbox", name="Search by id, template or label:value")).to_be_visible()
