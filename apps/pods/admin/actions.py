"""Buttons of the admin that act on a pool or a pod."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from apps.core.admin.base import refusals_as_pages
from apps.core.errors import Refusal


def run_action(request: HttpRequest, action: Callable[[], object], done: str) -> bool:
    """Carry the action out and return whether it was done.

    A refusal by the policy becomes a page of its own, any other refusal a message.
    """
    try:
        with refusals_as_pages():
            action()
    except Refusal as error:
        messages.error(request, error.detail)
        return False
    messages.success(request, done)
    return True
