"""API tokens: one's own, and for superusers everybody's. A token can do what its user can do, so only superusers
issue one for somebody.
"""

from datetime import datetime

from django.db.models import QuerySet

from apps.core.errors import Forbidden
from apps.core.models import ApiToken, User


def visible_tokens(actor: User) -> "QuerySet[ApiToken]":
    """Return the tokens that the actor may see and revoke."""
    tokens = ApiToken.objects.select_related("user")
    return tokens if _rules_all(actor) else tokens.filter(user=actor)


def issue(actor: User, *, user: User, name: str = "", expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Return a new token and its text, which is shown only now. Raises Forbidden for another user's account."""
    if not _rules_all(actor) and actor.pk != user.pk:
        raise Forbidden("You may issue tokens for yourself only.")
    return ApiToken.issue(user, name=name, expires_at=expires_at)


def _rules_all(actor: User) -> bool:
    return actor.is_active and actor.is_superuser
