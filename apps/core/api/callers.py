"""Who calls, for views."""

from typing import cast

from rest_framework.request import Request

from apps.core.models import User


def caller(request: Request) -> User:
    """The user behind a request. The default permission class has let nobody else in."""
    return cast(User, request.user)
