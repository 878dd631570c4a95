"""Writing a template as text, with the server saying what is wrong while it is written."""

import pytest
from playwright.sync_api import expect

from apps.core.access.policy import SYSTEM
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services import update
from tests.browser.writing import replace_text
from tests.support.people import document, publish

ADD = "/admin/templates/jobtemplate/add/"
VALID = """\
templateId: mine
version: 1.0.0
steps:
  - name: first # to be kept
    type: noop
    config: {}
inputSchema: {}
outputSchema: {}
"""


def editor(page):
    return page.get_by_role("textbox", name="Document")


def write(page, text):
    """In place of all that stands there."""
    replace_text(editor(page), text)


def lines(page):
    return page.evaluate("document.querySelector('[name=text]').value")


def verdict(page):
    return page.locator("[data-problems]")


def language(page, name):
    page.get_by_label("Format").select_option(name)


@pytest.fixture
def edit(open_page, admin):
    """Opens the page for a further version of a published template."""
    publish(admin)

    def opened():
        return open_page(f"/admin/templates/jobtemplate/{JobTemplate.objects.get().pk}/edit/")

    return opened


def test_a_template_is_written_and_published(open_page):
    page = open_page(ADD)
    write(page, VALID)
    expect(verdict(page)).to_have_text("The document is valid.")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/templateversion/*/change/")
    assert (TemplateVersion.objects.get().template_id, TemplateVersion.objects.get().status) == ("mine", "published")


def test_every_error_is_marked_at_its_line_and_listed(open_page):
    page = open_page(ADD)
    write(page, VALID.replace("noop", "nonsense").replace("1.0.0", "one"))
    expect(verdict(page).get_by_role("button")).to_have_text(["Line 2, column 10", "Line 5, column 11"])
    expect(page.locator(".cm-lint-marker-error")).to_have_count(2)
    expect(page.locator(".cm-lintRange-error")).to_have_text(["one", "nonsense"])


def test_an_entry_of_the_list_leads_to_its_place(open_page):
    page = open_page(ADD)
    write(page, VALID.replace("noop", "nonsense"))
    verdict(page).get_by_role("button", name="Line 5, column 11").click()
    expect(editor(page)).to_be_focused()
    expect(page.locator(".cm-activeLine")).to_have_text("    type: nonsense")


def test_an_error_goes_as_soon_as_it_is_mended(open_page):
    page = open_page(ADD)
    write(page, VALID.replace("noop", "nonsense"))
    expect(page.locator(".cm-lint-marker-error")).to_have_count(1)
    write(page, VALID)
    expect(page.locator(".cm-lint-marker-error")).to_have_count(0)


def test_the_language_is_changed_and_what_is_written_stays(open_page):
    page = open_page(ADD)
    write(page, VALID)
    language(page, "JSON")
    expect(editor(page)).to_contain_text('"templateId": "mine"')
    expect(verdict(page)).to_have_text("The document is valid.")
    language(page, "YAML")
    expect(editor(page)).to_contain_text("# to be kept")
    assert lines(page) == VALID


def test_what_was_changed_in_one_language_is_not_lost_in_the_other(open_page):
    page = open_page(ADD)
    write(page, VALID)
    language(page, "JSON")
    expect(editor(page)).to_contain_text('"templateId": "mine"')
    write(page, lines(page).replace("mine", "changed"))
    language(page, "YAML")
    expect(editor(page)).to_contain_text("templateId: changed")


def test_a_text_that_cannot_be_read_stays_in_its_language(open_page):
    page = open_page(ADD)
    write(page, "a: [")
    language(page, "JSON")
    expect(page.get_by_text("The text cannot be parsed: fix it before")).to_be_visible()
    expect(page.get_by_label("Format")).to_have_value("yaml")
    assert lines(page) == "a: ["


def test_the_page_says_which_update_a_change_needs(edit):
    page = edit()
    write(page, VALID.replace("mine", "sample").replace("version: 1.0.0\n", ""))
    told = page.locator("[data-update]")
    expect(told).to_contain_text("Compared with 1.0.0, this needs a major update")
    expect(told).to_contain_text("the new version is 1.0.1")
    page.get_by_label("Update type").select_option("major")
    expect(told).to_contain_text("the new version is 2.0.0")
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url("**/templateversion/*/change/")
    assert TemplateVersion.objects.get(status="draft").version == "2.0.0"


def test_who_saves_second_sees_what_changed_and_has_his_text_still(edit):
    page = edit()
    write(page, f"{lines(page)}description: mine\n")
    theirs = {key: value for key, value in document(name="Theirs").items() if key != "version"}
    update.update_template(SYSTEM, template_id="sample", document=theirs)
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("alert")).to_contain_text("sample 1.0.1 has changed since you read it")
    expect(page.get_by_role("alert").locator("ins, .bs-add .bs-right").filter(has_text="Theirs")).to_be_visible()
    expect(editor(page)).to_contain_text("description: mine")
    page.get_by_role("button", name="Publish").click()
    page.wait_for_url("**/templateversion/*/change/")
    assert TemplateVersion.objects.get(version="1.0.2").document["description"] == "mine"


def test_leaving_the_page_asks_first_while_something_is_unsaved(open_page):
    page = open_page(ADD)
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    write(page, VALID)
    page.get_by_role("link", name="Cancel").click()
    page.wait_for_url("**/jobtemplate/")
    assert asked == ["beforeunload"]


def test_tab_leaves_the_editor(open_page):
    page = open_page(ADD)
    editor(page).focus()
    page.keyboard.press("Tab")
    expect(editor(page)).not_to_be_focused()


def test_without_javascript_the_text_area_is_there(open_page):
    page = open_page(ADD, java_script_enabled=False)
    page.locator("[name=text]").fill(VALID)
    page.get_by_role("button", name="Save as draft").click()
    page.wait_for_url("**/templateversion/*/change/")
    assert TemplateVersion.objects.get().status == "draft"
