"""Lifecycle of a version (draft, published, deprecated) and deletion of a template.

``if_match`` holds the entity tags of what the actor has read; raises Stale if it is another by now.
"""

from collections.abc import Collection

from django.db import IntegrityError, transaction

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict
from apps.events import outbox
from apps.events.envelope import of_template
from apps.templates import usage
from apps.templates.models import JobTemplate, TemplateFacet, TemplateVersion, VersionStatus
from apps.templates.services import breaking_changes
from apps.templates.services.create import MAX_PUBLISH_ATTEMPTS, StoredVersion, require_valid
from apps.templates.services.read import get_template
from apps.templates.services.update import lost_update, newest_published, require_changeable
from apps.templates.storage import store


def publish(actor: Actor, *, template_id: str, version: str, if_match: Collection[str] | None = None) -> StoredVersion:
    """Publish a draft. A published version stays as it is; raises Conflict for a deprecated one.

    Raises DocumentInvalid if the draft is not valid any more, such as when a step type has gone; UpdateTooSmall, Hidden,
    Forbidden.
    """
    for _ in range(MAX_PUBLISH_ATTEMPTS):
        draft = require_changeable(actor, template_id=template_id, version=version, if_match=if_match)
        if draft.status == VersionStatus.PUBLISHED:
            return StoredVersion(draft)
        if draft.status == VersionStatus.DEPRECATED:
            raise Conflict(f"{draft} is deprecated: publish a further version.")
        warnings = require_valid(actor, draft.document)
        warnings += breaking_changes.warnings(draft.template_pk, draft.document)
        if _publish(draft):
            return StoredVersion(draft, warnings)
    raise Conflict("Too many versions of the template are being published at once. Try again.")


def deprecate(
    actor: Actor, *, template_id: str, version: str, if_match: Collection[str] | None = None
) -> TemplateVersion:
    """Deprecate a published version: nothing new starts from it, running workflows continue.

    A deprecated version stays as it is; raises Conflict for a draft.
    """
    published = require_changeable(actor, template_id=template_id, version=version, if_match=if_match)
    if published.status == VersionStatus.DRAFT:
        raise Conflict(f"{published} is a draft: delete it, or publish it first.")
    if published.status == VersionStatus.PUBLISHED and not store.change(
        published, "deprecated", status=VersionStatus.DEPRECATED
    ):
        # Nothing but this very action changes a published version.
        return require_changeable(actor, template_id=template_id, version=version)
    return published


def delete_draft(actor: Actor, *, template_id: str, version: str, if_match: Collection[str] | None = None) -> None:
    """Delete a draft. Raises Conflict for a version that is or was published."""
    draft = require_changeable(actor, template_id=template_id, version=version, if_match=if_match)
    if draft.status != VersionStatus.DRAFT:
        raise Conflict(f"{draft} is not a draft: published versions are kept.")
    if not store.remove(draft):
        raise lost_update(if_match)


def delete(actor: Actor, *, template_id: str, if_match: Collection[str] | None = None) -> None:
    """Hide a template. Raises Conflict while workflows run on it; those that ended keep their document.

    Its versions stay, so that none of them comes again; publishing a further one brings the template back. What the
    actor has read is its newest published version.
    """
    template = get_template(actor, template_id=template_id)
    policy.require(actor, "delete", template)
    with transaction.atomic():
        template = store.locked(template.pk)
        if if_match is not None:
            newest_published(template, if_match)
        if usage.in_use(template_id):
            raise Conflict(f"Workflows run on the template {template_id}: cancel them, or wait for their end.")
        if template.deleted_at is None:
            _hide(template)


def _publish(draft: TemplateVersion) -> bool:
    place = store.next_publication(draft.template_pk)
    try:
        return store.change(
            draft, "published", status=VersionStatus.PUBLISHED, publication=place, published_at=store.now()
        )
    except IntegrityError:
        return False


def _hide(template: JobTemplate) -> None:
    moment = store.now()
    deleted = of_template("deleted", template_id=template.template_id, version=template.newest_version)
    outbox.row(deleted, moment).save()
    template.deleted_at, template.deleted_after = moment, store.next_publication(template.pk) - 1
    template.save(update_fields=["deleted_at", "deleted_after"])
    TemplateFacet.objects.filter(template=template).delete()
