"""Two versions side by side."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm

from apps.templates.models import JobTemplate
from tests.support.people import publish

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(admin):
    publish(admin, version="1.0.0")
    publish(admin, version="1.1.0", description="<script>alert(1)</script>")
    publish(admin, version="1.2.0", steps=1)
    return JobTemplate.objects.get()


def url(template):
    return reverse("admin:templates_compare", args=[template.pk])


def compared(client, template, **asked):
    return client.get(url(template), asked).context


def test_any_two_versions_are_compared(admins, template):
    context = compared(admins, template, **{"from": "1.0.0", "to": "1.2.0"})
    removed = [part.text for row in context["rows"] if row.kind == "remove" for part in row.left.segments]
    assert any("s2" in text for text in removed)


def test_the_newest_is_compared_with_the_one_before_it_unless_others_are_named(admins, template):
    context = compared(admins, template)
    assert (context["old"], context["new"]) == ("1.1.0", "1.2.0")
    assert compared(admins, template, to="1.1.0")["old"] == "1.0.0"


def test_what_breaks_is_marked_with_the_update_that_it_needs(admins, template):
    update = compared(admins, template, **{"from": "1.0.0", "to": "1.2.0"})["update"]
    assert (update["needs"], update["enough"]) == ("major", False)
    page = admins.get(url(template), {"from": "1.0.0", "to": "1.2.0"}).content.decode()
    assert "needs a <strong>major</strong> update, which 1.2.0 is not" in page


def test_backwards_nothing_is_asked_of_the_number(admins, template):
    assert compared(admins, template, **{"from": "1.2.0", "to": "1.0.0"})["update"]["enough"]


def test_a_version_and_itself_do_not_differ(admins, template):
    page = admins.get(url(template), {"from": "1.0.0", "to": "1.0.0"}).content.decode()
    assert "No differences." in page


def test_what_documents_say_is_no_html(admins, template):
    page = admins.get(url(template), {"from": "1.0.0", "to": "1.1.0"}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page


@pytest.mark.parametrize("asked", [{"from": "9.9.9"}, {"to": "9.9.9"}, {"to": "\0"}])
def test_a_version_that_is_not_there_is_a_404(asked, admins, template):
    assert admins.get(url(template), asked).status_code == 404


def test_a_template_without_versions_has_nothing_to_compare(admins):
    assert admins.get(url(JobTemplate.objects.create(template_id="empty", name="empty"))).status_code == 404


def test_what_is_too_long_to_be_shown_says_so(admin, admins):
    publish(admin, "long", version="1.0.0", output=["x" * 1000] * 2100)
    context = compared(admins, JobTemplate.objects.get())
    assert (context["rows"], context["rest"]) == ([], "The documents are too long to be shown side by side.")


def test_of_very_many_lines_the_first_are_shown(admin, admins):
    for version, item in (("1.0.0", 1), ("1.1.0", 2)):
        publish(admin, "many", version=version, output=[item] * 6000)
    context = compared(admins, JobTemplate.objects.get())
    assert (len(context["rows"]), context["rest"]) == (5000, "These are the first 5,000 lines.")


def test_comparing_asks_for_view_on_the_template(sam, sams, template):
    assert sams.get(url(template)).status_code == 404
    assign_perm("view_jobtemplate", sam, template)
    assert sams.get(url(template)).status_code == 200


def test_more_versions_take_no_more_statements(admin, admins, template):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as found:
            compared(admins, template)
        return len(found)

    compared(admins, template)
    before = statements()
    for minor in range(3, 8):
        publish(admin, version=f"1.{minor}.0")
    assert statements() == before
