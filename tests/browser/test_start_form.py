"""Starting a workflow by the form that the input schema asks for."""

import json

import pytest
from playwright.sync_api import expect

from apps.templates.models import JobTemplate
from apps.workflows.models import Workflow
from tests.browser.layout import expect_to_fit
from tests.browser.writing import replace_text
from tests.support.people import publish

PERSON = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "title": "Full name"},
        "age": {"type": "integer", "minimum": 18},
        "password": {"type": "string", "writeOnly": True},
        "contact": {
            "oneOf": [
                {
                    "title": "By mail",
                    "required": ["mail"],
                    "properties": {"mail": {"type": "string", "format": "email"}},
                },
                {"title": "By phone", "required": ["phone"], "properties": {"phone": {"type": "string"}}},
            ],
            "type": "object",
        },
        "gift": {"type": "boolean"},
        "card": {"type": "string"},
        "expiry": {"type": "string", "format": "date"},
        "at": {"type": "string", "format": "date-time"},
    },
    "required": ["name"],
    "if": {"properties": {"gift": {"const": True}}, "required": ["gift"]},
    "then": {"properties": {"recipient": {"type": "string"}}, "required": ["recipient"]},
    "dependentRequired": {"card": ["expiry"]},
}


@pytest.fixture
def start(open_page, admin):
    """Opens the page that starts a template with this input schema."""

    def opened(schema=PERSON, **settings):
        publish(admin, inputSchema=schema)
        page = open_page(f"/admin/workflows/workflow/start/{JobTemplate.objects.get().pk}/", **settings)
        if settings.get("java_script_enabled", True):
            page.wait_for_selector(".je-ready")
        return page

    return opened


def submit(page):
    page.get_by_role("button", name="Start", exact=True).click()


def started(page):
    page.wait_for_url("**/workflow/*/change/")
    return Workflow.objects.get().input


def test_an_input_is_filled_in_and_leads_to_the_workflow(start):
    page = start()
    page.get_by_label("Full name").fill("Kim")
    page.get_by_label("age").fill("40")
    submit(page)
    assert started(page) == {"name": "Kim", "age": 40}


def test_what_is_missing_is_said_at_its_field_and_nothing_is_started(start):
    page = start()
    submit(page)
    expect(page.get_by_label("Full name")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Full name")).to_have_accessible_description("is required")
    expect(page.get_by_role("status").filter(has_text="Full name is required")).to_be_visible()
    expect(page.get_by_label("Full name")).to_be_focused()
    assert not Workflow.objects.exists()


def test_the_one_validator_speaks_at_the_field_that_was_left(start):
    page = start()
    page.get_by_label("age").fill("12")
    page.get_by_label("Full name").focus()
    expect(page.get_by_text("must be at least 18")).to_be_visible()
    expect(page.get_by_text("is required")).to_have_count(0)


def test_then_comes_with_if(start):
    page = start()
    expect(page.get_by_label("recipient")).to_have_count(0)
    page.get_by_label("gift").select_option("yes")
    page.get_by_label("recipient").fill("Lou")
    page.get_by_label("Full name").fill("Kim")
    submit(page)
    assert started(page) == {"name": "Kim", "gift": True, "recipient": "Lou"}


def test_a_field_that_another_needs_becomes_required(start):
    page = start()
    page.get_by_label("Full name").fill("Kim")
    page.get_by_label("card").fill("4111")
    page.get_by_label("Full name").focus()
    expect(page.get_by_text("expiry required")).to_be_visible()
    page.get_by_label("expiry").fill("2030-01-31")
    submit(page)
    assert started(page) == {"name": "Kim", "card": "4111", "expiry": "2030-01-31"}


def test_one_of_several_shapes_is_chosen(start):
    page = start()
    page.get_by_label("Full name").fill("Kim")
    page.locator("#input\\[contact\\]switcher").select_option("By phone")
    page.get_by_label("phone").fill("112")
    submit(page)
    assert started(page) == {"name": "Kim", "contact": {"phone": "112"}}


def test_formats_choose_the_kind_of_field(start):
    page = start()
    expect(page.get_by_label("mail")).to_have_attribute("type", "email")
    expect(page.get_by_label("expiry")).to_have_attribute("type", "date")
    page.get_by_label("Full name").fill("Kim")
    page.get_by_label("at (UTC)").fill("2026-11-22T12:30:00")
    submit(page)
    assert started(page) == {"name": "Kim", "at": "2026-11-22T12:30:00Z"}


def test_what_has_not_the_format_is_told_at_its_field(start):
    page = start()
    page.get_by_label("Full name").fill("Kim")
    page.get_by_label("mail").fill("nobody")
    submit(page)
    expect(page.get_by_label("mail")).to_have_accessible_description("is not an email address")
    assert not Workflow.objects.exists()


def test_what_is_write_only_is_not_shown_while_it_is_typed(start):
    expect(start().get_by_label("password")).to_have_attribute("type", "password")


def test_the_input_can_be_written_as_json_and_goes_back_into_the_form(start):
    page = start()
    page.get_by_label("Full name").fill("Kim")
    page.get_by_role("button", name="JSON").click()
    editor = page.get_by_role("textbox", name="Input")
    expect(editor).to_contain_text('"name": "Kim"')
    replace_text(editor, '{"name": "Lou", "age": 12, "more": [1]}')
    expect(page.get_by_role("button", name="Line 1, column 24")).to_be_visible()
    expect(page.locator(".cm-lintRange-error")).to_have_text("12")
    page.get_by_role("button", name="Form").click()
    expect(page.get_by_label("Full name")).to_have_value("Lou")
    page.get_by_label("age").fill("20")
    submit(page)
    assert started(page) == {"name": "Lou", "age": 20, "more": [1]}


def test_a_number_that_the_form_cannot_keep_stays_in_the_text(start):
    page = start()
    page.get_by_role("button", name="JSON").click()
    replace_text(page.get_by_role("textbox", name="Input"), '{"name": "Kim", "age": 12345678901234567890}')
    page.get_by_role("button", name="Form").click()
    expect(page.get_by_text("number that the form cannot keep")).to_be_visible()
    submit(page)
    assert started(page)["age"] == 12345678901234567890


def test_texts_of_the_schema_are_no_html(start):
    html = "<img src=x onerror=\"document.title='broken'\">"
    page = start(
        {"type": "object", "title": html, "properties": {"a": {"type": "string", "title": html, "description": html}}}
    )
    expect(page.locator("[data-form] img")).to_have_count(0)
    assert page.title() != "broken"


def test_a_text_that_looks_like_html_is_kept(start):
    page = start()
    page.get_by_label("Full name").fill("a<b>c</b> & d")
    submit(page)
    assert started(page) == {"name": "a<b>c</b> & d"}


def test_items_are_added_moved_and_taken_away(start):
    item = {"type": "object", "properties": {"sku": {"type": "string"}}}
    page = start({"type": "object", "properties": {"lines": {"type": "array", "items": item}}})
    for index, sku in enumerate("abc"):
        page.get_by_role("button", name="Add item").click()
        page.get_by_label("sku").nth(index).fill(sku)
    page.get_by_role("button", name="Move up").last.click()
    page.get_by_role("button", name="Delete item").first.click()
    submit(page)
    assert started(page) == {"lines": [{"sku": "c"}, {"sku": "b"}]}


def test_keys_are_added_where_the_schema_lets_them(start):
    counts = {"type": "object", "additionalProperties": {"type": "integer"}}
    page = start({"type": "object", "properties": {"counts": counts}})
    for name, count in (("apples", "3"), ("pears", "4")):
        page.get_by_label("Key name").fill(name)
        page.get_by_role("button", name="Add key").click()
        expect(page.get_by_label(name)).to_be_focused()
        page.get_by_label(name).fill(count)
    page.get_by_role("button", name="Remove apples").click()
    submit(page)
    assert started(page) == {"counts": {"pears": 4}}


def test_new_fields_take_neither_what_is_typed_nor_the_place(start):
    page = start()
    page.get_by_label("gift").select_option("yes")
    name = page.get_by_label("Full name")
    name.press_sequentially("Ki")
    expect(page.get_by_label("recipient")).to_be_visible()
    expect(name).to_be_focused()
    name.press_sequentially("m")
    expect(name).to_have_value("Kim")


def test_another_version_has_a_form_of_its_own(start, admin):
    publish(admin, version="0.9.0", inputSchema={"type": "object", "properties": {"old": {"type": "string"}}})
    page = start()
    page.get_by_label("Version").select_option("0.9.0")
    page.get_by_label("old").fill("x")
    submit(page)
    assert started(page) == {"old": "x"}


def test_an_input_may_be_anything(start):
    page = start({})
    page.locator("#input").fill("[1, 2]")
    submit(page)
    assert started(page) == [1, 2]


def test_json_that_is_broken_is_told_at_its_field(start):
    page = start({"type": "object", "properties": {"any": {}}})
    page.get_by_label("any").fill("{")
    submit(page)
    expect(page.get_by_label("any")).to_have_accessible_description("is not JSON")
    assert not Workflow.objects.exists()


def test_nothing_sticks_out_on_a_narrow_screen(start):
    expect_to_fit(start(viewport={"width": 390, "height": 844}))


def test_without_javascript_the_json_is_written_by_hand(start):
    page = start(java_script_enabled=False)
    page.get_by_label("Input", exact=True).last.fill(json.dumps({"name": "Kim"}))
    submit(page)
    assert started(page) == {"name": "Kim"}
