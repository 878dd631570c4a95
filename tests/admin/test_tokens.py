"""Issuing and revoking API tokens."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from apps.core.models import ApiToken, User
from tests.support.admin_pages import browser, staff

ADD = "/admin/core/apitoken/add/"
LIST = "/admin/core/apitoken/"


def issue(client, **form):
    return client.post(ADD, {"name": "ci", "expires_at_0": "", "expires_at_1": "", **form})


def test_the_text_of_a_token_is_shown_once_and_opens_the_interface(sam, sams):
    answer = issue(sams)
    text = answer.context["text"]
    assert text in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert Client(headers={"authorization": f"Bearer {text}"}).get("/workflows").status_code == 200
    token = ApiToken.objects.get()
    assert token.user == sam
    for url in (LIST, f"{LIST}{token.pk}/change/"):
        page = sams.get(url).content.decode()
        assert text not in page
        assert token.digest not in page


def test_a_superuser_issues_tokens_for_others(admins, sam):
    assert issue(admins, user=sam.pk).status_code == 200
    assert ApiToken.objects.get().user == sam


def test_staff_issue_tokens_for_themselves_whatever_the_form_says(admin, sam, sams):
    issue(sams, user=admin.pk)
    assert ApiToken.objects.get().user == sam


def test_staff_see_and_revoke_their_own_tokens_only(admin, sam, sams):
    theirs, _ = ApiToken.issue(admin)
    own, text = ApiToken.issue(sam)
    assert list(sams.get(LIST).context["cl"].result_list) == [own]
    sams.post(f"{LIST}{theirs.pk}/delete/", {"post": "yes"})
    sams.post(f"{LIST}{own.pk}/delete/", {"post": "yes"})
    assert list(ApiToken.objects.all()) == [theirs]
    assert Client(headers={"authorization": f"Bearer {text}"}).get("/workflows").status_code == 401


def test_a_token_is_not_issued_for_the_past(sams):
    past = timezone.now() - timedelta(days=1)
    answer = issue(sams, expires_at_0=past.strftime("%Y-%m-%d"), expires_at_1="12:00:00")
    assert "This moment has passed" in answer.content.decode()
    assert not ApiToken.objects.exists()


def test_a_token_cannot_be_changed(admin, admins):
    token, _ = ApiToken.issue(admin, name="before")
    assert admins.post(f"{LIST}{token.pk}/change/", {"name": "after"}).status_code == 403
    assert ApiToken.objects.get().name == "before"


def test_the_list_says_which_tokens_hold(admin, admins):
    gone = User.objects.create_user("gone", is_active=False)
    ApiToken.issue(admin, name="good")
    ApiToken.issue(admin, name="old", expires_at=timezone.now() - timedelta(days=1))
    ApiToken.issue(gone, name="idle")
    page = admins.get(LIST).content.decode()
    assert [word in page for word in ("valid", "expired", "user inactive")] == [True, True, True]


def test_a_new_user_gets_a_password_and_can_log_in(admins):
    form = {
        "username": "kim",
        "usable_password": "true",
        "password1": "A-long-one-4711",
        "password2": "A-long-one-4711",
    }
    assert admins.post("/admin/core/user/add/", form).status_code == 302
    assert Client().login(username="kim", password="A-long-one-4711")


def test_staff_without_tokens_of_their_own_see_an_empty_list(admin):
    ApiToken.issue(admin)
    assert list(browser(staff("kim")).get(LIST).context["cl"].result_list) == []
