"""Edits in the text editor: a new template, a further version of one, or a draft in its place."""

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from apps.core.errors import Conflict, Hidden
from apps.core.models import User
from apps.templates.comparison.compatibility import Level
from apps.templates.models import JobTemplate, TemplateVersion
from apps.templates.services import breaking_changes, create, lifecycle, read, update
from apps.templates.services.create import StoredVersion

PUBLISH, DRAFT = "publish", "draft"

SKELETON: dict[str, Any] = {
    "templateId": "my_template",
    "version": "1.0.0",
    "name": "My template",
    "description": "What it is for.",
    "steps": [{"name": "first", "type": "noop", "config": {}}],
    "inputSchema": {"type": "object", "properties": {}, "required": []},
    "outputSchema": {},
}


class Edit(ABC):
    """One document that is written. ``actions`` are the ways to save, each with the text of its button."""

    actions: ClassVar[dict[str, str]] = {PUBLISH: "Publish", DRAFT: "Save as draft"}
    # Whether the kind of update is asked for, from which the version gets its number.
    asks_update: ClassVar[bool] = False
    # What was read before it was written, if there is anything that somebody else might change meanwhile.
    seen: TemplateVersion | None
    title: str

    @abstractmethod
    def initial_document(self) -> dict[str, Any]:
        """Return the document to begin with."""

    @abstractmethod
    def completed(self, document: Any, update_type: Level) -> Any:
        """Return the document as it would be stored, valid or not. Raises Invalid."""

    @abstractmethod
    def save(self, action: str, document: Any, update_type: Level, tag: str) -> StoredVersion:
        """Store the document, if what was seen is still what ``tag`` stands for; raises what the services raise."""

    def before(self, document: dict[str, Any]) -> TemplateVersion | None:
        """Return the published version that a valid document follows, with which it is compared."""
        return breaking_changes.previous_version(self.seen.template_pk, document["version"]) if self.seen else None


@dataclass(frozen=True)
class NewVersionEdit(Edit):
    """A version whose author writes name and number: of an existing template it becomes a further version."""

    actor: User
    document: dict[str, Any] = field(default_factory=lambda: SKELETON)
    title: str = "New template"
    seen: TemplateVersion | None = None

    def initial_document(self) -> dict[str, Any]:
        return self.document

    def completed(self, document: Any, update_type: Level) -> Any:
        return document

    def save(self, action: str, document: Any, update_type: Level, tag: str) -> StoredVersion:
        return create.create_version(self.actor, document=document, draft=action == DRAFT)

    def before(self, document: dict[str, Any]) -> TemplateVersion | None:
        try:
            template = read.get_template(self.actor, template_id=document["templateId"])
        except Hidden:
            return None
        return breaking_changes.previous_version(template.pk, document["version"])


@dataclass(frozen=True)
class UpdateEdit(Edit):
    """The version after the newest published one, ``seen``, begun from that or another one."""

    actor: User
    template: JobTemplate
    seen: TemplateVersion
    based_on: TemplateVersion
    title: str

    asks_update = True

    def initial_document(self) -> dict[str, Any]:
        return {key: value for key, value in self.based_on.document.items() if key != "version"}

    def completed(self, document: Any, update_type: Level) -> Any:
        return update.completed(self.template, self.seen, document, update_type)

    def save(self, action: str, document: Any, update_type: Level, tag: str) -> StoredVersion:
        return update.update_template(
            self.actor,
            template_id=self.template.template_id,
            document=document,
            update_type=update_type,
            draft=action == DRAFT,
            if_match={tag},
        )


@dataclass(frozen=True)
class DraftEdit(Edit):
    """A draft, in its place."""

    actor: User
    seen: TemplateVersion
    title: str

    actions = {DRAFT: "Save", PUBLISH: "Save and publish"}

    def initial_document(self) -> dict[str, Any]:
        return self.seen.document

    def completed(self, document: Any, update_type: Level) -> Any:
        return document

    def save(self, action: str, document: Any, update_type: Level, tag: str) -> StoredVersion:
        name = {"template_id": self.seen.template_id, "version": self.seen.version}
        stored = update.replace_draft(self.actor, **name, document=document, if_match={tag})
        if action != PUBLISH:
            return stored
        return lifecycle.publish(self.actor, **name, if_match={read.etag(stored.version)})


def further_version(actor: User, template: JobTemplate, based_on: str | None) -> Edit:
    """Return the edit of the next version, from the version ``based_on`` or from the newest one.

    Raises Hidden if that is not there.
    """
    title = f"New version of {template.template_id}"
    try:
        newest = update.newest_published(template)
    except Conflict:
        # Without anything published there is nothing to count from: the author writes the number.
        last = read.versions_of(actor, template_id=template.template_id).latest_created_first().first()
        return NewVersionEdit(actor, last.document if last else SKELETON, title)
    if based_on is None:
        return UpdateEdit(actor, template, newest, newest, title)
    version = read.get_version(actor, template_id=template.template_id, version=based_on)
    return UpdateEdit(actor, template, newest, version, title)


def draft(actor: User, version: TemplateVersion) -> Edit:
    """Return the edit of ``version``, which is a draft, in its place."""
    return DraftEdit(actor, version, f"Edit {version}")
