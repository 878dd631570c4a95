"""Breaking changes of a version that its number does not announce, against the version it follows."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from semver import Version

from apps.core.schema.json_schema import Problem
from apps.templates.comparison import compatibility
from apps.templates.comparison.compatibility import LEVELS, Level
from apps.templates.errors import UpdateTooSmall
from apps.templates.models import TemplateVersion
from apps.templates.versioning import versions

MAX_WARNINGS = 20


def warnings(template_pk: UUID, document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what ``document`` changes that its version does not admit to.

    It is compared with the newest published version before it. Versions below 1.0.0 promise nothing (semver 2.0.0, §4).
    Raises UpdateTooSmall where the settings refuse such changes.
    """
    before = previous_version(template_pk, document["version"])
    return warnings_between(before.document, document) if before else ()


def warnings_between(before: Mapping[str, Any], document: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the same for two documents, the one version following the other."""
    old, new = before["version"], document["version"]
    admitted = update_level(old, new)
    if admitted is None:
        return ()
    found = [
        change
        for change in compatibility.changes(before, document)
        if LEVELS.index(change.needs) > LEVELS.index(admitted)
    ]
    if found and settings.BREAKING_CHANGES == "refuse":
        problems = [
            Problem(change.pointer, f"{change.message}: this needs a {change.needs} update") for change in found
        ]
        raise UpdateTooSmall(f"{old} to {new} is a {admitted} update.", problems)
    return tuple(
        f"{change.pointer or '/'}: {change.message}: this needs a {change.needs} update, and {old} to {new} is a "
        f"{admitted} one"
        for change in found[:MAX_WARNINGS]
    )


def update_level(before: str, after: str) -> Level | None:
    """Return which kind of update leads from one version to a later one; None if semver lets it break anything."""
    old, new = Version.parse(before), Version.parse(after)
    if new.major == 0 or old.prerelease:
        return None
    if new.major != old.major:
        return "major"
    return "minor" if new.minor != old.minor else "patch"


def previous_version(template_pk: UUID, version: str) -> TemplateVersion | None:
    """Return the newest published version before ``version``: the one that it is compared with."""
    published = TemplateVersion.objects.of_template(template_pk).published()
    place = versions.precedence(version)
    older = [text for text in published.values_list("version", flat=True) if versions.precedence(text) < place]
    newest = versions.newest(older)
    return published.get(version=newest) if newest else None
