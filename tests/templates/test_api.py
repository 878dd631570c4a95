import json
from typing import Any

import pytest
from django.test import Client

from apps.templates.models import JobTemplate
from tests.support.documents import noop_document
from tests.support.statements import counted
from tests.templates.conftest import client_of, person

pytestmark = pytest.mark.django_db

TEMPLATES = "/api/v1/templates"


def post(client: Client, document: object, path: str = TEMPLATES) -> Any:
    return client.post(path, json.dumps(document), content_type="application/json")


def get(client: Client, path: str = "") -> Any:
    response = client.get(TEMPLATES + path)
    assert response.status_code == 200, response.content
    return response.json()


def problem(response: Any, status: int) -> dict[str, Any]:
    assert response.status_code == status
    assert response["Content-Type"] == "application/problem+json"
    return dict(response.json())


def test_a_template_is_made_and_served_as_it_was_written(author_client):
    document = noop_document(output={"a": 1}, labels={"team": "pay"})
    response = post(author_client, document)
    assert response.status_code == 201
    assert response["Location"] == "http://testserver/api/v1/templates/sample/versions/1.0.0"
    served = get(author_client, "/sample")
    assert served == response.json()
    assert {key: served.pop(key) for key in ("status", "createdAt", "publishedAt")}["status"] == "published"
    assert served == document


def test_times_are_written_in_utc_to_the_microsecond(author_client):
    served = post(author_client, noop_document()).json()
    for key in ("createdAt", "publishedAt"):
        assert len(served[key]) == len("2026-11-22T01:02:03.000000Z")
        assert served[key].endswith("Z")


def test_a_draft_is_read_by_its_version_only(author_client):
    response = post(author_client, noop_document(), f"{TEMPLATES}?draft=true")
    assert response.status_code == 201
    assert (response.json()["status"], response.json()["publishedAt"]) == ("draft", None)
    assert get(author_client, "/sample/versions/1.0.0")["status"] == "draft"
    assert get(author_client)["items"] == []
    problem(author_client.get(f"{TEMPLATES}/sample"), 404)


def test_a_version_that_exists_is_a_conflict(author_client):
    post(author_client, noop_document())
    said = problem(post(author_client, noop_document(name="Other")), 409)
    assert said["detail"] == "The template sample has a version 1.0.0 already."


def test_every_error_of_a_document_points_into_the_body(author_client):
    said = problem(post(author_client, noop_document(version="1", timeout="soon", colour="red")), 400)
    assert {error["pointer"] for error in said["errors"]} == {"/version", "/timeout", "/colour"}
    assert not JobTemplate.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 101 + "]" * 101])
def test_what_is_no_document_is_a_400(author_client, body):
    response = author_client.post(TEMPLATES, body, content_type="application/json")
    assert problem(response, 400)["errors"]


def test_a_body_beyond_five_mebibytes_is_a_413(author_client):
    problem(post(author_client, noop_document(description="x" * 5 * 1024 * 1024)), 413)


def test_a_caller_without_permission_is_refused(db):
    problem(post(client_of(person("guest")), noop_document()), 403)


def test_the_template_of_another_does_not_exist_for_a_caller(author_client, stranger_client):
    post(author_client, noop_document())
    for path in ("/sample", "/sample/versions", "/sample/versions/1.0.0"):
        problem(stranger_client.get(TEMPLATES + path), 404)
    assert get(stranger_client)["items"] == []
    problem(post(stranger_client, noop_document(version="2.0.0")), 404)


def test_who_may_create_none_is_answered_alike_for_a_hidden_template_and_for_none(author_client):
    post(author_client, noop_document())
    guest = client_of(person("guest"))
    absent = problem(post(guest, noop_document(templateId="absent")), 403)
    assert problem(post(guest, noop_document(version="2.0.0")), 403) == absent


@pytest.mark.parametrize("path", ["", "/sample", "/sample/versions", "/sample/versions/1.0.0"])
def test_without_a_token_nothing_is_read(client, path):
    problem(client.get(TEMPLATES + path), 401)


@pytest.mark.parametrize("path", ["", "/validate"])
def test_without_a_token_nothing_is_sent(client, path):
    problem(post(client, noop_document(), TEMPLATES + path), 401)


@pytest.mark.parametrize(
    "path", ["/other", "/a%20b", "/%00", "/sample/versions/9.9.9", "/sample/versions/newest", "/sample/versions/%00"]
)
def test_what_is_not_there_is_a_404(author_client, path):
    post(author_client, noop_document())
    problem(author_client.get(TEMPLATES + path), 404)


def test_the_newest_published_version_is_served_and_listed(author_client):
    for version in ("1.9.0", "1.10.0", "1.2.0"):
        post(author_client, noop_document(version=version))
    assert get(author_client, "/sample")["version"] == "1.10.0"
    assert [item["version"] for item in get(author_client)["items"]] == ["1.10.0"]


def test_a_version_may_be_named_by_a_range(author_client):
    for version in ("1.9.0", "2.0.0"):
        post(author_client, noop_document(version=version))
    assert get(author_client, "/sample/versions/^1.0")["version"] == "1.9.0"


def test_versions_are_listed_with_drafts_the_last_made_first(author_client):
    post(author_client, noop_document(version="2.0.0", output=1))
    post(author_client, noop_document(version="1.0.0"), f"{TEMPLATES}?draft=true")
    items = get(author_client, "/sample/versions")["items"]
    assert [(item["version"], item["status"]) for item in items] == [("1.0.0", "draft"), ("2.0.0", "published")]
    assert all("output" not in item for item in items)


def test_lists_come_in_pages(author_client):
    for name in ("a", "b", "c"):
        post(author_client, noop_document(templateId=name))
    first = get(author_client, "?limit=2")
    second = author_client.get(first["next"]).json()
    assert [item["templateId"] for item in first["items"] + second["items"]] == ["a", "b", "c"]
    assert second["next"] is None


def test_versions_come_in_pages(author_client):
    for minor in range(3):
        post(author_client, noop_document(version=f"1.{minor}.0"))
    first = get(author_client, "/sample/versions?limit=2")
    second = author_client.get(first["next"]).json()
    assert [item["version"] for item in first["items"] + second["items"]] == ["1.2.0", "1.1.0", "1.0.0"]


def test_a_page_of_documents_that_are_too_large_together_is_a_413(author_client):
    large = ["x" * 1_000_000] * 4
    for minor in range(9):
        assert post(author_client, noop_document(version=f"1.{minor}.0", output=large)).status_code == 201
    assert "page by page" in problem(author_client.get(f"{TEMPLATES}/sample/versions"), 413)["detail"]
    assert len(get(author_client, "/sample/versions?limit=8")["items"]) == 8


@pytest.mark.parametrize("query", ["?limit=0", "?limit=201", "?cursor=x", "?colour=red"])
def test_a_bad_query_of_a_list_is_a_400(author_client, query):
    problem(author_client.get(TEMPLATES + query), 400)


@pytest.mark.parametrize("query", ["?draft=yes", "?colour=red"])
def test_a_bad_query_stores_nothing(author_client, query):
    problem(post(author_client, noop_document(), TEMPLATES + query), 400)
    assert not JobTemplate.objects.exists()


def test_a_right_document_is_valid_and_not_stored(author_client):
    response = post(author_client, noop_document(), f"{TEMPLATES}/validate")
    assert (response.status_code, response.json()) == (200, {"valid": True, "errors": []})
    assert not JobTemplate.objects.exists()


def test_a_wrong_document_is_told_all_its_errors(author_client):
    response = post(author_client, noop_document(version=1, timeout="soon"), f"{TEMPLATES}/validate")
    assert response.status_code == 200
    assert response.json()["valid"] is False
    assert {error["pointer"] for error in response.json()["errors"]} == {"/version", "/timeout"}


def test_a_template_may_be_called_validate(author_client):
    post(author_client, noop_document(templateId="validate"))
    assert get(author_client, "/validate")["templateId"] == "validate"


def statements(client: Client, path: str) -> int:
    with counted() as count:
        get(client, path)
    return count.number


def test_a_longer_list_asks_the_database_no_more_often(author_client):
    post(author_client, noop_document(templateId="t0"))
    get(author_client)
    before = statements(author_client, ""), statements(author_client, "/t0/versions")
    for number in range(1, 5):
        post(author_client, noop_document(templateId=f"t{number}"))
        post(author_client, noop_document(templateId="t0", version=f"1.{number}.0"))
    assert (statements(author_client, ""), statements(author_client, "/t0/versions")) == before == (3, 4)


def test_a_detail_costs_three_statements(author_client):
    post(author_client, noop_document())
    get(author_client, "/sample")
    # The token and its user; the template, if the caller may view it; the newest version.
    assert statements(author_client, "/sample") == 3
