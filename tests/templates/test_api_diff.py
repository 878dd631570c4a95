"""``GET /templates/{templateId}/diff``."""

from typing import Any

import pytest

from apps.core.access import policy
from apps.templates.comparison import diff
from apps.templates.services.create import create_version
from tests.support.documents import noop_document
from tests.support.statements import counted
from tests.templates.conftest import client_of, person

pytestmark = pytest.mark.django_db

PATH = "/api/v1/templates/sample/diff"


def publish(user: Any, version: str, *, draft: bool = False, **keys: Any) -> None:
    create_version(user, document=noop_document(version=version, **keys), draft=draft)


@pytest.fixture
def versions(author):
    publish(author, "1.0.0", outputSchema={"required": ["id"]})
    publish(author, "1.1.0", name="Sample", outputSchema={"required": ["id"]})
    publish(author, "2.0.0", name="Sample")
    publish(author, "2.1.0", draft=True)


def get(client: Any, query: str = "", status: int = 200) -> Any:
    response = client.get(PATH + query)
    assert response.status_code == status, response.content
    return response.json()


def test_the_newest_version_is_compared_with_the_one_before(author_client, versions):
    assert get(author_client) == {
        "templateId": "sample",
        "from": "1.1.0",
        "to": "2.0.0",
        "changes": [
            {"op": "replace", "pointer": "/version", "old": "1.1.0", "new": "2.0.0"},
            {"op": "remove", "pointer": "/outputSchema/required", "old": ["id"]},
        ],
        "text": "--- sample 1.1.0\n"
        "+++ sample 2.0.0\n"
        "@@ -1,12 +1,10 @@\n"
        " templateId: sample\n"
        "-version: 1.1.0\n"
        "+version: 2.0.0\n"
        " steps:\n"
        "   - name: only\n"
        "     type: noop\n"
        "     config: {}\n"
        " inputSchema:\n"
        "   type: object\n"
        "-outputSchema:\n"
        "-  required:\n"
        "-    - id\n"
        "+outputSchema: {}\n"
        " name: Sample\n",
        "needs": "major",
        "reasons": [
            {
                "pointer": "/outputSchema",
                "message": "no longer promised to readers: must have the key 'id'",
                "needs": "major",
            }
        ],
    }


@pytest.mark.parametrize(
    ("query", "pair"),
    [
        ("?from=1.0.0", ("1.0.0", "2.0.0")),
        ("?to=1.1.0", ("1.0.0", "1.1.0")),
        ("?from=^1&to=latest", ("1.1.0", "2.0.0")),
        ("?from=2.0.0&to=1.0.0", ("2.0.0", "1.0.0")),
        ("?to=2.1.0", ("2.0.0", "2.1.0")),
        ("?from=1.0.0&to=1.0.0", ("1.0.0", "1.0.0")),
    ],
)
def test_versions_are_named_by_number_or_by_range(author_client, versions, query, pair):
    found = get(author_client, query)
    assert (found["from"], found["to"]) == pair


def test_versions_that_say_the_same_do_not_differ(author_client, versions):
    found = get(author_client, "?from=1.0.0&to=1.0.0")
    assert (found["changes"], found["text"], found["needs"], found["reasons"]) == ([], "", "patch", [])


def test_a_step_that_was_moved_says_where_it_stood(author, author_client):
    steps = [{"name": name, "type": "noop", "config": {}} for name in "ab"]
    publish(author, "1.0.0", steps=steps)
    publish(author, "1.1.0", steps=steps[::-1])
    assert {"op": "move", "pointer": "/steps/0", "from": "/steps/1"} in get(author_client)["changes"]


def test_the_first_version_has_none_before_it(author, author_client):
    publish(author, "1.0.0")
    assert "name the one to compare it with" in get(author_client, status=404)["detail"]


@pytest.mark.parametrize("query", ["?from=9.9.9", "?to=^9", "?from=no%20range"])
def test_what_is_not_there_is_not_found(author_client, versions, query):
    get(author_client, query, status=404)


def test_a_parameter_that_is_not_known_is_refused(author_client, versions):
    assert get(author_client, "?form=1.0.0", status=400)["errors"][0]["pointer"] == "/form"


def test_who_may_not_see_the_template_sees_no_difference(stranger_client, client, versions):
    get(stranger_client, status=404)
    assert client.get(PATH).status_code == 401


def test_who_may_see_it_may_compare(author, versions):
    reader = person("reader", "view_jobtemplate")
    assert get(client_of(reader))["needs"] == "major"


def test_documents_that_are_too_long_for_a_text_are_compared_value_by_value(author_client, versions, monkeypatch):
    monkeypatch.setattr(diff, "MAX_TEXT_LENGTH", 50)
    found = get(author_client)
    assert found["text"] is None
    assert len(found["changes"]) == 2


def test_however_many_versions_there_are_the_statements_stay_as_many(author, author_client, versions):
    # The first call notes that the token is used.
    get(author_client)
    with counted() as few:
        get(author_client)
    for minor in range(1, 9):
        publish(policy.SYSTEM, f"3.{minor}.0")
    with counted() as many:
        get(author_client)
    assert many.number == few.number
