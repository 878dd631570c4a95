"""Comparison of two versions of a template."""

from dataclasses import dataclass

from apps.core.access.policy import Actor
from apps.core.errors import Hidden
from apps.templates.comparison import compatibility, diff
from apps.templates.comparison.compatibility import CompatibilityChange, Level
from apps.templates.comparison.diff import Difference
from apps.templates.formats.yaml_writer import TooLong
from apps.templates.models import TemplateVersion
from apps.templates.services import breaking_changes
from apps.templates.services.read import get_version


@dataclass(frozen=True, slots=True)
class Comparison:
    """Differences between two versions."""

    old: TemplateVersion
    new: TemplateVersion
    # Value by value.
    differences: list[Difference]
    # Changes that others may notice, and the update that each needs.
    reasons: list[CompatibilityChange]
    # The least update for all of them.
    needs: Level
    # A unified diff; None where the documents are too long for one.
    text: str | None


def compare(actor: Actor, *, template_id: str, old: str | None = None, new: str | None = None) -> Comparison:
    """Compare two versions, each named by its number or a range of published ones.

    ``new`` is the newest published one unless named, ``old`` the newest published one before it. Raises
    Hidden if there is none, or the template is not for the actor to see.
    """
    later = get_version(actor, template_id=template_id, version=new)
    earlier = _before(later) if old is None else get_version(actor, template_id=template_id, version=old)
    documents = earlier.document, later.document
    reasons = compatibility.changes(*documents)
    return Comparison(
        earlier, later, diff.changes(*documents), reasons, compatibility.required_level(reasons), _text(earlier, later)
    )


def _before(version: TemplateVersion) -> TemplateVersion:
    found = breaking_changes.previous_version(version.template_pk, version.version)
    if found is None:
        raise Hidden(f"No version before {version.version} is published: name the one to compare it with.")
    return found


def _text(old: TemplateVersion, new: TemplateVersion) -> str | None:
    try:
        return diff.text(old.document, new.document, str(old), str(new))
    except TooLong:
        return None
