"""Calls whose templates hold credentials are refused when the template is made, not when the job runs."""

from typing import Any

import pytest

from apps.templates.documents.step_types import Registry
from apps.templates.documents.validation import validate
from apps.workflows.executor.job_types.external_api_call import ExternalApiCall
from tests.job_types.attempts import attempt
from tests.support.documents import document, step
from tests.support.gateway import Gateway

TYPES = Registry(ExternalApiCall.spec)
URL = "https://example.com/orders"
GITHUB = "ghp_" + "a1B2" * 9


def errors(**config: Any) -> list[tuple[str, str]]:
    """Pairs of a pointer into the config and a message."""
    call = step("call", type="external_api_call", config={"api_endpoint": URL, **config})
    return [(p.pointer.removeprefix("/steps/0/config"), p.message) for p in validate(document(call), TYPES)]


@pytest.mark.parametrize(
    ("config", "pointer"),
    [
        ({"headers": {"Authorization": "Bearer hunter2"}}, "/headers/Authorization"),
        ({"headers": {"X-Api-Key": 12345}}, "/headers/X-Api-Key"),
        ({"headers": {"X-Custom": f"key {GITHUB}"}}, "/headers/X-Custom"),
        ({"query": {"access_token": "hunter2"}}, "/query/access_token"),
        ({"query": {"access_token": ["${TOKEN}", "hunter2"]}}, "/query/access_token/1"),
        ({"api_endpoint": URL + "?api_key=hunter2&page=2#end"}, "/api_endpoint"),
        ({"api_endpoint": URL + "/${input.id}?a=1&api%5Fkey=hunter2"}, "/api_endpoint"),
        ({"api_endpoint": f"{URL}/{GITHUB}/send"}, "/api_endpoint"),
        ({"api_endpoint": "https://ann:hunter2@example.com/"}, "/api_endpoint"),
        ({"api_endpoint": "https://ann:hunter2@example.com/${input.id}"}, "/api_endpoint"),
        ({"api_endpoint": "https://${USER}:${PASSWORD}@example.com/"}, "/api_endpoint"),
        ({"headers": {"Authorization": "Bearer hunter2"}, "maxBytes": "${input.most}"}, "/headers/Authorization"),
    ],
)
def test_a_credential_in_a_call_is_refused_with_its_place_and_without_its_value(config: Any, pointer: str):
    [(place, said)] = errors(**config)
    assert place == pointer
    assert not any(secret in said for secret in ("hunter2", "12345", GITHUB))


@pytest.mark.parametrize(
    "config",
    [
        {"headers": {"Authorization": "Bearer ${API_KEY}", "Content-Type": "text/plain", "Idempotency-Key": "order-1"}},
        {"headers": {"X-Api-Key": "${input.key}"}, "query": {"page_token": "CAUQAA", "token": ["${TOKEN}"]}},
        {"api_endpoint": URL + "?api_key=${API_KEY}&at=a@example.com"},
        {"api_endpoint": "https://example.com/@ann"},
        {"api_endpoint": "${input.url}"},
        {"headers": "${input.headers}", "query": "${input.query}"},
    ],
)
def test_placeholders_and_harmless_texts_pass(config: Any):
    assert errors(**config) == []


def test_what_was_filled_in_is_no_literal(server: Gateway):
    config = {"api_endpoint": server.url, "headers": {"Authorization": "Bearer ${API_KEY}"}}
    attempt(ExternalApiCall(), config, secret=lambda name: GITHUB)
    assert server.received[0].headers["authorization"] == f"Bearer {GITHUB}"
