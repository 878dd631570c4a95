"""Authentication by bearer token. A session of the admin also counts, by REST framework's own class, with CSRF."""

from datetime import datetime, timedelta
from typing import cast

from django.db import connection
from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from apps.core.models import ApiToken, User

SCHEME = "Bearer"
# A write for each request would make reads wait for the database's one writer.
LAST_USED_PRECISION = timedelta(minutes=1)

# Every request asks this. As ``raw`` it takes a quarter of the time that ``select_related().get()`` takes to
# build and compile.
_HOLDER = f"""
    SELECT holder.*, token.id AS token_id,
        token.last_used_at IS NULL OR token.last_used_at <= %s AS use_is_unnoted
    FROM {ApiToken._meta.db_table} token JOIN {User._meta.db_table} holder ON holder.id = token.user_id
    WHERE token.digest = %s AND holder.is_active AND (token.expires_at IS NULL OR token.expires_at > %s)
"""  # noqa: S608  (names of our own tables; values travel as parameters)


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <token>``: one statement for the token and its user; ``request.auth`` is its id."""

    def authenticate(self, request: Request) -> tuple[User, int] | None:
        """Return the user and the token's id; ``None`` without a token. Raises AuthenticationFailed."""
        scheme, _, value = get_authorization_header(request).strip().partition(b" ")
        if scheme.lower() != SCHEME.lower().encode():
            return None
        return _holder(value.strip().decode("latin-1"), timezone.now())

    def authenticate_header(self, request: Request) -> str:
        """Return the ``WWW-Authenticate`` header of a 401."""
        return f'{SCHEME} realm="base-shift"'


def _holder(value: str, now: datetime) -> tuple[User, int]:
    written = connection.ops.adapt_datetimefield_value
    earlier = now - LAST_USED_PRECISION
    for user in User.objects.raw(_HOLDER, [written(earlier), ApiToken.digest_of(value), written(now)]):
        # Both are columns of the statement, next to the user's own.
        token_id: int = user.token_id  # type: ignore[attr-defined]
        if user.use_is_unnoted:  # type: ignore[attr-defined]
            # The condition again, so that of many requests at once one writes.
            unnoted = Q(last_used_at=None) | Q(last_used_at__lte=earlier)
            ApiToken.objects.filter(unnoted, pk=token_id).update(last_used_at=now)
        return user, token_id
    raise AuthenticationFailed("The token is unknown, expired or withdrawn.")


def caller(request: Request) -> User:
    """Return the user behind a request. The default permission class has let nobody else in."""
    return cast(User, request.user)
