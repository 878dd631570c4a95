"""Import of documents that are kept elsewhere, such as in git, and a dry run of it."""

import json
from collections.abc import Mapping
from typing import Any

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Conflict
from apps.core.json import canonical
from apps.core.models import User
from apps.templates.errors import VersionExists
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.services import breaking_changes
from apps.templates.services.create import ADD, CREATOR_ACTIONS, create_version, require_valid, serialized
from apps.templates.services.lifecycle import publish
from apps.templates.versioning import versions

Document = Mapping[str, Any]


def import_version(actor: Actor, *, document: Any, owner: User | None = None) -> tuple[TemplateVersion, bool]:
    """Publish ``document`` as :func:`create_version` does; the same document again changes nothing.

    A draft that says the same is published. The second value is whether anything was done. ``owner`` gets what
    the maker of a template gets. Raises VersionExists if the version holds another document, and Conflict for
    a version of a template that was deleted.
    """
    stored = would_import(actor, document=document) and _store(actor, document)
    template = JobTemplate.everything.get(template_id=document["templateId"])
    if owner is not None:
        _make_owner(owner, template)
    return TemplateVersion.objects.of_template(template.pk).get(version=document["version"]), stored


def would_import(actor: Actor, *, document: Any) -> bool:
    """Return whether importing ``document`` would change anything; the errors are those of :func:`import_version`.

    All but one: whether the version says what it breaks is asked when it is stored.
    """
    require_valid(actor, document)
    template = JobTemplate.everything.filter(template_id=document["templateId"]).first()
    if template is None:
        policy.require_model(actor, ADD)
        return True
    policy.require(actor, "change", template)
    version = TemplateVersion.objects.of_template(template.pk).filter(version=document["version"]).first()
    if version is None:
        return True
    if version.sha256 != canonical.sha256(document):
        raise VersionExists(template.template_id, version.version)
    if template.deleted_at:
        raise Conflict(f"The template {template.template_id} was deleted: a further version brings it back.")
    return version.status == VersionStatus.DRAFT


class DryRun:
    """Import of documents one after another that stores nothing."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        # The texts of what would have been stored, by template and version.
        self._stored: dict[str, dict[str, str]] = {}

    def take(self, document: Any) -> bool:
        """Return whether :func:`import_version` would do anything, with the same errors."""
        changes = would_import(self._actor, document=document)
        stored = self._stored.setdefault(document["templateId"], {})
        version = document["version"]
        if version in stored:
            if canonical.sha256(json.loads(stored[version])) != canonical.sha256(document):
                raise VersionExists(document["templateId"], version)
            return False
        if changes:
            before = self._before(document, stored)
            if before:
                breaking_changes.warnings_between(before, document)
            stored[version] = serialized(document)
        return changes

    def _before(self, document: Document, stored: Mapping[str, str]) -> Document | None:
        """Return the document of the newest version before this one, stored or as it would be."""
        known: dict[str, Document] = {}
        template = JobTemplate.everything.filter(template_id=document["templateId"]).first()
        found = breaking_changes.previous_version(template.pk, document["version"]) if template else None
        if found:
            known[found.version] = found.document
        place = versions.precedence(document["version"])
        earlier = versions.newest(version for version in stored if versions.precedence(version) < place)
        if earlier:
            known[earlier] = json.loads(stored[earlier])
        newest = versions.newest(known)
        return known[newest] if newest else None


def _store(actor: Actor, document: dict[str, Any]) -> bool:
    """Store it, and return whether it was this call that did, and not another one at the same time."""
    template_id, version = document["templateId"], document["version"]
    try:
        create_version(actor, document=document)
    except VersionExists:
        if would_import(actor, document=document):
            publish(actor, template_id=template_id, version=version)
            return True
        return False
    return True


def _make_owner(owner: User, template: JobTemplate) -> None:
    held = policy.held_actions(owner, JobTemplate, [template.pk], CREATOR_ACTIONS).get(template.pk, frozenset())
    policy.grant_creator(owner, [template], [action for action in CREATOR_ACTIONS if action not in held])
