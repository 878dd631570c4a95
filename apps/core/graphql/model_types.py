"""Types of which some fields are those of a model (graphene-django): their types and whether they may be null."""

from typing import Any

from django.db import models
from graphene_django import DjangoObjectType
from graphene_django.converter import convert_django_field

from apps.core.graphql.scalars import DateTime


class ModelType(DjangoObjectType):
    """``Meta`` names the ``model`` and the ``fields``. The objects are no instances of it, but what services read."""

    class Meta:
        abstract = True

    @classmethod
    def is_type_of(cls, _root: Any, _info: Any) -> bool:
        """graphene-django would want instances. There are no unions here to tell types apart for."""
        return True


@convert_django_field.register(models.DateTimeField)
def _moment(field: "models.DateTimeField[Any, Any]", _registry: Any = None) -> DateTime:
    """Times as all interfaces write them; graphene's own scalar writes them otherwise."""
    return DateTime(required=not field.null)
