"""Who is calling: a bearer token. (A session of the admin also counts, by REST framework's own class, with CSRF.)"""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.core.models import ApiToken, User

SCHEME = "Bearer"
# A write for each request would make reads wait for the database's one writer.
LAST_USED_GRAIN = timedelta(minutes=1)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``: one statement for the token and its user."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """``None`` without a bearer token. Raises AuthenticationFailed for one that does not hold."""
        scheme, _, value = get_authorization_header(request).strip().partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        now = timezone.now()
        token = _find(value.strip().decode("latin-1"))
        if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= now):
            raise AuthenticationFailed("The token is unknown, expired or withdrawn.")
        _note_use(token, now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        """What ``WWW-Authenticate`` says beside a 401."""
        return f'{SCHEME} realm="base-shift"'


def _find(value: str) -> ApiToken | None:
    rows = ApiToken.objects.select_related("user")
    try:
        return rows.get(digest=ApiToken.digest_of(value))
    except ApiToken.DoesNotExist:
        return None


def _note_use(token: ApiToken, now: datetime) -> None:
    earlier = now - LAST_USED_GRAIN
    if token.last_used_at is None or token.last_used_at <= earlier:
        # The condition again, so that of many requests at once one writes.
        stale = Q(last_used_at=None) | Q(last_used_at__lte=earlier)
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)
