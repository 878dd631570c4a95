"""``migrate_templates``: everything goes over, and both databases are compared."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from apps.core.access import policy
from apps.core.ids import uuid7
from apps.templates.models import TemplateVersion
from apps.templates.probes import mongodb
from apps.templates.services import store_migration
from apps.templates.services.create import create_version
from apps.templates.services.lifecycle import deprecate
from apps.templates.storage.published import resolve_published
from tests.support.documents import noop_document

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("mongodb_server")]

VERSIONS = 45


@pytest.fixture
def filled() -> list[str]:
    """More versions than are moved at once, of each status; their texts in the order of their keys."""
    for number in range(VERSIONS):
        document = noop_document(
            version=f"1.{number}.0", description="ß ✓ \u2028 \\", inputSchema={"$defs": {"a.b": {}}}
        )
        create_version(policy.SYSTEM, document=document, draft=number % 3 == 0)
    deprecate(policy.SYSTEM, template_id="sample", version="1.1.0")
    return everything("mongodb")


def everything(alias: str) -> list[str]:
    rows = TemplateVersion.objects.using(alias).order_by("id").values()
    return [str(sorted(row.items())) for row in rows]


def run(target: str) -> str:
    out = StringIO()
    call_command("migrate_templates", "--to", target, stdout=out)
    return out.getvalue()


def test_everything_goes_to_sql_and_back_as_it_was(filled):
    there = run("sql")
    assert f"{VERSIONS} copied; sql holds {VERSIONS} versions" in there
    assert (everything("default"), everything("mongodb")) == (filled, [])
    back = run("mongodb")
    assert (everything("default"), everything("mongodb")) == ([], filled)
    assert there.split("sha256")[1].split()[0] == back.split("sha256")[1].split()[0]
    assert resolve_published("sample", "1.2.0").document["inputSchema"] == {"$defs": {"a.b": {}}}


def test_what_an_interrupted_move_has_copied_is_not_copied_again(filled):
    for row in list(TemplateVersion.objects.using("mongodb").order_by("id")[:30]):
        row.save(using="default", force_insert=True)
    assert f"{VERSIONS - 30} copied" in run("sql")
    assert everything("default") == filled


def test_what_the_target_has_otherwise_is_put_right(filled):
    row = TemplateVersion.objects.using("mongodb").earliest("id")
    row.text = "{}"
    row.save(using="default", force_insert=True)
    assert f"{VERSIONS} copied" in run("sql")
    assert everything("default") == filled


def test_where_the_target_has_more_nothing_is_taken_away(filled):
    row = TemplateVersion.objects.using("mongodb").latest("id")
    TemplateVersion.objects.using("mongodb").filter(pk=row.pk).delete()
    row.save(using="default", force_insert=True)
    with pytest.raises(CommandError, match="Nothing was taken away"):
        run("sql")
    assert len(everything("mongodb")) == VERSIONS - 1


def test_where_the_target_has_another_version_of_the_same_number_nothing_is_taken_away(filled):
    row = TemplateVersion.objects.using("mongodb").latest("id")
    row.pk = uuid7()
    row.save(using="default", force_insert=True)
    with pytest.raises(CommandError, match="Nothing was taken away"):
        run("sql")
    assert everything("mongodb") == filled


def test_without_a_mongodb_there_is_nothing_to_move(settings):
    settings.MONGODB_URL = ""
    with pytest.raises(CommandError, match="MONGODB_URL is not set"):
        run("mongodb")


def test_a_database_that_is_not_migrated_is_told(filled):
    connections["mongodb"].database["templates_templateversion"].rename("elsewhere")
    try:
        with pytest.raises(CommandError, match="migrate --database mongodb"):
            run("mongodb")
        assert [finding.seen for finding in mongodb()] == ["is not migrated"]
    finally:
        connections["mongodb"].database["elsewhere"].rename("templates_templateversion")


def test_the_doctor_sees_what_was_left_behind(filled):
    assert [finding.remedy for finding in mongodb()] == [""]
    store_migration.migrate_versions("mongodb", "default")
    assert [finding.seen for finding in mongodb()] == ["answers", "versions of templates are in SQL"]
