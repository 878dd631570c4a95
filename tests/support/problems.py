"""Reading problem documents in tests."""

from typing import Any


def problem(answer: Any, status: int) -> dict[str, Any]:
    """The problem document of an answer that must be one, of this status."""
    assert answer.status_code == status, answer.content
    assert answer["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert {"type", "title", "status", "detail", "errors"} <= body.keys()
    assert body["status"] == status
    return body


def pointers(answer: Any, status: int = 400) -> list[str]:
    """The places that the problem points at, sorted."""
    return sorted(error["pointer"] for error in problem(answer, status)["errors"])
