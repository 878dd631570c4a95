"""Pools and pods in a browser: making, changing, scaling, draining."""

import re

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from apps.core.access.policy import SYSTEM
from apps.pods.models import Pod, PodPool
from apps.pods.services import pools
from tests.browser.layout import expect_to_fit

ADD = "/admin/pods/podpool/add/"


@pytest.fixture
def video(transactional_db: None) -> PodPool:
    env = {"APP_MODE": "fast", "APP_TOKEN": {"secret": "keys", "key": "token"}}
    return pools.create(SYSTEM, fields={"name": "video", "env": env})


def page_of(pool: PodPool, place: str = "change") -> str:
    return f"/admin/pods/podpool/{pool.pk}/{place}/"


def rows(page: Page, name: str) -> Locator:
    return page.get_by_role("group", name=name)


def cells(group: Locator, column: str) -> Locator:
    return group.locator(f".bs-cell-{column.lower()}").get_by_role("textbox", name=column, include_hidden=True)


def save(page: Page) -> None:
    page.get_by_role("button", name="Save").click()
    page.wait_for_url("**/podpool/*/change/")


def test_a_pool_is_made_with_variables_and_a_secret(open_page):
    page = open_page(ADD)
    page.get_by_label("Name", exact=True).first.fill("video")
    page.get_by_label("Slots").fill("2")
    variables = rows(page, "Variables")
    variables.get_by_label("Name").fill("APP_MODE")
    cells(variables, "Value").fill("fast")
    variables.get_by_role("button", name="Add a row").click()
    expect(variables.get_by_label("Name").last).to_be_focused()
    page.keyboard.type("APP_TOKEN")
    variables.get_by_label("From").last.select_option("Secret")
    cells(variables, "Secret").last.fill("keys")
    cells(variables, "Key").last.fill("token")
    save(page)
    expect(page.get_by_text("Stored video.")).to_be_visible()
    made = PodPool.objects.get()
    assert (made.slots, made.env) == (2, {"APP_MODE": "fast", "APP_TOKEN": {"secret": "keys", "key": "token"}})


def test_a_variable_shows_its_value_or_its_reference(open_page, video):
    page = open_page(page_of(video, "edit"))
    variables = rows(page, "Variables")
    expect(cells(variables, "Value").nth(0)).to_have_value("fast")
    expect(cells(variables, "Value").nth(1)).to_be_hidden()
    expect(cells(variables, "Secret").nth(1)).to_have_value("keys")
    expect(cells(variables, "Secret").nth(0)).to_be_hidden()


def test_rows_are_removed_and_other_settings_changed(open_page, video):
    page = open_page(page_of(video, "edit"))
    rows(page, "Variables").get_by_role("button", name="Remove").first.click()
    page.get_by_label("At most").fill("3")
    save(page)
    video.refresh_from_db()
    assert (video.maximum, video.env) == (3, {"APP_TOKEN": {"secret": "keys", "key": "token"}})


def test_what_is_wrong_is_said_at_its_field_and_the_list_leads_there(open_page, video):
    page = open_page(page_of(video, "edit"))
    page.get_by_label("At most").fill("-1")
    rows(page, "Variables").get_by_label("Name").first.fill("1A")
    page.get_by_role("button", name="Save").click()
    most = page.get_by_label("At most")
    expect(most).to_have_attribute("aria-invalid", "true")
    expect(most).to_have_accessible_description("Pods, those that are starting or leaving included. must be at least 0")
    name = rows(page, "Variables").get_by_label("Name").first
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("^1A: "))
    page.get_by_role("alert").get_by_role("link", name="At most").click()
    expect(most).to_be_in_viewport()
    assert PodPool.objects.get().maximum == 10


def test_a_pool_is_scaled_by_hand_and_given_back(open_page, video):
    page = open_page(page_of(video))
    page.get_by_label("Pods", exact=True).fill("4")
    page.get_by_role("button", name="Scale by hand").click()
    expect(page.get_by_text("to 4 by hand", exact=True)).to_be_visible()
    page.get_by_role("button", name="Back to the autoscaler").click()
    expect(page.get_by_text("by its work, from 0 to 10 pods")).to_be_visible()
    video.refresh_from_db()
    assert video.scale_to is None


def test_a_pod_is_drained_from_its_pools_page(open_page, video):
    pod = Pod.objects.create(pool=video, name="job-executor-a", state="ready", revision="r", created_at=timezone.now())
    page = open_page(page_of(video))
    page.get_by_role("link", name="job-executor-a").click()
    page.get_by_role("button", name="Drain").click()
    expect(page.get_by_text("Draining: it takes no more jobs")).to_be_visible()
    expect(page.get_by_role("button", name="Drain")).to_have_count(0)
    pod.refresh_from_db()
    assert pod.leaving


def test_a_pool_is_deleted_after_a_question(open_page, video):
    page = open_page(page_of(video))
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Yes, delete the pool").click()
    expect(page.get_by_text("Deleted video")).to_be_visible()
    assert not PodPool.objects.exists()


def test_a_pool_is_written_without_javascript(open_page):
    page = open_page(ADD, java_script_enabled=False)
    page.get_by_label("Name", exact=True).first.fill("video")
    rows(page, "Labels").get_by_label("Name").fill("team")
    rows(page, "Labels").get_by_label("Value").fill("media")
    save(page)
    assert PodPool.objects.get().labels == {"team": "media"}


def test_nothing_sticks_out_on_a_narrow_screen(open_page, video, admin):
    Pod.objects.create(pool=video, name="job-executor-a", state="ready", revision="r", created_at=timezone.now())
    page = open_page(ADD, viewport={"width": 390, "height": 844})
    for path in (ADD, page_of(video), page_of(video, "edit"), page_of(video, "delete"), "/admin/pods/pod/"):
        page.goto(path)
        expect_to_fit(page)
