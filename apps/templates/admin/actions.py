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
    """``do`` takes ``if_match`` and may give what there is to tell beside ``done``.

    ``back`` and ``then`` are where it leads, refused or done; ``tag`` is the entity tag of what the question is about.
    """

    title: str
    question: str
    button: str
    done: str
    do: Callable[..., tuple[str, ...] | None]
    back: str
    then: str
    tag: str = ""
    danger: bool = False
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
