"""What differs between two versions of a template. Each part is found when it is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, get_args

import graphene
from graphql import GraphQLResolveInfo

from apps.core.errors import TooLarge
from apps.core.graphql.enums import enum
from apps.core.graphql.scalars import JSON
from apps.core.policy import Actor
from apps.templates import compatibility, diff
from apps.templates.compatibility import Change
from apps.templates.graphql.shown import Shown, whole
from apps.templates.graphql.types import JobTemplate, UpdateType
from apps.templates.services.breaking import LEVELS
from apps.templates.services.read import get_version
from apps.templates.yaml_writer import TooLong

DifferenceOp = enum("DifferenceOp", get_args(diff.Op), "What became of a value.")


@dataclass(frozen=True)
class Compared:
    """Two versions, the names of fields being those of ``TemplateDiff``."""

    from_: Shown
    to: Shown

    @property
    def documents(self) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        return self.from_.document, self.to.document

    @cached_property
    def changes(self) -> list[Change]:
        return compatibility.changes(*self.documents)


def compared(actor: Actor, template_id: str, old: str, new: str) -> Compared:
    """Hidden if the template or one of the versions is not there for the actor."""
    versions = (get_version(actor, template_id=template_id, version=version) for version in (old, new))
    return Compared(*map(whole, versions))


class Difference(graphene.ObjectType):
    """One value that is new, gone or another, or a step that stands elsewhere."""

    op = DifferenceOp(required=True)
    pointer = graphene.String(required=True, description="into the new document; to what is gone, into the old one")
    moved_from = graphene.String(description="into the old document")
    old = JSON()
    new = JSON()


class TemplateChange(graphene.ObjectType):
    """Something that users of the template may notice, and the least update that says so."""

    pointer = graphene.String(required=True)
    message = graphene.String(required=True)
    needs = UpdateType(required=True)


class TemplateDiff(graphene.ObjectType):
    from_ = graphene.Field(JobTemplate, required=True, name="from")
    to = graphene.Field(JobTemplate, required=True)
    needs = UpdateType(required=True, description="the least update that leads from the one to the other")
    changes = graphene.List(graphene.NonNull(TemplateChange), required=True, description="what breaks most first")
    differences = graphene.List(graphene.NonNull(Difference), required=True, description="at most 10,000")
    text = graphene.String(required=True, description="a unified diff of both as YAML")

    @staticmethod
    def resolve_needs(root: Compared, _info: GraphQLResolveInfo) -> str:
        return max((change.needs for change in root.changes), key=LEVELS.index, default=LEVELS[0])

    @staticmethod
    def resolve_differences(root: Compared, _info: GraphQLResolveInfo) -> list[diff.Difference]:
        return diff.changes(*root.documents)

    @staticmethod
    def resolve_text(root: Compared, _info: GraphQLResolveInfo) -> str:
        try:
            return diff.text(*root.documents, root.from_.version.version, root.to.version.version)
        except TooLong as error:
            raise TooLarge("The documents are too long to be compared line by line.") from error
