"""Entity tags as arguments of mutations."""

import graphene


def if_match() -> graphene.String:
    """Return a new argument: graphene orders arguments by when they were made."""
    return graphene.String(description="the etag it was read with")


def tags(given: str | None) -> frozenset[str] | None:
    """Return the tags as services take them; null is the same as absent."""
    return None if given is None else frozenset({given})
