"""Updates of a template by its newest document, and of drafts in their place. No change is lost unread."""

from collections.abc import Collection
from typing import Any

from django.db import IntegrityError
from semver import Version

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.entity_tags import ANY, require_match
from apps.core.errors import Conflict, Hidden, Invalid, Stale
from apps.core.json import canonical
from apps.core.schema.json_schema import Problem
from apps.templates.comparison.compatibility import Level
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services import breaking_changes
from apps.templates.services.create import StoredVersion, insert, new_version, require_valid, serialized
from apps.templates.services.read import etag, get_template
from apps.templates.storage import projection, store
from apps.templates.versioning import versions


def update_template(
    actor: Actor,
    *,
    template_id: str,
    document: Any,
    update_type: Level = "patch",
    draft: bool = False,
    if_match: Collection[str] | None = None,
) -> StoredVersion:
    """Publish ``document``, which names no version, as the next version after the newest published one.

    With ``draft`` that version is kept as a draft. ``if_match`` holds the entity tags of what the author has read:
    raises Stale if the newest published version is another by now, or none is left. Raises Conflict if somebody
    publishes at the same time, or nothing is published; DocumentInvalid, UpdateTooSmall, Hidden, Forbidden.
    """
    template = get_template(actor, template_id=template_id)
    policy.require(actor, "change", template)
    place = store.next_publication(template.pk)
    newest = newest_published(template, if_match)
    complete = completed(template, newest, document, update_type)
    warnings = require_valid(actor, complete)
    warnings += breaking_changes.warnings_between(newest.document, complete)
    version = new_version(actor, template, complete)
    if draft:
        insert(version)
    else:
        _publish_at(place, version, template, if_match)
    return StoredVersion(version, warnings)


def _publish_at(place: int, version: TemplateVersion, template: JobTemplate, if_match: Collection[str] | None) -> None:
    version.status, version.publication, version.published_at = VersionStatus.PUBLISHED, place, version.created_at
    try:
        store.insert(version)
    except IntegrityError:
        # Since the place was read, somebody has published: if a tag was given, it is stale now.
        newest_published(template, if_match)
        raise Conflict("Somebody else published a version of the template at the same time.") from None


def replace_draft(
    actor: Actor, *, template_id: str, version: str, document: Any, if_match: Collection[str] | None = None
) -> StoredVersion:
    """Put ``document`` in the place of a draft.

    Raises Conflict if it is no draft, or somebody changes it at the same time.
    """
    draft = require_changeable(actor, template_id=template_id, version=version, if_match=if_match)
    if draft.status != VersionStatus.DRAFT:
        raise Conflict(f"{draft} is {draft.status}: it never changes again.")
    if isinstance(document, dict) and document.get("version", version) != version:
        raise Invalid([Problem("/version", f"the draft is version {version}")])
    warnings = require_valid(actor, document)
    _require_same_template(document, template_id)
    warnings += breaking_changes.warnings(draft.template_pk, document)
    if not store.change(draft, text=serialized(document), sha256=canonical.sha256(document)):
        raise lost_update(if_match)
    return StoredVersion(TemplateVersion.objects.get(pk=draft.pk), warnings)


def require_changeable(
    actor: Actor, *, template_id: str, version: str, if_match: Collection[str] | None = None
) -> TemplateVersion:
    """Return the version with exactly this number, for somebody who may change the template.

    Raises Hidden, Forbidden, and Stale unless its entity tag is in ``if_match``.
    """
    template = get_template(actor, template_id=template_id)
    policy.require(actor, "change", template)
    exact = TemplateVersion.objects.of_template(template.pk).filter(version=version)
    found = exact.first() if versions.is_version(version) else None
    if found is None:
        raise Hidden
    require_match(etag(found), if_match)
    return found


def newest_published(template: JobTemplate, if_match: Collection[str] | None = None) -> TemplateVersion:
    """Return the version that an update follows.

    Raises Conflict if there is none, and Stale unless ``if_match`` holds its tag.
    """
    newest = projection.newest_of(template.pk)
    if newest is None:
        if if_match is not None:
            raise Stale
        raise Conflict(f"Nothing of the template {template.template_id} is published: publish a version first.")
    require_match(etag(newest), if_match)
    return newest


def lost_update(if_match: Collection[str] | None) -> Exception:
    """Return the refusal of a change to a draft that somebody else has changed since it was read."""
    if if_match is not None and ANY not in if_match:
        return Stale()
    return Conflict("Somebody else changed the draft at the same time.")


def _next_version(template: JobTemplate, newest: TemplateVersion, update_type: Level) -> str:
    """Return the next version of that kind; numbers that drafts and deprecated versions hold are left out."""
    taken = set(TemplateVersion.objects.of_template(template.pk).values_list("version", flat=True))
    following = Version.parse(newest.version).next_version(update_type)
    while str(following) in taken:
        following = following.next_version(update_type)
    return str(following)


def completed(template: JobTemplate, newest: TemplateVersion, document: Any, update_type: Level) -> dict[str, Any]:
    """Return the document with the version that it gets, at the place where people write it. Raises Invalid."""
    if not isinstance(document, dict):
        raise Invalid([Problem("", "must be an object")])
    if "version" in document:
        raise Invalid([Problem("/version", "the version is made by updateType: leave it out")])
    _require_same_template(document, template.template_id)
    rest = {key: value for key, value in document.items() if key != "templateId"}
    version = _next_version(template, newest, update_type)
    return {"templateId": template.template_id, "version": version, **rest}


def _require_same_template(document: dict[str, Any], template_id: str) -> None:
    if document.get("templateId", template_id) != template_id:
        raise Invalid([Problem("/templateId", f"the template is {template_id}")])
