"""``manage.py migrate_templates --to mongodb|sql``: moves all versions of templates to the other database."""

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import DEFAULT_DB_ALIAS

from apps.templates.services.store_migration import StoresDiffer, has_table, migrate_versions
from apps.templates.storage.routers import MONGODB

ALIASES = {"mongodb": MONGODB, "sql": DEFAULT_DB_ALIAS}


class Command(BaseCommand):
    help = "Move all versions of templates to MongoDB or back to SQL; counts and hashes of both are compared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", required=True, choices=sorted(ALIASES), dest="target")

    def handle(self, *, target: str, **options: Any) -> None:
        if not settings.MONGODB_URL:
            raise CommandError("MONGODB_URL is not set: it says which MongoDB is meant, for both directions.")
        source = next(name for name in ALIASES if name != target)
        if not has_table(ALIASES[target]):
            raise CommandError(
                f"The {target} database is not migrated: run 'manage.py migrate --database {ALIASES[target]}'."
            )
        try:
            moved = migrate_versions(ALIASES[source], ALIASES[target])
        except StoresDiffer as error:
            raise CommandError(f"Nothing was taken away: {error}.") from error
        self.stdout.write(f"{moved.copied} copied; {target} holds {moved.total} versions, sha256 {moved.sha256}.")
        if target == "sql":
            self.stdout.write("Take MONGODB_URL away now.")
