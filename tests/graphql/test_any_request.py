"""Whatever is asked, the answer is one of GraphQL or a problem, and never a fault of the server."""

from typing import Any

import schemathesis
from django.test import Client
from graphql import NameNode, ObjectFieldNode, introspection_from_schema
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.graphql.asking import JSON, PATH, RESPONSE_JSON
from tests.graphql.everything import SCHEMA

KNOWN_CODES = {
    *("GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "LIMIT_EXCEEDED", "BAD_USER_INPUT", "FORBIDDEN"),
    *("NOT_FOUND", "CONFLICT", "PRECONDITION_FAILED", "TOO_LARGE"),
}
nodes = schemathesis.graphql.nodes
LEAVES = st.one_of(
    st.text().map(nodes.String),
    st.integers(-(2**60), 2**60).map(nodes.Int),
    st.floats(allow_nan=False, allow_infinity=False).map(nodes.Float),
    st.booleans().map(nodes.Boolean),
    st.just(nodes.Null),
)
NAMES = st.sampled_from(["templateId", "version", "steps", "name", "type", "config", "inputSchema", "amount", "x"])


def objects(values: Any) -> Any:
    def of(fields: dict[str, Any]) -> Any:
        return nodes.Object(
            fields=[ObjectFieldNode(name=NameNode(value=name), value=value) for name, value in fields.items()]
        )

    return st.dictionaries(NAMES, values, max_size=5).map(of)


VALUES = st.recursive(LEAVES, lambda inner: objects(inner) | st.lists(inner, max_size=3).map(nodes.List), max_leaves=8)
schemathesis.graphql.scalar("JSON", VALUES)
schemathesis.graphql.scalar("JSONObject", objects(VALUES))
schemathesis.graphql.scalar("DateTime", st.sampled_from(["2026-11-22T01:02:03Z", "now", ""]).map(nodes.String))
QUERIES = schemathesis.graphql.from_dict({"data": dict(introspection_from_schema(SCHEMA))})

# Pieces of the language, in any order.
PIECES = st.sampled_from(
    [
        *(
            "{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ":",
            "!",
            "$",
            "@",
            "...",
            "=",
            "|",
            "&",
            ",",
            "#",
            '"',
            '"""',
            "\\u0000",
            "\ud7ff",
        ),
        *("query", "mutation", "subscription", "fragment", "on", "type", "true", "null", "-1", "1e999", "9" * 5000),
        *("jobTemplates", "jobTemplate", "workflows", "id", "first", "filter", "$x", "__typename", "__schema", "Query"),
    ]
)
BOUNDS = settings(
    derandomize=True,
    max_examples=200,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def check(client: Client, body: dict[str, Any]) -> Any:
    answer = client.post(PATH, body, JSON, headers={"accept": RESPONSE_JSON})
    assert answer.status_code in (200, 400)
    codes = {error["extensions"]["code"] for error in answer.json().get("errors", ()) if "extensions" in error}
    assert codes <= KNOWN_CODES
    return answer


@BOUNDS
@given(data=st.data())
def test_any_query_and_mutation_of_the_schema(as_ann, data):
    query = data.draw(QUERIES.as_strategy()).body
    assert check(as_ann, {"query": query})["content-type"].startswith(RESPONSE_JSON)


@BOUNDS
@given(pieces=st.lists(PIECES | st.text(max_size=5), max_size=30))
def test_any_text(as_ann, pieces):
    query = " ".join(pieces).encode("utf-8", "replace").decode()
    check(as_ann, {"query": query})


@BOUNDS
@given(
    variables=st.dictionaries(
        st.sampled_from(["id", "version", "filter", "first", "after", "other"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
            max_leaves=6,
        ),
    )
)
def test_any_variables(as_ann, variables):
    query = """query($id: ID = "sample", $version: String, $filter: JobTemplateFilter, $first: Int, $after: ID) {
        jobTemplate(id: $id, version: $version) { id }
        jobTemplates(filter: $filter, first: $first, after: $after) { id }
    }"""
    check(as_ann, {"query": query, "variables": variables})
