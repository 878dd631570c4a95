"""Types with fields of a model (graphene-django): their types and whether they may be null."""

from typing import Any

from django.db import models
from graphene_django import DjangoObjectType
from graphene_django.converter import convert_django_field

from apps.core.graphql.scalars import DateTime


class ModelType(DjangoObjectType):
    """A type whose ``Meta`` names ``model`` and ``fields``. Its objects are what services read, not instances."""

    class Meta:
        abstract = True

    @classmethod
    def is_type_of(cls, _root: Any, _info: Any) -> bool:
        """Accept any object, where graphene-django demands instances: there are no unions to resolve."""
        return True


@convert_django_field.register(models.DateTimeField)
def _moment(field: "models.DateTimeField[Any, Any]", _registry: Any = None) -> DateTime:
    """Map datetimes to the scalar that all interfaces share; graphene's own writes them otherwise."""
    return DateTime(required=not field.null)
