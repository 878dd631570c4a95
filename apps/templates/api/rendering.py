"""Rendering of versions: the document as it was stored, and beside it what the service knows of it."""

from typing import Any

from apps.templates.models import TemplateVersion
from apps.templates.services.create import StoredVersion


def served(version: TemplateVersion) -> dict[str, Any]:
    return {
        **version.document,
        "status": version.status,
        "createdAt": version.created_at,
        "publishedAt": version.published_at,
    }


def served_with_warnings(stored: StoredVersion) -> dict[str, Any]:
    """Render a version, and what the author should know about the change, if anything."""
    return served(stored.version) | ({"warnings": list(stored.warnings)} if stored.warnings else {})


def list_item(version: TemplateVersion) -> dict[str, Any]:
    """Render a version without ``output``, which no list's items hold."""
    return {key: value for key, value in served(version).items() if key != "output"}
