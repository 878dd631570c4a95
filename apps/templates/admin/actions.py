"""Actions on a template or one of its versions that ask for confirmation: publish, deprecate, delete."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from apps.core.admin.base import refusals_as_pages
from apps.core.errors import Conflict, Invalid, Stale

PAGE = "admin/templates/confirm.html"
MAX_MESSAGES = 10


@dataclass(frozen=True)
class ConfirmedAction:
    """An action that asks for confirmation."""

    title: str
    question: str
    # Text of the button that confirms.
    button: str
    # Message of success.
    done: str
    # Takes ``if_match``; returns warnings to show beside ``done``, if any.
    do: Callable[..., tuple[str, ...] | None]
    # URL after a refusal.
    back: str
    # URL after success.
    then: str
    # Entity tag of what the question is about.
    tag: str = ""
    # Whether the button is to warn.
    danger: bool = False
    # Further context of the page.
    more: Mapping[str, Any] = field(default_factory=dict)


def carry_out(request: HttpRequest, action: ConfirmedAction) -> HttpResponse:
    """Carry the action out, if that is still what the question was about, and report the outcome."""
    tag = request.POST.get("tag")
    try:
        with refusals_as_pages():
            warnings = action.do(if_match={tag} if tag else None)
    except (Conflict, Invalid, Stale) as refusal:
        messages.error(request, refusal.detail)
        for problem in refusal.problems[:MAX_MESSAGES]:
            messages.error(request, f"{problem.pointer or '/'}: {problem.message}")
        return redirect(action.back)
    messages.success(request, action.done)
    for warning in warnings or ():
        messages.warning(request, warning)
    return redirect(action.then)
