"""Refusals of actions on templates."""

from apps.core.errors import Conflict, Invalid


class DocumentInvalid(Invalid):
    """Refusal of a document that breaks rules; ``problems`` point into it."""


class VersionExists(Conflict):
    """Conflict with a version that the template has: versions are never made twice."""

    def __init__(self, template_id: str, version: str) -> None:
        super().__init__(f"The template {template_id} has a version {version} already.")
        self.template_id = template_id
        self.version = version


class UpdateTooSmall(Conflict):
    """Refusal of a breaking change whose version does not announce it; ``problems`` name what breaks."""


class TemplateUnknown(LookupError):
    """Lookup of a template that does not exist."""

    def __init__(self, template_id: str) -> None:
        super().__init__(f"there is no template {template_id[:100]!r}")
        self.template_id = template_id


class VersionUnknown(LookupError):
    """Lookup that no published version matches. ``wanted`` None: the template has no published version at all."""

    def __init__(self, template_id: str, wanted: str | None) -> None:
        meant = "published version" if wanted is None else f"published version that {wanted[:200]!r} means"
        super().__init__(f"the template {template_id!r} has no {meant}")
        self.template_id = template_id
        self.wanted = wanted
