"""Starts payments through REST and tells each change of their workflows and jobs, in the order it happened."""

import json
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx

INPUTS = Path(__file__).parent / "inputs"
PAUSE_SECONDS = 0.05
COLOURS = {"COMPLETED": 32, "FAILED": 31, "RETRYING": 33}


class NotEnded(Exception):
    """Some payments did not come to their end in time."""


@dataclass
class Payment:
    """One workflow, and what it is to come to."""

    label: str
    remark: str
    wanted: str
    workflow: dict[str, Any] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)

    @property
    def has_ended(self) -> bool:
        return self.workflow["state"] in ("COMPLETED", "FAILED", "CANCELLED")

    @property
    def is_as_wanted(self) -> bool:
        return bool(self.workflow) and self.workflow["state"] == self.wanted


def payments() -> list[Payment]:
    return [
        Payment("approved", "a good card", "COMPLETED"),
        Payment("refused", "a card that its bank declines", "FAILED"),
        Payment("flaky", "a good card, but the gateway fails twice first", "COMPLETED"),
    ]


def start(client: httpx.Client, template_id: str, wanted: Sequence[Payment]) -> None:
    """Start them all with one request, each with its input from ``inputs/``."""
    bodies = [{"templateId": template_id, "input": _input(one), "labels": {"demo": one.label}} for one in wanted]
    answer = client.post("/workflows/batch", json={"workflows": bodies}).raise_for_status().json()
    for payment, workflow in zip(wanted, answer["workflows"], strict=True):
        payment.workflow = workflow


def follow(client: httpx.Client, watched: Sequence[Payment], seconds: float) -> None:
    """Print every change until all have ended. Raises :class:`NotEnded` after so many seconds."""
    deadline = time.monotonic() + seconds
    started = min(_time(payment.workflow["createdAt"]) for payment in watched)
    while True:
        for payment in watched:
            payment.workflow = client.get(_path(payment)).raise_for_status().json()
        # Read after the states: what they tell has then happened, and is in the history.
        news = [(event, payment) for payment in watched for event in _news(client, payment)]
        for event, payment in sorted(news, key=lambda pair: pair[0]["time"]):
            print(_line(event, payment, started), flush=True)
        if all(payment.has_ended for payment in watched):
            return
        if time.monotonic() > deadline:
            raise NotEnded(", ".join(payment.label for payment in watched if not payment.has_ended))
        time.sleep(PAUSE_SECONDS)


def outcome(payment: Payment) -> str:
    """In one line, what came of it."""
    workflow = payment.workflow
    state, error = workflow["state"], workflow["error"]
    why = f"{error.get('jobId', 'workflow')}: {error['message']} ({error['code']})" if error else ""
    return f"  {payment.label:<9} {_coloured(state)}  {why or json.dumps(workflow['output'])}"


def _input(payment: Payment) -> Any:
    return json.loads((INPUTS / f"{payment.label}.json").read_text(encoding="utf-8"))


def _path(payment: Payment) -> str:
    return f"/workflows/{payment.workflow['workflowId']}"


def _news(client: httpx.Client, payment: Payment) -> Iterator[dict[str, Any]]:
    answer = client.get(f"{_path(payment)}/events", params={"limit": 200}).raise_for_status().json()
    for event in answer["items"]:
        if event["id"] not in payment.seen:
            payment.seen.add(event["id"])
            yield event


def _line(event: Mapping[str, Any], payment: Payment, started: datetime) -> str:
    data = event["data"]
    seconds = (_time(event["time"]) - started).total_seconds()
    attempt = data.get("attempt") or 0
    again = f"  (attempt {attempt})" if attempt > 1 else ""
    return (
        f"  {seconds:7.3f} s  {payment.label:<9} {data.get('jobId', 'workflow'):<25} {_coloured(data['state'])}{again}"
    )


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _coloured(state: str) -> str:
    colour = COLOURS.get(state)
    return f"\033[{colour}m{state}\033[0m" if colour and sys.stdout.isatty() else state
