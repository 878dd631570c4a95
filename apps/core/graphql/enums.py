"""Enums of the schema."""

from collections.abc import Iterable
from typing import Any

import graphene


def enum(name: str, values: Iterable[str], description: str) -> Any:
    """Return an enum whose names are the values, so that they are written as in every other interface."""
    return graphene.Enum(name, [(str(value), str(value)) for value in values], description=description)
