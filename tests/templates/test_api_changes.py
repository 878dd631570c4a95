"""Changing templates by REST."""

import json
from typing import Any

import pytest
from django.test import Client

from apps.templates.models import JobTemplate, TemplateVersion
from tests.support.documents import noop_document
from tests.templates.conftest import client_of, person
from tests.templates.test_api import TEMPLATES, get, post, problem

pytestmark = pytest.mark.django_db

SAMPLE = f"{TEMPLATES}/sample"


def put(client: Client, document: object, path: str = SAMPLE, **headers: str) -> Any:
    return client.put(path, json.dumps(document), content_type="application/json", headers=headers)


def update(**keys: object) -> dict[str, object]:
    document = noop_document(**keys)
    del document["version"]
    return document


def test_an_update_is_published_as_the_next_version(author_client):
    post(author_client, noop_document())
    answer = put(author_client, update(updateType="minor", description="changed"))
    assert (answer.status_code, answer.json()["version"], answer.json()["status"]) == (200, "1.1.0", "published")
    assert "updateType" not in answer.json()
    assert get(author_client, "/sample") == answer.json()


def test_without_a_kind_an_update_is_a_patch(author_client):
    post(author_client, noop_document())
    assert put(author_client, update()).json()["version"] == "1.0.1"


@pytest.mark.parametrize("kind", ["huge", "", None, 1, ["patch"], {"a": 1}])
def test_another_kind_is_a_400(author_client, kind):
    post(author_client, noop_document())
    said = problem(put(author_client, update(updateType=kind)), 400)
    assert [error["pointer"] for error in said["errors"]] == ["/updateType"]


@pytest.mark.parametrize("body", [[], None, "text", {}, {"version": "2.0.0"}, {"status": "published"}])
def test_what_is_no_update_is_a_400_and_changes_nothing(author_client, body):
    post(author_client, noop_document())
    assert problem(put(author_client, body), 400)["errors"]
    assert TemplateVersion.objects.count() == 1


def test_the_tag_of_what_was_read_lets_one_change_it(author_client):
    post(author_client, noop_document())
    tag = author_client.get(SAMPLE)["ETag"]
    answer = put(author_client, update(), **{"If-Match": tag})
    assert answer.status_code == 200
    assert answer["ETag"] == author_client.get(SAMPLE)["ETag"] != tag
    problem(put(author_client, update(), **{"If-Match": tag}), 412)
    assert put(author_client, update(), **{"If-Match": f'"other", {answer["ETag"]}'}).status_code == 200
    assert put(author_client, update(), **{"If-Match": "*"}).status_code == 200


def test_a_weak_tag_never_matches(author_client):
    post(author_client, noop_document())
    tag = author_client.get(SAMPLE)["ETag"]
    problem(put(author_client, update(), **{"If-Match": f"W/{tag}"}), 412)
    for tags in ('W/"other",{}', 'W/"other", {}', '{},W/"other"'):
        answer = put(author_client, update(), **{"If-Match": tags.format(tag)})
        assert answer.status_code == 200
        tag = answer["ETag"]


def test_what_was_read_and_is_published_no_more_is_stale(author_client):
    post(author_client, noop_document())
    tag = author_client.get(SAMPLE)["ETag"]
    assert author_client.post(f"{SAMPLE}/versions/1.0.0/deprecate").status_code == 200
    for read in (tag, "*"):
        problem(put(author_client, update(), **{"If-Match": read}), 412)
    problem(put(author_client, update()), 409)


@pytest.mark.parametrize("tag", ["", "plain", '"open', '"a" "b"', '"a",', '*, "a"'])
def test_what_is_no_tag_is_a_400(author_client, tag):
    post(author_client, noop_document())
    problem(put(author_client, update(), **{"If-Match": tag}), 400)


def test_who_has_it_already_is_told_so_without_a_body(author_client):
    post(author_client, noop_document())
    tag = author_client.get(SAMPLE)["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', f'"other",{tag}', "*"):
        answer = author_client.get(SAMPLE, headers={"If-None-Match": known})
        assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", tag)
    assert author_client.get(SAMPLE, headers={"If-None-Match": '"other"'}).status_code == 200


def test_a_version_has_another_tag_once_its_status_is_another(author_client):
    post(author_client, noop_document(), f"{TEMPLATES}?draft=true")
    tags = {author_client.get(f"{SAMPLE}/versions/1.0.0")["ETag"]}
    for act in ("publish", "deprecate"):
        assert author_client.post(f"{SAMPLE}/versions/1.0.0/{act}").status_code == 200
        tags.add(author_client.get(f"{SAMPLE}/versions/1.0.0")["ETag"])
    assert len(tags) == 3


def test_a_draft_whose_keys_stand_in_another_order_has_another_tag(author_client):
    post(author_client, noop_document(), f"{TEMPLATES}?draft=true")
    draft = f"{SAMPLE}/versions/1.0.0"
    before = author_client.get(draft)
    assert put(author_client, dict(reversed(noop_document().items())), draft).status_code == 200
    after = author_client.get(draft, headers={"If-None-Match": before["ETag"]})
    assert (after.status_code, list(after.json())[:5]) == (200, list(reversed(noop_document())))


def test_a_breaking_patch_is_stored_with_a_warning(author_client):
    post(author_client, noop_document())
    steps = [{"name": "renamed", "type": "noop", "config": {}}]
    answer = put(author_client, update(steps=steps))
    assert answer.status_code == 200
    assert any("major" in warning for warning in answer.json()["warnings"])


def test_or_it_is_a_409_that_tells_what_breaks(author_client, settings):
    settings.BREAKING_CHANGES = "refuse"
    post(author_client, noop_document())
    steps = [{"name": "renamed", "type": "noop", "config": {}}]
    assert problem(put(author_client, update(steps=steps)), 409)["errors"]
    assert get(author_client, "/sample")["version"] == "1.0.0"


def test_a_draft_is_replaced_published_and_deprecated(author_client):
    post(author_client, noop_document(), f"{TEMPLATES}?draft=true")
    draft = f"{SAMPLE}/versions/1.0.0"
    tag = author_client.get(draft)["ETag"]
    assert put(author_client, noop_document(description="x"), draft, **{"If-Match": tag}).status_code == 200
    problem(put(author_client, noop_document(), draft, **{"If-Match": tag}), 412)
    assert author_client.post(f"{draft}/publish").json()["status"] == "published"
    problem(put(author_client, noop_document(), draft), 409)
    assert author_client.post(f"{draft}/deprecate").json()["status"] == "deprecated"
    problem(author_client.post(f"{draft}/publish"), 409)
    problem(author_client.get(SAMPLE), 404)


@pytest.mark.parametrize("act", ["publish", "deprecate"])
def test_publishing_and_deprecating_take_no_body(act, author_client):
    post(author_client, noop_document(), f"{TEMPLATES}?draft={'true' if act == 'publish' else 'false'}")
    path = f"{SAMPLE}/versions/1.0.0/{act}"
    for body in ("[]", "{", '{"version": "2.0.0"}', '"x"'):
        problem(author_client.post(path, body, content_type="application/json"), 400)
    for body in ("", "{}"):
        assert author_client.post(path, body, content_type="application/json").json()["status"].startswith(act)


def test_a_draft_is_deleted_and_nothing_else(author_client):
    post(author_client, noop_document())
    post(author_client, noop_document(version="2.0.0"), f"{TEMPLATES}?draft=true")
    assert author_client.delete(f"{SAMPLE}/versions/2.0.0").status_code == 204
    problem(author_client.delete(f"{SAMPLE}/versions/2.0.0"), 404)
    problem(author_client.delete(f"{SAMPLE}/versions/1.0.0"), 409)


def test_a_template_is_deleted(author_client):
    post(author_client, noop_document())
    answer = author_client.delete(SAMPLE)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(author_client.get(SAMPLE), 404)
    problem(author_client.delete(SAMPLE), 404)
    assert get(author_client)["items"] == []


def test_while_a_workflow_runs_on_it_deleting_is_a_409(author_client, redis_server):
    post(author_client, noop_document())
    body = json.dumps({"templateId": "sample", "input": {}})
    assert author_client.post("/workflows", body, content_type="application/json").status_code == 201
    problem(author_client.delete(SAMPLE), 409)


CHANGES = [("put", ""), ("delete", ""), ("post", "/versions/1.0.0/publish"), ("post", "/versions/1.0.0/deprecate")]
CHANGES += [("put", "/versions/1.0.0"), ("delete", "/versions/1.0.0")]


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_each_change_asks_who_it_is(client, author_client, stranger_client, method, path):
    post(author_client, noop_document(), f"{TEMPLATES}?draft=true")
    body = json.dumps(noop_document() if path else update()) if method == "put" else ""
    viewer = client_of(person("viewer", "view_jobtemplate"))
    for caller, status in ((client, 401), (stranger_client, 404), (viewer, 403)):
        problem(getattr(caller, method)(SAMPLE + path, body, content_type="application/json"), status)
    assert TemplateVersion.objects.get().status == "draft"


STALE = [("delete", ""), ("post", "/versions/2.0.0/publish"), ("delete", "/versions/2.0.0")]
STALE += [("post", "/versions/1.0.0/deprecate"), ("put", "/versions/1.0.0")]


@pytest.mark.parametrize(("method", "path"), STALE)
def test_nothing_is_done_to_what_is_another_than_was_read(author_client, method, path):
    post(author_client, noop_document())
    post(author_client, noop_document(version="2.0.0"), f"{TEMPLATES}?draft=true")
    headers = {"If-Match": '"0a1b2c"'}
    before = list(TemplateVersion.objects.order_by("id").values())
    body = json.dumps(noop_document()) if method == "put" else ""
    problem(getattr(author_client, method)(SAMPLE + path, body, "application/json", headers=headers), 412)
    assert list(TemplateVersion.objects.order_by("id").values()) == before
    assert JobTemplate.objects.exists()


@pytest.mark.parametrize(("method", "path"), STALE[:-1])
def test_it_is_done_to_what_was_read(author_client, method, path):
    post(author_client, noop_document())
    post(author_client, noop_document(version="2.0.0"), f"{TEMPLATES}?draft=true")
    read = SAMPLE + path.removesuffix("/publish").removesuffix("/deprecate")
    headers = {"If-Match": author_client.get(read)["ETag"]}
    assert getattr(author_client, method)(SAMPLE + path, headers=headers).status_code in (200, 204)


# -- finding


@pytest.fixture
def three(author_client) -> Client:
    post(author_client, noop_document(templateId="pay", name="Payment", labels={"team": "red", "tier": "1"}))
    post(
        author_client, noop_document(templateId="bill", name="Bill", labels={"team": "red"}, description="Überweisung")
    )
    wait = {"name": "pause", "type": "wait", "config": {"duration": "1s"}}
    post(author_client, noop_document(templateId="nap", steps=[wait], labels={"a:b": "c"}))
    return author_client


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("name=Payment", ["pay"]),
        ("name=payment", []),
        ("label=team:red", ["bill", "pay"]),
        ("label=team:red&label=tier:1", ["pay"]),
        ("label=team:blue", []),
        ("label=a:b:c", ["nap"]),
        ("type=wait", ["nap"]),
        ("type=noop&label=tier:1", ["pay"]),
        ("search=PAY", ["pay"]),
        ("search=überw", ["bill"]),
        ("search=ÜBERW", ["bill"]),
        ("search=u\u0308berw", ["bill"]),
        ("search=pause", ["nap"]),
        ("search=%25", []),
        ("search=", ["bill", "nap", "pay"]),
    ],
)
def test_templates_are_found_by_name_label_step_type_and_text(three, query, found):
    assert [item["templateId"] for item in get(three, f"?{query}")["items"]] == found


def test_only_the_newest_published_version_is_looked_at(three):
    post(three, noop_document(templateId="pay", version="2.0.0", name="Other"))
    assert get(three, "?label=tier:1")["items"] == []
    assert get(three, "?name=Other")["items"][0]["version"] == "2.0.0"
    three.post(f"{TEMPLATES}/pay/versions/2.0.0/deprecate")
    assert [item["version"] for item in get(three, "?label=tier:1")["items"]] == ["1.0.0"]


def test_what_is_found_is_what_one_may_see(three, stranger_client):
    assert get(stranger_client, "?label=team:red")["items"] == []


@pytest.mark.parametrize("query", ["label=team", "label=:red", "name=a&name=b", "search=%00", "type=" + "x" * 501])
def test_a_question_that_cannot_be_read_is_a_400(author_client, query):
    problem(author_client.get(f"{TEMPLATES}?{query}"), 400)
