"""The context of resolvers."""

from dataclasses import dataclass

from graphql import GraphQLResolveInfo

from apps.core.models import User


@dataclass(frozen=True, slots=True)
class Context:
    user: User


def caller(info: GraphQLResolveInfo) -> User:
    """Return the user behind the request, as the actor of services."""
    context: Context = info.context
    return context.user
