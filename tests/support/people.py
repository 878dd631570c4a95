"""Users, their clients, and templates that are theirs."""

from typing import Any

from django.contrib.auth.models import Permission
from django.test import Client

from apps.core.access.policy import SYSTEM
from apps.core.models import ApiToken, User
from apps.templates.services.imports import import_version


def client_of(user: User) -> Client:
    """A client that sends a token of the user's."""
    _, token = ApiToken.issue(user)
    return Client(headers={"authorization": f"Bearer {token}"})


def document(template_id: str = "sample", version: str = "1.0.0", steps: int = 2, **keys: Any) -> dict[str, Any]:
    """Steps ``s1``, ``s2`` … in a row that do nothing."""
    names = [f"s{number}" for number in range(1, steps + 1)]
    return {
        "templateId": template_id,
        "version": version,
        "steps": [{"name": name, "type": "noop", "config": {}} for name in names],
        "inputSchema": {"type": "object", "properties": {"amount": {"type": "number"}}},
        "outputSchema": {},
        **keys,
    }


def let_report(user: User) -> User:
    """Let the user report for the jobs of all workflows that they may view, as an outside worker does."""
    user.user_permissions.add(Permission.objects.get(codename="report_workflow"))
    # Without the permissions that it has asked for already.
    return User.objects.get(pk=user.pk)


def publish(owner: User, template_id: str = "sample", version: str = "1.0.0", **keys: Any) -> None:
    """A published template that ``owner`` may view, change and start."""
    import_version(SYSTEM, document=document(template_id, version, **keys), owner=owner)
