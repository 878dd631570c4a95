"""Job templates: who may use them and what they are called now (SQL), and their versions (SQL or MongoDB).

The documents are the truth. What a template's row says beside its access, its *projection*, is read off its newest
published version and can be written again at any time (storage/projection.py).
"""

import json
from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase

from apps.core.ids import uuid7


class VersionStatus(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"


class JobTemplateQuerySet(models.QuerySet["JobTemplate"]):
    """QuerySet of templates."""

    def live(self) -> Self:
        """Return those that have not been deleted: for every reader there are no others."""
        return self.filter(deleted_at=None)

    def published(self) -> Self:
        """Return those with a published version."""
        return self.filter(newest__isnull=False)


class LiveTemplateManager(models.Manager["JobTemplate"]):
    """The templates that have not been deleted."""

    def get_queryset(self) -> JobTemplateQuerySet:
        return JobTemplateQuerySet(self.model, using=self._db).live()

    def published(self) -> JobTemplateQuerySet:
        """Return the templates with a published version."""
        return self.get_queryset().published()


class TemplateVersionQuerySet(models.QuerySet["TemplateVersion"]):
    """QuerySet of versions."""

    def of_template(self, template_pk: UUID) -> Self:
        """Return all versions of one template."""
        return self.filter(template_pk=template_pk)

    def of_templates(self, template_pks: Iterable[UUID]) -> Self:
        """Return all versions of these templates."""
        return self.filter(template_pk__in=list(template_pks))

    def published(self) -> Self:
        """Return those that workflows can be started from."""
        return self.filter(status=VersionStatus.PUBLISHED)

    def unchanged(self, version: "TemplateVersion") -> Self:
        """Return the row of ``version``, unless somebody has changed it since it was read."""
        return self.filter(pk=version.pk, revision=version.revision)

    def latest_created_first(self) -> Self:
        """Return them in the order of a template's history."""
        return self.order_by("-created_at", "-id")


class JobTemplate(models.Model):
    """A template: its name, its access and its projection. In SQL always: permissions refer to it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    template_id = models.CharField(max_length=100, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    # Hidden from then on. A further version by somebody who may change it brings it back.
    deleted_at = models.DateTimeField(null=True, blank=True)
    # The last publication there was then: clocks of several machines do not show which action came first.
    deleted_after = models.PositiveIntegerField(default=0, editable=False)

    # -- the projection: empty while nothing is published
    name = models.CharField(max_length=200)
    newest = models.UUIDField(null=True, blank=True, editable=False)
    newest_version = models.CharField(max_length=200, default="", blank=True)
    newest_sha256 = models.CharField(max_length=64, default="", blank=True)
    # Names, description, labels and steps in one text, as projection.folded makes it.
    search_text = models.TextField(default="", blank=True)

    objects = LiveTemplateManager()
    # The deleted ones, too: for whoever makes, deletes or brings back.
    everything: ClassVar[models.Manager["JobTemplate"]] = models.Manager()

    class Meta:
        ordering = ["template_id"]
        # view, change, start and delete are given per object; add_jobtemplate is asked of the user alone.
        permissions = [("start_jobtemplate", "Can start workflows from the template")]
        indexes = [
            # GET /templates: those with a published version, by name, in cursor pages.
            models.Index(
                fields=["template_id"],
                name="template_listed",
                condition=models.Q(newest__isnull=False, deleted_at__isnull=True),
            ),
            # GET /templates?name=, jobTemplates(filter: {name})
            models.Index(fields=["name"], name="template_by_name"),
        ]

    def __str__(self) -> str:
        return self.template_id


class TemplateFacet(models.Model):
    """A label or a step type of the newest published version of a template. Part of the projection."""

    template = models.ForeignKey(JobTemplate, models.CASCADE, related_name="facets")
    # The hash of kind and value (projection.facet): a label may be longer than a database indexes.
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["digest", "template"], name="template_facet_once")]

    def __str__(self) -> str:
        return self.digest


class TemplateVersion(models.Model):
    """One document of a template. Once published it never changes, and its version never comes again.

    It may live in another database than everything else, so nothing refers to it and it refers to nothing; each action
    on a template is one write of one of these, and takes the events it causes along.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # JobTemplate.pk, a plain value, and the name that the document gives.
    template_pk = models.UUIDField(editable=False)
    template_id = models.CharField(max_length=100)
    version = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    # Compact JSON in the author's order of keys. As a text it is what it was on every database: jsonb sorts keys,
    # BSON has no integer beyond 64 bits and no level beyond a hundred.
    text = models.TextField()
    # Of the canonical text: equal for equal documents, however they are written.
    sha256 = models.CharField(max_length=64)
    # 1, 2, 3 … in the order of publishing; a draft has none. The unique index makes publishing a queue of one.
    publication = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=150, default="", blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    # Each action adds one: nobody overwrites what they have not read.
    revision = models.PositiveIntegerField(default=1)
    # Events of the actions that the outbox does not have yet, and since when there are some.
    pending_events = models.JSONField(default=list, db_column="pendingEvents")
    pending_since = models.DateTimeField(null=True, blank=True)

    objects = TemplateVersionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["template_pk", "version"], name="template_version_once"),
            models.UniqueConstraint(fields=["template_pk", "publication"], name="template_publication_once"),
        ]
        indexes = [
            # GET /templates/{id}/versions: the one made last first.
            models.Index(fields=["template_pk", "-created_at", "-id"], name="template_history"),
            # The relay: whose events wait.
            models.Index(fields=["pending_since"], name="template_pending"),
        ]

    def __str__(self) -> str:
        return f"{self.template_id} {self.version}"

    @cached_property
    def document(self) -> dict[str, Any]:
        """The document; to be read, never changed."""
        value: dict[str, Any] = json.loads(self.text)
        return value


class JobTemplateUserPermission(UserObjectPermissionBase):
    """guardian's direct form: a real foreign key, so that lists filter in the database."""

    content_object = models.ForeignKey(JobTemplate, models.CASCADE)


class JobTemplateGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(JobTemplate, models.CASCADE)
