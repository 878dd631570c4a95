"""Job templates and their immutable versions."""

import uuid

from django.conf import settings
from django.db import models
from guardian.models import GroupObjectPermissionBase, UserObjectPermissionBase


class VersionStatus(models.TextChoices):
    DRAFT = "draft"
    PUBLISHED = "published"
    DEPRECATED = "deprecated"


class JobTemplate(models.Model):
    """What its versions share: the name that people know and who may use it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template_id = models.CharField(max_length=100, unique=True)
    name = models.CharField(max_length=200)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["template_id"]
        # view, change and start are given per object; add_jobtemplate is asked of the user alone.
        permissions = [("start_jobtemplate", "Can start workflows from the template")]

    def __str__(self) -> str:
        return self.template_id


class TemplateVersion(models.Model):
    """One document of a template. Once published it never changes and its version never comes again."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    template = models.ForeignKey(JobTemplate, models.CASCADE, related_name="versions")
    version = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=VersionStatus.choices, default=VersionStatus.DRAFT)
    document = models.JSONField()
    sha256 = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["template", "version"], name="template_version_once")]

    def __str__(self) -> str:
        return f"{self.template} {self.version}"


class JobTemplateUserPermission(UserObjectPermissionBase):
    """guardian's direct form: a real foreign key, so that lists filter in the database."""

    content_object = models.ForeignKey(JobTemplate, models.CASCADE)


class JobTemplateGroupPermission(GroupObjectPermissionBase):
    content_object = models.ForeignKey(JobTemplate, models.CASCADE)
