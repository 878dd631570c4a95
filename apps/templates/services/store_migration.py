"""Migration of all versions from one database to the other, with a comparison of both."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

from django.db import IntegrityError, connections, transaction
from django.db.models import QuerySet

from apps.templates.models import TemplateVersion

# Documents may be 5 MiB each: few are held at once.
BATCH_SIZE = 20


class StoresDiffer(Exception):
    """Difference between the two databases; nothing has been taken away from where it was."""


@dataclass(frozen=True, slots=True)
class MigrationResult:
    """Number of versions in the target, how many of them were copied now, and a hash over all of them."""

    total: int
    copied: int
    sha256: str


def migrate_versions(source: str, target: str) -> MigrationResult:
    """Copy the versions that ``target`` lacks or has otherwise, compare all, then empty ``source``.

    Both are aliases of DATABASES. May be run again after it was interrupted. Nobody may write meanwhile: what is
    written between the comparison and the emptying would be lost, so stop the processes before. Raises
    StoresDiffer if the comparison fails.
    """
    copied = sum(_copy(batch, target) for batch in _batches(source))
    here, there = _digest(source), _digest(target)
    if here != there:
        raise StoresDiffer(f"{source} has {here[0]} versions with hash {here[1]}, {target} {there[0]} with {there[1]}")
    _versions(source).delete()
    return MigrationResult(there[0], copied, there[1])


def is_empty(alias: str) -> bool:
    return not _versions(alias).exists()


def has_table(alias: str) -> bool:
    """Return whether the database is there and migrated."""
    return TemplateVersion._meta.db_table in connections[alias].introspection.table_names()


def _versions(alias: str) -> QuerySet[TemplateVersion]:
    return TemplateVersion.objects.using(alias)


def _batches(alias: str) -> Iterator[list[TemplateVersion]]:
    keys = list(_versions(alias).order_by("id").values_list("pk", flat=True))
    for start in range(0, len(keys), BATCH_SIZE):
        yield list(_versions(alias).filter(pk__in=keys[start : start + BATCH_SIZE]))


def _copy(batch: list[TemplateVersion], target: str) -> int:
    there = {row.pk: _line(row) for row in _versions(target).filter(pk__in=[row.pk for row in batch])}
    lacking = [row for row in batch if there.get(row.pk) != _line(row)]
    try:
        with transaction.atomic(using=target):
            _versions(target).filter(pk__in=[row.pk for row in lacking]).delete()
            for row in lacking:
                row.save(using=target, force_insert=True)
    except IntegrityError as error:
        raise StoresDiffer(f"{target} has versions of its own with the same numbers or places") from error
    return len(lacking)


def _digest(alias: str) -> tuple[int, str]:
    """Return the number of versions, and a hash over every field of every one, whatever the database's own order."""
    lines = sorted(_line(row) for batch in _batches(alias) for row in batch)
    return len(lines), hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _line(row: TemplateVersion) -> str:
    """Return the version as one line: each field as it is written, the text by its hash."""
    fields = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    text = hashlib.sha256(fields.pop("text").encode()).hexdigest()
    return repr((text, sorted((name, str(value)) for name, value in fields.items())))
