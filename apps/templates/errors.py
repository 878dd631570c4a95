"""Why an act on templates was refused."""

from apps.core.errors import Conflict, Invalid


class DocumentInvalid(Invalid):
    """The document breaks rules; ``problems`` point into it."""


class VersionExists(Conflict):
    """The template has this version: versions are never made twice."""

    def __init__(self, template_id: str, version: str) -> None:
        super().__init__(f"The template {template_id} has a version {version} already.")
        self.template_id = template_id
        self.version = version


class UpdateTooSmall(Conflict):
    """The change breaks what others rely on, and its version does not say so; ``problems`` tell what breaks."""


class TemplateUnknown(LookupError):
    """There is no template of this name."""

    def __init__(self, template_id: str) -> None:
        super().__init__(f"there is no template {template_id[:100]!r}")
        self.template_id = template_id


class VersionUnknown(LookupError):
    """The template has no published version that is meant by ``wanted`` (None: no published version at all)."""

    def __init__(self, template_id: str, wanted: str | None) -> None:
        meant = "published version" if wanted is None else f"published version that {wanted[:200]!r} means"
        super().__init__(f"the template {template_id!r} has no {meant}")
        self.template_id = template_id
        self.wanted = wanted
