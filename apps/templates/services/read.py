"""Reading templates. What the actor may not view is hidden."""

import hashlib
from collections.abc import Iterable, Sequence
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet

from apps.core.access import policy
from apps.core.access.policy import Actor
from apps.core.errors import Hidden
from apps.templates.documents import validation
from apps.templates.models import JobTemplate, TemplateFacet, TemplateVersion, TemplateVersionQuerySet
from apps.templates.services import bulk_read
from apps.templates.storage import projection
from apps.templates.versioning import versions
from apps.templates.versioning.ranges import RangeInvalid


def get_version(actor: Actor, *, template_id: str, version: str | None = None) -> TemplateVersion:
    """Return one version: in whatever status if named exactly, else the newest published one that ``version`` means.

    Raises Hidden if there is none, or the template is not for the actor to see.
    """
    template = get_template(actor, template_id=template_id)
    rows = TemplateVersion.objects.of_template(template.pk)
    pk = template.newest if version in (None, versions.LATEST) else _meant(rows, version or "")
    found = rows.filter(pk=pk).first() if pk else None
    if found is None:
        raise Hidden
    return found


def get_template(actor: Actor, *, template_id: str) -> JobTemplate:
    """Return the template's row, whether or not anything is published. Raises Hidden if the actor may not see it."""
    templates = policy.visible(actor, JobTemplate.objects.all())
    # What cannot be a name is not looked for: PostgreSQL takes no NUL in a text.
    found = templates.filter(template_id=template_id).first() if validation.is_template_id(template_id) else None
    if found is None:
        raise Hidden
    return found


def versions_of(actor: Actor, *, template_id: str) -> TemplateVersionQuerySet:
    """Return all versions of a template. Raises Hidden if the actor may not see it."""
    return TemplateVersion.objects.of_template(get_template(actor, template_id=template_id).pk)


def published_templates(
    actor: Actor,
    *,
    name: str | None = None,
    labels: Iterable[tuple[str, str]] = (),
    step_type: str | None = None,
    search: str | None = None,
) -> QuerySet[JobTemplate]:
    """Return the published templates that the actor may see, narrowed by what their newest version says.

    ``name`` and ``labels`` are equality, ``step_type`` that of some step; ``search`` is a part, in any case, of names,
    description, labels or step names.
    """
    found = policy.visible(actor, JobTemplate.objects.published())
    if name is not None:
        found = found.filter(name=name)
    digests = [projection.facet(projection.LABEL, f"{key}:{value}") for key, value in labels]
    if step_type is not None:
        digests.append(projection.facet(projection.STEP_TYPE, step_type))
    for digest in digests:
        # Not "in": a page of what nearly all have would gather all of them first.
        found = found.filter(Exists(TemplateFacet.objects.filter(template_id=OuterRef("pk"), digest=digest)))
    if search:
        found = found.filter(search_text__contains=projection.folded(search))
    return found


def documents_of(version_pks: Sequence[UUID]) -> dict[UUID, TemplateVersion]:
    """Return the versions with these keys, such as ``JobTemplate.newest``, in one statement.

    Asks no policy. Raises TooLarge.
    """
    return {row.pk: row for row in bulk_read.whole(version_pks)}


def etag(version: TemplateVersion) -> str:
    """Return a strong entity tag (RFC 9110, section 8.8.3) of the version as it is served, quotes included."""
    # Not the hash of the document: in another order of its keys it is served otherwise.
    served = f"{version.pk}:{version.revision}"
    return f'"{hashlib.sha256(served.encode()).hexdigest()[:32]}"'


def _meant(rows: TemplateVersionQuerySet, wanted: str) -> UUID | None:
    """Return the key of the version of exactly that number, else of the newest published one in that range."""
    if versions.is_version(wanted):
        exact = rows.filter(version=wanted).values_list("pk", flat=True).first()
        if exact is not None:
            return exact
    published = dict(rows.published().values_list("version", "pk"))
    try:
        meant = versions.newest(published, wanted)
    except RangeInvalid:
        return None
    return published[meant] if meant else None
