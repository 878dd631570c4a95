"""Our pages under a Content-Security-Policy without inline scripts and without eval.

The theme's own scripts use eval, so they are left out here.
"""

import re

import pytest
from playwright.sync_api import Route, expect

from apps.pods.models import PodPool
from apps.templates.models import JobTemplate
from apps.workflows.models import Workflow
from tests.browser.writing import replace_text
from tests.support.people import publish
from tests.support.waiting import PATIENCE_SECONDS

# Styles within the page are the theme's.
POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"
THEMES_SCRIPT = re.compile(r'<script[^>]*src="/static/unfold/[^>]*></script>')


def strict(route: Route) -> None:
    if route.request.method != "GET":
        route.continue_()
        return
    answer = route.fetch(timeout=PATIENCE_SECONDS * 1000)
    page = THEMES_SCRIPT.sub("", answer.text()).replace("x-cloak", "")
    route.fulfill(response=answer, body=page, headers={**answer.headers, "content-security-policy": POLICY})


@pytest.fixture
def strict_page(open_page):
    """Opens a page that is served with the policy. What the policy refuses, the browser tells as an error."""

    def opened(path):
        page = open_page("/admin/")
        page.route(re.compile(r"/(start/[^/]+|add)/$"), strict)
        page.goto(path)
        return page

    return opened


def test_a_workflow_is_started_from_the_form(strict_page, admin):
    shape = {"type": "object", "properties": {"name": {"type": "string"}, "at": {"type": "string", "format": "date"}}}
    publish(admin, inputSchema=shape)
    page = strict_page(f"/admin/workflows/workflow/start/{JobTemplate.objects.get().pk}/")
    page.get_by_label("name").fill("Kim")
    # Without its script a layer of the theme lies over the page.
    page.get_by_role("button", name="Start", exact=True).press("Enter")
    page.wait_for_url("**/workflow/*/change/")
    assert Workflow.objects.get().input == {"name": "Kim"}


def test_a_pool_is_written(strict_page):
    page = strict_page("/admin/pods/podpool/add/")
    page.get_by_label("Name", exact=True).first.fill("video")
    page.get_by_role("button", name="Add a row to Labels").press("Enter")
    labels = page.get_by_role("group", name="Labels")
    labels.get_by_label("Name").last.fill("team")
    labels.get_by_label("Value").last.fill("media")
    page.get_by_role("button", name="Save").press("Enter")
    page.wait_for_url("**/podpool/*/change/")
    assert PodPool.objects.get().labels == {"team": "media"}


def test_a_template_is_written(strict_page):
    page = strict_page("/admin/templates/jobtemplate/add/")
    editor = page.get_by_role("textbox", name="Document")
    replace_text(editor, "odd: 1")
    expect(page.locator(".cm-lint-marker-error")).to_have_count(1)
    expect(page.locator("[data-problems]").get_by_role("button").first).to_be_visible()
