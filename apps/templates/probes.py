"""Probe for ``manage.py doctor``: whether the versions of templates are where they are looked for."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, DatabaseError
from pymongo.errors import PyMongoError

from apps.core.doctor import Finding, Probe
from apps.templates.services.store_migration import has_table, is_empty
from apps.templates.storage.routers import MONGODB


def mongodb() -> Iterator[Finding]:
    """Report whether MongoDB answers, is migrated, and nothing was left behind in SQL."""
    if not settings.MONGODB_URL:
        return
    try:
        migrated = has_table(MONGODB)
        left = not is_empty(DEFAULT_DB_ALIAS)
    except (DatabaseError, PyMongoError):
        yield Finding("mongodb", "cannot be used", "start MongoDB, or fix MONGODB_URL")
        return
    remedy = "" if migrated else f"run 'manage.py migrate --database {MONGODB}'"
    yield Finding("mongodb", "answers" if migrated else "is not migrated", remedy)
    if left:
        yield Finding("mongodb", "versions of templates are in SQL", "run 'manage.py migrate_templates --to mongodb'")


PROBES: list[Probe] = [mongodb]
