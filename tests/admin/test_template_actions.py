"""Publishing, deprecating and deleting: asked about once more, done through the services, refused in words."""

import pytest
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.core.access.policy import SYSTEM
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services import create, update
from tests.support.admin_pages import browser, staff, workflow
from tests.support.people import document, publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(admin):
    publish(admin, version="1.0.0")
    return JobTemplate.objects.get()


@pytest.fixture
def draft(admin, template):
    return create.create_version(admin, document=document(version="1.0.1", steps=1), draft=True).version


def published():
    return TemplateVersion.objects.get(version="1.0.0")


def publish_url(version):
    return reverse("admin:templates_publish", args=[version.pk])


def deprecate_url(version):
    return reverse("admin:templates_deprecate", args=[version.pk])


def delete_draft_url(version):
    return reverse("admin:templates_templateversion_delete", args=[version.pk])


def delete_url(template):
    return reverse("admin:templates_jobtemplate_delete", args=[template.pk])


def done(client, url):
    return client.post(url, follow=True).content.decode()


def statuses():
    return {row.version: row.status for row in TemplateVersion.objects.all()}


def test_a_draft_is_published_and_its_author_told_what_breaks(admins, draft):
    question = admins.get(publish_url(draft)).content.decode()
    assert "Publish sample 1.0.1?" in question
    assert "major" in question
    assert statuses()["1.0.1"] == "draft"
    page = done(admins, publish_url(draft))
    assert "Published sample 1.0.1." in page
    assert "this needs a major update" in page
    assert statuses()["1.0.1"] == "published"


def test_publishing_is_refused_where_settings_refuse_what_breaks(admins, draft, settings):
    settings.BREAKING_CHANGES = "refuse"
    page = done(admins, publish_url(draft))
    assert "1.0.0 to 1.0.1 is a patch update." in page
    assert "/steps/1" in page
    assert statuses()["1.0.1"] == "draft"


def test_a_published_version_is_deprecated(admins, template):
    assert "Nothing is started from it any more" in admins.get(deprecate_url(published())).content.decode()
    assert "Deprecated sample 1.0.0." in done(admins, deprecate_url(published()))
    assert statuses() == {"1.0.0": "deprecated"}


def test_a_draft_cannot_be_deprecated_and_says_why(admins, draft):
    assert "is a draft: delete it, or publish it first." in done(admins, deprecate_url(draft))


def test_a_deprecated_version_cannot_be_published_again(admins, template):
    done(admins, deprecate_url(published()))
    assert "is deprecated: publish a further version." in done(admins, publish_url(published()))


def test_a_draft_is_deleted(admins, draft):
    assert "It is gone for good." in admins.get(delete_draft_url(draft)).content.decode()
    assert "Deleted the draft sample 1.0.1." in done(admins, delete_draft_url(draft))
    assert statuses() == {"1.0.0": "published"}


def test_what_was_published_is_not_deleted_and_says_why(admins, template):
    assert "is not a draft: published versions are kept." in done(admins, delete_draft_url(published()))
    assert statuses() == {"1.0.0": "published"}


def test_a_template_is_deleted_and_gone_from_the_list(admins, template):
    assert "It is hidden, with all its versions" in admins.get(delete_url(template)).content.decode()
    assert "Deleted sample." in done(admins, delete_url(template))
    assert list(admins.get("/admin/templates/jobtemplate/").context["cl"].result_list) == []


def test_a_template_on_which_workflows_run_is_not_deleted_and_says_why(admins, template):
    workflow(state="RUNNING", finished_at=None, error=None)
    assert "Workflows run on the template sample" in done(admins, delete_url(template))
    assert JobTemplate.objects.get() == template


@pytest.mark.parametrize("url", [publish_url, delete_draft_url])
def test_an_act_is_done_to_what_the_question_was_about_and_to_nothing_else(url, admins, draft):
    asked = admins.get(url(draft)).context["action"].tag
    update.replace_draft(SYSTEM, template_id="sample", version="1.0.1", document=document(version="1.0.1", steps=3))
    page = admins.post(url(draft), {"tag": asked}, follow=True).content.decode()
    assert "Somebody else has changed it since it was read." in page
    assert statuses()["1.0.1"] == "draft"


@pytest.mark.parametrize("url", [publish_url, deprecate_url, delete_draft_url])
def test_acts_on_a_version_ask_for_change_on_its_template(url, sam, sams, draft):
    template = JobTemplate.objects.get()
    before = statuses()
    assert sams.get(url(draft)).status_code == sams.post(url(draft)).status_code == 404
    assign_perm("view_jobtemplate", sam, template)
    assert sams.get(url(draft)).status_code == sams.post(url(draft)).status_code == 403
    assert statuses() == before
    assign_perm("change_jobtemplate", sam, template)
    assert sams.get(url(draft)).status_code == 200


def test_deleting_a_template_asks_for_delete_on_it(sam, sams, template):
    assert sams.get(delete_url(template)).status_code == sams.post(delete_url(template)).status_code == 404
    assign_perm("view_jobtemplate", sam, template)
    assign_perm("change_jobtemplate", sam, template)
    assert sams.get(delete_url(template)).status_code == sams.post(delete_url(template)).status_code == 403
    assign_perm("delete_jobtemplate", sam, template)
    assert sams.post(delete_url(template)).status_code == 302


def test_pages_offer_the_acts_that_one_may_do_and_no_others(sam, sams, draft):
    template = JobTemplate.objects.get()
    page = reverse("admin:templates_jobtemplate_change", args=[template.pk])
    acts = {
        "change": [
            reverse("admin:templates_edit", args=[template.pk]),
            reverse("admin:templates_draft", args=[draft.pk]),
        ],
        "delete": [delete_url(template)],
    }
    assign_perm("view_jobtemplate", sam, template)
    for action, urls in acts.items():
        assert not any(url in sams.get(page).content.decode() for url in urls)
        assign_perm(f"{action}_jobtemplate", sam, template)
        assert all(url in sams.get(page).content.decode() for url in urls)


def test_the_page_of_a_version_offers_what_its_status_allows(admins, draft):
    def page(version):
        return admins.get(reverse("admin:templates_templateversion_change", args=[version.pk])).content.decode()

    of_drafts = [reverse("admin:templates_draft", args=[draft.pk]), publish_url(draft), delete_draft_url(draft)]
    assert all(url in page(draft) for url in of_drafts)
    assert deprecate_url(draft) not in page(draft)
    assert deprecate_url(published()) in page(published())
    assert publish_url(published()) not in page(published())


def test_acts_want_a_token_against_forgery(template):
    client = browser(staff("kim", is_superuser=True))
    client.handler.enforce_csrf_checks = True
    for url in (delete_url(template), deprecate_url(published()), reverse("admin:templates_new_check")):
        assert client.post(url).status_code == 403
    assert statuses() == {"1.0.0": "published"}


def test_a_version_that_is_not_there_is_a_404(admins):
    nobody = "00000000-0000-4000-8000-000000000000"
    for name in ("templates_publish", "templates_deprecate", "templates_draft", "templates_templateversion_delete"):
        assert admins.post(reverse(f"admin:{name}", args=[nobody])).status_code == 404


@pytest.mark.parametrize("name", ["jobtemplate", "templateversion"])
def test_what_cannot_be_a_key_is_a_404(name, admins):
    assert admins.get(reverse(f"admin:templates_{name}_delete", args=["nonsense"])).status_code == 404
