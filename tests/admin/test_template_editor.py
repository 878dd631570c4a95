"""Writing templates as text: new ones, further versions, drafts in their place."""

import html
import json

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm, remove_perm

from apps.core.access.policy import SYSTEM
from apps.core.json import strict
from apps.templates.formats import yaml_reader
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services import create, lifecycle, update
from tests.support.admin_pages import browser, staff
from tests.support.people import document, publish

ADD = "/admin/templates/jobtemplate/add/"

pytestmark = pytest.mark.django_db


def written(value, language="json"):
    return {"language": language, "text": json.dumps(value)}


def without_version(value):
    return {key: rest for key, rest in value.items() if key != "version"}


@pytest.fixture
def template(admin):
    publish(admin, version="1.0.0")
    return JobTemplate.objects.get()


@pytest.fixture
def draft(admin, template):
    return create.create_version(admin, document=document(version="1.1.0"), draft=True).version


def edit_url(template):
    return reverse("admin:templates_edit", args=[template.pk])


def draft_url(draft):
    return reverse("admin:templates_draft", args=[draft.pk])


def form_of(client, url):
    """What a browser would send if nothing was changed on the page."""
    form = client.get(url).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def save(client, url, act="publish", **changes):
    return client.post(url, {**form_of(client, url), "act": act, **changes}, follow=True)


def page(answer):
    return answer.content.decode()


def changed_to(answer):
    """The lines that somebody else has written meanwhile."""
    rows = [row for row in answer.context["meanwhile"]["rows"] if row.kind in ("add", "change")]
    return ["".join(part.text for part in row.right.segments) for row in rows]


def versions():
    return {row.version: row.status for row in TemplateVersion.objects.all()}


@pytest.mark.parametrize("language", ["yaml", "json"])
def test_a_page_begins_with_a_valid_document_in_either_language(language, admins):
    form = admins.get(ADD, {"language": language}).context["form"]
    read = {"yaml": yaml_reader.loads, "json": strict.loads}[language]
    create.require_well_formed(read(form["text"].value().encode()))


@pytest.mark.parametrize(("act", "status"), [("publish", "published"), ("draft", "draft")])
def test_a_new_template_is_published_or_kept_as_a_draft(act, status, admin, admins):
    answer = admins.post(ADD, {**written(document("mine")), "act": act}, follow=True)
    version = TemplateVersion.objects.get()
    assert (version.template_id, version.status, version.created_by) == ("mine", status, "admin")
    assert answer.redirect_chain[-1][0] == reverse("admin:templates_templateversion_change", args=[version.pk])
    assert f"Saved mine 1.0.0 as {status}." in page(answer)


def test_a_document_keeps_what_it_says_whichever_language_it_was_written_in(admins):
    text = "templateId: mine\nversion: 1.0.0\nsteps:\n  - {name: a, type: noop, config: {}}\ninputSchema: {}\noutputSchema: {}\n"
    admins.post(ADD, {"language": "yaml", "text": text.replace("\n", "\r\n"), "act": "draft"})
    assert list(TemplateVersion.objects.get().document) == [
        "templateId",
        "version",
        "steps",
        "inputSchema",
        "outputSchema",
    ]


def test_every_mistake_is_told_with_its_line_and_the_text_stays(admins):
    text = "templateId: mine\nversion: 1.0\nsteps: []\nodd: 1\ninputSchema: {}\noutputSchema: {}\n"
    answer = admins.post(ADD, {"language": "yaml", "text": text, "act": "publish"})
    assert [(one.line, one.pointer) for one in answer.context["problems"]] == [
        (4, "/odd"),
        (3, "/steps"),
        (2, "/version"),
    ]
    assert "Line 4, column 1" in page(answer)
    assert answer.context["form"]["text"].value() == text
    assert versions() == {}


@pytest.mark.parametrize(
    ("language", "text", "said"),
    [
        ("json", "{", "Line 1"),
        ("yaml", "a: &b 1", "Line 1"),
        ("json", "", "This field is required"),
        ("odd", "{}", "odd"),
    ],
)
def test_a_text_that_cannot_be_read_is_refused_and_stays(language, text, said, admins):
    answer = admins.post(ADD, {"language": language, "text": text, "act": "publish"})
    assert "Nothing was saved." in page(answer)
    assert said in page(answer)
    assert answer.context["form"]["text"].value() == text


def test_a_version_that_is_there_is_told_and_the_text_stays(admins, template):
    answer = admins.post(ADD, {**written(document()), "act": "draft"})
    assert "has a version 1.0.0 already" in page(answer)
    assert json.loads(answer.context["form"]["text"].value()) == document()


def test_a_further_version_gets_the_number_that_its_kind_of_update_makes(admins, template):
    save(admins, edit_url(template), update_type="minor")
    save(admins, edit_url(template), "draft", update_type="patch")
    assert versions() == {"1.0.0": "published", "1.1.0": "published", "1.1.1": "draft"}


def test_a_further_version_is_begun_from_the_newest_or_the_one_that_is_asked_for(admin, admins, template):
    publish(admin, version="1.1.0", description="newest")
    texts = [admins.get(edit_url(template), asked).context["form"]["text"].value() for asked in ({}, {"from": "1.0.0"})]
    assert [yaml_reader.loads(text.encode()) for text in texts] == [
        without_version(document(description="newest")),
        without_version(document()),
    ]


def test_an_update_that_breaks_more_than_it_says_is_warned_of(admins, template):
    changed = written(without_version(document(steps=1)))
    answer = save(admins, edit_url(template), update_type="patch", **changed)
    assert "this needs a major update, and 1.0.0 to 1.0.1 is a patch one" in page(answer)


def test_an_update_that_breaks_more_than_it_says_is_refused_where_settings_say_so(admins, template, settings):
    settings.BREAKING_CHANGES = "refuse"
    changed = written(without_version(document(steps=1)))
    answer = save(admins, edit_url(template), update_type="patch", **changed)
    assert "1.0.0 to 1.0.1 is a patch update." in page(answer)
    assert versions() == {"1.0.0": "published"}


def test_an_update_names_no_version(admins, template):
    answer = save(admins, edit_url(template), **written(document(version="3.0.0")))
    assert "leave it out" in page(answer)
    assert versions() == {"1.0.0": "published"}


def test_without_anything_published_the_author_writes_the_number(admin, admins):
    create.create_version(admin, document=document(version="0.1.0"), draft=True)
    url = edit_url(JobTemplate.objects.get())
    assert "version: 0.1.0" in form_of(admins, url)["text"]
    save(admins, url, **written(document(version="0.2.0")))
    assert versions() == {"0.1.0": "draft", "0.2.0": "published"}


def test_a_draft_is_replaced_and_then_published(admins, draft):
    save(admins, draft_url(draft), "draft", **written(document(version="1.1.0", description="better")))
    assert versions() == {"1.0.0": "published", "1.1.0": "draft"}
    save(admins, draft_url(draft), "publish")
    published = TemplateVersion.objects.get(version="1.1.0")
    assert (published.status, published.document["description"]) == ("published", "better")


def test_a_draft_keeps_its_number(admins, draft):
    answer = save(admins, draft_url(draft), "draft", **written(document(version="2.0.0")))
    assert "the draft is version 1.1.0" in page(answer)


def test_what_is_published_is_not_edited(admins, template):
    version = TemplateVersion.objects.get()
    answer = admins.get(draft_url(version), follow=True)
    assert "is published: it never changes again." in page(answer)


# -- two people at once


def test_who_saves_second_sees_what_changed_and_loses_nothing(admin, admins, template):
    url = edit_url(template)
    mine = {**form_of(admins, url), **written(without_version(document(description="mine"))), "act": "publish"}
    update.update_template(
        SYSTEM, template_id="sample", document=without_version(document(name="Theirs")), update_type="minor"
    )
    answer = admins.post(url, mine)
    assert "Nothing was saved: sample 1.1.0 has changed since you read it" in page(answer)
    assert changed_to(answer) == ["version: 1.1.0", "name: Theirs"]
    form = answer.context["form"]
    assert json.loads(form["text"].value()) == without_version(document(description="mine"))
    assert versions() == {"1.0.0": "published", "1.1.0": "published"}


def test_who_has_seen_what_changed_saves_on_top_of_it(admin, admins, template):
    url = edit_url(template)
    mine = {**form_of(admins, url), **written(without_version(document(description="mine"))), "act": "publish"}
    update.update_template(SYSTEM, template_id="sample", document=without_version(document(name="Theirs")))
    form = admins.post(url, mine).context["form"]
    admins.post(url, {**{name: form[name].value() for name in form.fields}, "act": "publish"})
    newest = TemplateVersion.objects.get(version="1.0.2")
    assert newest.document["description"] == "mine"


def test_a_draft_that_somebody_else_replaced_is_not_overwritten_unseen(admin, admins, draft):
    url = draft_url(draft)
    mine = {**form_of(admins, url), **written(document(version="1.1.0", description="mine")), "act": "draft"}
    theirs = document(version="1.1.0", name="Theirs")
    update.replace_draft(SYSTEM, template_id="sample", version="1.1.0", document=theirs)
    answer = admins.post(url, mine)
    assert changed_to(answer) == ["name: Theirs"]
    assert "mine" in answer.context["form"]["text"].value()
    assert TemplateVersion.objects.get(pk=draft.pk).document == theirs


@pytest.mark.parametrize("seen", ["", "nonsense", "[]", '{"steps": 1}'])
def test_a_page_that_does_not_say_what_was_read_is_no_fault(seen, admins, template):
    answer = save(admins, edit_url(template), tag='"old"', seen=seen)
    assert "Nothing was saved" in page(answer)


def test_a_draft_that_was_published_meanwhile_is_not_changed_and_the_text_stays(admins, draft):
    mine = {**form_of(admins, draft_url(draft)), "act": "draft"}
    lifecycle.publish(SYSTEM, template_id="sample", version="1.1.0")
    answer = admins.post(draft_url(draft), mine)
    assert "it is now published" in page(answer)
    assert answer.context["form"]["text"].value() == mine["text"]
    again = admins.post(draft_url(draft), {**mine, "tag": answer.context["form"]["tag"].value()})
    assert "sample 1.1.0 is published: it never changes again." in page(again)


def test_a_text_whose_draft_was_deleted_meanwhile_can_be_kept(admins, draft):
    mine = {**form_of(admins, draft_url(draft)), "act": "draft"}
    lifecycle.delete_draft(SYSTEM, template_id="sample", version="1.1.0")
    answer = admins.post(draft_url(draft), mine)
    assert answer.status_code == 404
    assert mine["text"].strip() in html.unescape(page(answer))


def test_a_text_whose_author_may_not_change_the_template_any_more_can_be_kept(sam, sams, template):
    assign_perm("view_jobtemplate", sam, template)
    assign_perm("change_jobtemplate", sam, template)
    mine = {**form_of(sams, edit_url(template)), "act": "publish"}
    remove_perm("change_jobtemplate", sam, template)
    answer = sams.post(edit_url(template), mine)
    assert answer.status_code == 403
    assert mine["text"].strip() in html.unescape(page(answer))


def test_saving_takes_a_button(admins):
    answer = admins.post(ADD, written(document("mine")))
    assert "Choose a button" in page(answer)
    assert versions() == {}


# -- who may


def test_writing_a_new_template_asks_for_the_permission(sams, admin):
    assert sams.get(ADD).status_code == sams.post(ADD).status_code == 403
    assert sams.post(reverse("admin:templates_new_check")).status_code == 403
    maker = browser(staff("kim", "add_jobtemplate"))
    assert maker.post(ADD, {**written(document("kims")), "act": "draft"}).status_code == 302
    assert reverse("admin:templates_jobtemplate_add") in page(maker.get("/admin/templates/jobtemplate/"))


def test_the_name_of_a_template_that_is_not_for_the_author_is_refused(template):
    maker = browser(staff("kim", "add_jobtemplate"))
    answer = maker.post(ADD, {**written(document(version="9.0.0")), "act": "publish"})
    assert "not there for you to change" in page(answer)
    assert versions() == {"1.0.0": "published"}


@pytest.mark.parametrize("of", ["template", "draft"])
def test_writing_asks_for_change_on_the_template(of, request, sam, sams, draft):
    template = JobTemplate.objects.get()
    url = edit_url(template) if of == "template" else draft_url(draft)
    check = f"{url}check/"
    assert sams.get(url).status_code == sams.post(url).status_code == sams.post(check).status_code == 404
    assign_perm("view_jobtemplate", sam, template)
    assert sams.get(url).status_code == sams.post(url).status_code == sams.post(check).status_code == 403
    assign_perm("change_jobtemplate", sam, template)
    assert sams.get(url).status_code == sams.post(check).status_code == 200


def test_a_version_to_begin_from_that_is_not_there_is_a_404(admins, template):
    assert admins.get(edit_url(template), {"from": "9.9.9"}).status_code == 404
