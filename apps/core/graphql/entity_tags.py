"""Entity tags as arguments of mutations."""

import graphene


def if_match() -> graphene.String:
    """A new argument: graphene orders arguments by when they were made."""
    return graphene.String(description="the etag it was read with")


def tags(given: str | None) -> frozenset[str] | None:
    """As services take them; null is as good as absent."""
    return None if given is None else frozenset({given})
