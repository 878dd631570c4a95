"""The only way in to templates: each function is one act of an actor, and asks the policy before it does anything."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from apps.core import canonical, policy
from apps.core.errors import Hidden
from apps.core.models import User
from apps.core.policy import Actor
from apps.templates import documents, versions
from apps.templates.errors import DocumentInvalid, VersionExists
from apps.templates.models import JobTemplate, TemplateVersion, VersionStatus
from apps.templates.step_types import registry

ADD = "templates.add_jobtemplate"
# What the maker of a template may do with it.
MAKERS_ACTIONS = ("view", "change", "start")


def create_version(actor: Actor, *, document: Any, draft: bool = False) -> TemplateVersion:
    """Store a new template or a further version of one, published unless ``draft``.

    ``document`` is JSON as a strict reader gives it. DocumentInvalid, VersionExists; Forbidden without
    ``templates.add_jobtemplate`` (new) or ``change`` (further version), Hidden for a template the actor may not see.
    """
    problems = documents.validate(document, registry)
    if problems:
        raise DocumentInvalid(problems)
    with transaction.atomic():
        template = _template_to_extend(actor, document["templateId"])
        version = _store(actor, template, document, draft=draft)
        if not draft:
            _take_over_name(template)
    return version


def import_version(actor: Actor, *, document: Any, owner: User | None = None) -> tuple[TemplateVersion, bool]:
    """As ``create_version``, but the same document again changes nothing; whether it was stored is told beside it.

    ``owner`` gets what the maker of a template gets. VersionExists if the version holds another document.
    """
    try:
        version, stored = create_version(actor, document=document), True
    except VersionExists:
        version = get_version(actor, template_id=document["templateId"], version=document["version"])
        stored = False
        if version.sha256 != canonical.sha256(document):
            raise
    if owner is not None:
        _make_owner(owner, version.template)
    return version, stored


def get_version(actor: Actor, *, template_id: str, version: str | None = None) -> TemplateVersion:
    """One version, whatever its status if it is named exactly, else the newest published one that ``version`` means.

    Hidden if there is none, or the template is not for the actor to see.
    """
    rows = versions_of(actor, template_id=template_id).select_related("template")
    if version is not None and versions.is_version(version):
        exact = rows.filter(version=version).first()
        if exact:
            return exact
    published = dict(rows.filter(status=VersionStatus.PUBLISHED).values_list("version", "pk"))
    try:
        meant = versions.newest(published, version)
    except versions.RangeInvalid:
        meant = None
    if meant is None:
        raise Hidden
    return rows.get(pk=published[meant])


def versions_of(actor: Actor, *, template_id: str) -> QuerySet[TemplateVersion]:
    """All versions of a template. Hidden if the actor may not see it."""
    templates = policy.visible(actor, JobTemplate.objects.all())
    # What cannot be a name is not looked for: PostgreSQL takes no NUL in a text.
    pk = (
        documents.is_template_id(template_id)
        and templates.values_list("pk", flat=True).filter(template_id=template_id).first()
    )
    if not pk:
        raise Hidden
    return TemplateVersion.objects.filter(template_id=pk)


def published_templates(actor: Actor) -> QuerySet[JobTemplate]:
    """The templates with a published version that the actor may see."""
    published = TemplateVersion.objects.filter(template_id=OuterRef("pk"), status=VersionStatus.PUBLISHED)
    return policy.visible(actor, JobTemplate.objects.filter(Exists(published)))


def newest_published(template_pks: Iterable[UUID]) -> dict[UUID, TemplateVersion]:
    """The newest published version of each template that has one, in two statements. Asks no policy."""
    by_template: dict[UUID, dict[str, UUID]] = {}
    published = TemplateVersion.objects.filter(template_id__in=list(template_pks), status=VersionStatus.PUBLISHED)
    for template_pk, version, pk in published.values_list("template_id", "version", "pk"):
        by_template.setdefault(template_pk, {})[version] = pk
    wanted = [of_one[versions.newest(of_one) or ""] for of_one in by_template.values()]
    return {row.template_id: row for row in TemplateVersion.objects.filter(pk__in=wanted)}


def _template_to_extend(actor: Actor, template_id: str) -> JobTemplate:
    template = JobTemplate.objects.filter(template_id=template_id).first()
    if template is None:
        policy.require_model(actor, ADD)
        template, made = JobTemplate.objects.get_or_create(
            template_id=template_id, defaults={"name": template_id, "created_by_id": actor.pk}
        )
        if made:
            policy.grant_creator(actor, [template], MAKERS_ACTIONS)
            return template
    # It was there, or another maker was faster.
    policy.require(actor, "change", template)
    return template


def _store(actor: Actor, template: JobTemplate, document: dict[str, Any], *, draft: bool) -> TemplateVersion:
    status = VersionStatus.DRAFT if draft else VersionStatus.PUBLISHED
    try:
        with transaction.atomic():
            return TemplateVersion.objects.create(
                template=template,
                version=document["version"],
                status=status,
                document=document,
                sha256=canonical.sha256(document),
                created_by_id=actor.pk,
                published_at=None if draft else timezone.now(),
            )
    except IntegrityError:
        raise VersionExists(template.template_id, document["version"]) from None


def _take_over_name(template: JobTemplate) -> None:
    """The template is called what its newest published version calls it."""
    document = newest_published([template.pk])[template.pk].document
    name = document.get("name", template.template_id)
    if name != template.name:
        template.name = name
        template.save(update_fields=["name"])


def _make_owner(owner: User, template: JobTemplate) -> None:
    held = policy.allowed(owner, JobTemplate, [template.pk], MAKERS_ACTIONS).get(template.pk, frozenset())
    policy.grant_creator(owner, [template], [action for action in MAKERS_ACTIONS if action not in held])
