"""New templates, and further versions with a number of the author's own."""

import json
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict, Hidden
from apps.core.json import canonical
from apps.core.models import User
from apps.core.schema.json_schema import Problem
from apps.templates import document_checks
from apps.templates.documents import validation
from apps.templates.documents.step_types import registry
from apps.templates.errors import DocumentInvalid, VersionExists
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services import breaking_changes
from apps.templates.storage import store

ADD = "templates.add_jobtemplate"
# What the maker of a template may do with it.
CREATOR_ACTIONS = ("view", "change", "start", "delete")
# How often a version is offered a place in the order of publishing, while others publish at the same time.
MAX_PUBLISH_ATTEMPTS = 20


@dataclass(frozen=True, slots=True)
class StoredVersion:
    """A version as it is stored now, and what its author should know about the change."""

    version: TemplateVersion
    warnings: tuple[str, ...] = ()


def create_version(actor: Actor, *, document: Any, draft: bool = False) -> StoredVersion:
    """Store a new template or a further version of one, published unless ``draft``.

    ``document`` is JSON as a strict reader gives it. Raises DocumentInvalid, VersionExists, UpdateTooSmall;
    Forbidden without ``templates.add_jobtemplate`` (new) or ``change`` (further version), Hidden for a template the
    actor may not see.
    """
    warnings = require_valid(actor, document)
    template = _template_to_extend(actor, document["templateId"])
    if template.deleted_at and draft:
        raise Conflict(f"The template {template.template_id} was deleted: publish a version to bring it back.")
    warnings += breaking_changes.warnings(template.pk, document)
    version = new_version(actor, template, document)
    if draft:
        insert(version)
    else:
        insert_published(version)
    return StoredVersion(version, warnings)


def require_valid(actor: Actor, document: Any) -> tuple[str, ...]:
    """Raise DocumentInvalid unless the document is right and the actor may use all of it. Return warnings."""
    require_well_formed(document)
    found = document_checks.run_checks(actor, document)
    if found.problems:
        raise DocumentInvalid(found.problems)
    return found.warnings


def problems(actor: Actor, document: Any) -> list[Problem]:
    """Return every error that the document has by itself; if it has none, what of it the actor may not use."""
    return validation.validate(document, registry) or list(document_checks.run_checks(actor, document).problems)


def require_well_formed(document: Any) -> None:
    """Raise DocumentInvalid with every error that the document has by itself."""
    if found := validation.validate(document, registry):
        raise DocumentInvalid(found)


def new_version(actor: Actor, template: JobTemplate, document: dict[str, Any]) -> TemplateVersion:
    """Return a draft that is not stored yet."""
    return TemplateVersion(
        template_pk=template.pk,
        template_id=template.template_id,
        version=document["version"],
        text=serialized(document),
        sha256=canonical.sha256(document),
        created_at=store.now(),
        created_by=actor.username if isinstance(actor, User) else "",
    )


def serialized(document: dict[str, Any]) -> str:
    """Return the document as it is stored."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def insert_published(version: TemplateVersion) -> None:
    """Store a new version as published, behind all that were published before."""
    version.status = VersionStatus.PUBLISHED
    version.published_at = version.created_at
    for _ in range(MAX_PUBLISH_ATTEMPTS):
        version.publication = store.next_publication(version.template_pk)
        try:
            return insert(version)
        except IntegrityError:
            # Another version has taken the place: the next one.
            continue
    raise Conflict("Too many versions of the template are being published at once. Try again.")


def insert(version: TemplateVersion) -> None:
    """Store a new version as it is. Raises VersionExists; IntegrityError for a publication that is taken."""
    try:
        store.insert(version)
    except IntegrityError:
        if TemplateVersion.objects.of_template(version.template_pk).filter(version=version.version).exists():
            raise VersionExists(version.template_id, version.version) from None
        raise


def _template_to_extend(actor: Actor, template_id: str) -> JobTemplate:
    template = JobTemplate.everything.filter(template_id=template_id).first()
    if template is None:
        policy.require_model(actor, ADD)
        with transaction.atomic():
            template, made = JobTemplate.everything.get_or_create(
                template_id=template_id, defaults={"name": template_id, "created_by_id": actor.pk}
            )
            if made:
                policy.grant_creator(actor, [template], CREATOR_ACTIONS)
                return template
    # It was there, or another maker was faster.
    try:
        policy.require(actor, "change", template)
    except Hidden:
        # A template that is hidden is refused as one that is not there.
        policy.require_model(actor, ADD)
        raise
    return template
