"""Database router: versions are in MongoDB where ``MONGODB_URL`` names one, else in the main database.

Everything else is in the main database, the templates' own rows with their permissions, too.
"""

from typing import Any

from django.conf import settings
from django.db.models import Model

MONGODB = "mongodb"
# In lower case, as migrations name it.
VERSION = ("templates", "templateversion")


class VersionRouter:
    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        return MONGODB if settings.MONGODB_URL and _is_version(model) else None

    db_for_write = db_for_read

    def allow_migrate(self, db: str, app_label: str, model_name: str | None = None, **hints: Any) -> bool | None:
        # The main database keeps its table: migrate_templates moves the versions back there, too.
        return (app_label, model_name) == VERSION if db == MONGODB else None


def _is_version(model: type[Model]) -> bool:
    return (model._meta.app_label, model._meta.model_name) == VERSION
