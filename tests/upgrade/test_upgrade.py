"""A database of an earlier version, with work under way, is migrated to this one and goes on (see README.md)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from pytest_django.plugin import DjangoDbBlocker

from apps.core.models import User
from apps.events.models import DeadLetter, Event
from apps.workflows.engine.states import WORKFLOW_ENDED
from apps.workflows.models import Attempt, Command, QuarantinedEntry, Shard, Trigger, TriggerTopic, Workflow
from tests.support import cluster as clusters
from tests.support.waiting import eventually
from tests.upgrade import old_database
from tests.upgrade.old_database import ALIAS, OldDatabase, Rows

# What is called otherwise than in the dump. A migration that renames something adds it here.
TABLES = {
    "workflows_frozendocument": "workflows_documentsnapshot",
    "workflows_setaside": "workflows_quarantinedentry",
}
COLUMNS = {
    ("events_event", "set_aside_at"): "quarantined_at",
    ("workflows_trigger", "begins"): "start_offsets",
    ("workflows_triggertopic", "told_at"): "reported_at",
}

# What was under way, and how it ends.
ENDS = {
    "queued": ("COMPLETED", {"paid": 12.5}),
    "running": ("COMPLETED", {"paid": 12.5}),
    "waiting": ("COMPLETED", {"paid": 12.5}),
    "retrying": ("COMPLETED", {"paid": 12.5}),
    "initialized": ("COMPLETED", {"paid": 12.5}),
    # Commands that had not been applied.
    "held outside": ("COMPLETED", {"paid": 99}),
    "to cancel": ("CANCELLED", None),
}


@dataclass(frozen=True)
class Upgrade:
    """A migrated database, what stood in it before, and its rows right after."""

    database: OldDatabase
    migrations: dict[str, str]
    permissions: set[tuple[str, ...]]
    before: Rows
    after: Rows


# Permissions that there were not yet.
ADDED = {("workflows", "workflow", "report_workflow", "Can report for the workflow's jobs")}


@pytest.fixture(scope="module")
def upgrade(
    own_database: str, tmp_path_factory: pytest.TempPathFactory, django_db_blocker: DjangoDbBlocker
) -> Iterator[Upgrade]:
    database = OldDatabase(own_database, tmp_path_factory.mktemp("upgrade"))
    with django_db_blocker.unblock(), database.reachable():
        database.load()
        migrations, permissions, before = old_database.migrations(), old_database.permissions(), old_database.rows()
        database.manage("migrate --verbosity 0")
        yield Upgrade(database, migrations, permissions, before, old_database.rows())


def test_every_row_is_there_with_its_values(upgrade: Upgrade) -> None:
    assert not old_database.differences(renamed(upgrade.before), upgrade.after)


def test_models_read_what_was_renamed(upgrade: Upgrade) -> None:
    entry = QuarantinedEntry.objects.using(ALIAS).get()
    assert (entry.entry["k"], entry.error) == ("nonsense", "ValueError: 'nonsense' is not a valid Kind")
    for workflow in Workflow.objects.using(ALIAS).select_related("document"):
        assert workflow.document.body["version"] == workflow.version
    (event,) = Event.objects.using(ALIAS).exclude(quarantined_at=None)
    assert str(event.event_id) == DeadLetter.objects.using(ALIAS).get().reference
    offsets = dict(Trigger.objects.using(ALIAS).values_list("name", "start_offsets"))
    assert offsets == {"orders": {"0": 41, "1": 7}, "returns": None}
    assert TriggerTopic.objects.using(ALIAS).get().reported_at.date() == date(2026, 12, 1)


def test_permissions_are_those_of_the_models_and_held_by_whom_they_were(upgrade: Upgrade) -> None:
    assert_permissions()
    held = Group.objects.using(ALIAS).values_list("name", "permissions__codename")
    assert set(held) == {
        ("auditors", "view_documentsnapshot"),
        *(("engineers", f"{action}_quarantinedentry") for action in ("view", "delete")),
        *(("engineers", f"view_{model}") for model in ("deadletter", "triggertopic")),
    }
    users = dict(User.objects.using(ALIAS).values_list("username", "user_permissions__codename"))
    assert users["eve"] == "change_quarantinedentry"


def test_indexes_and_constraints_are_those_of_the_models(upgrade: Upgrade) -> None:
    for model in apps.get_models():
        named = {one.name for one in [*model._meta.indexes, *model._meta.constraints]}
        assert named <= old_database.constraints(model._meta.db_table), model


def test_going_back_and_forth_loses_nothing(upgrade: Upgrade) -> None:
    now, newest = old_database.rows(), old_database.migrations()
    targets = [f"{app} {name}" for app, name in upgrade.migrations.items() if newest[app] != name]
    upgrade.database.manage(*(f"migrate --verbosity 0 {target}" for target in targets))
    assert old_database.migrations() == upgrade.migrations
    # Django takes no permission away: those that came since stay, and mean nothing to the code of then.
    assert old_database.permissions() - ADDED == upgrade.permissions
    back = old_database.rows()
    assert back.keys() == upgrade.before.keys()
    assert not old_database.differences(renamed(back), now)
    upgrade.database.manage("migrate --verbosity 0", "migrate --check", "makemigrations --check --dry-run")
    assert not old_database.differences(renamed(back), old_database.rows())
    assert_permissions()


def test_what_was_under_way_comes_to_its_end(upgrade: Upgrade, tmp_path: Path) -> None:
    """Redis is empty, as after a restart of the machine: the new leader has SQL alone."""
    generation = Shard.objects.using(ALIAS).get().generation
    options = {"executors": 1, "publishers": 1, "database": upgrade.database.url}
    with clusters.running(tmp_path, **options):
        going_on = Workflow.objects.using(ALIAS).exclude(state__in=WORKFLOW_ENDED)
        eventually(lambda: not going_on.exists(), clusters.PATIENCE)
        waiting = Event.objects.using(ALIAS).filter(published_at=None, quarantined_at=None)
        eventually(lambda: not waiting.exists(), clusters.PATIENCE)
    cases = Workflow.objects.using(ALIAS).filter(labels__case__in=ENDS)
    assert {one.labels["case"]: (one.state, one.output) for one in cases} == ENDS
    assert Shard.objects.using(ALIAS).get().generation == generation + 1
    assert outcomes("running")[0] == "lost"
    assert outcomes("retrying")[0] == "failed"
    assert list(Command.objects.using(ALIAS).values_list("result__status", flat=True)) == [200] * 4
    # Those wait for people.
    assert Event.objects.using(ALIAS).exclude(quarantined_at=None).count() == 1
    assert QuarantinedEntry.objects.using(ALIAS).count() == 1


def outcomes(case: str) -> list[str]:
    """How the attempts of the workflow's first job ended, in their order."""
    attempts = Attempt.objects.using(ALIAS).filter(workflow__labels__case=case, job_id="price").order_by("number")
    return list(attempts.values_list("outcome", flat=True))


def renamed(old: Rows) -> Rows:
    return old_database.renamed(old, TABLES, COLUMNS)


def assert_permissions() -> None:
    """There is one for each act on each model, by its name of today, and none of a model that there was."""
    models = [model._meta for model in apps.get_models()]
    assert old_database.permissions() == {
        (meta.app_label, meta.model_name, codename, name) for meta in models for codename, name in acts(meta)
    }
    stored = ContentType.objects.using(ALIAS).values_list("app_label", "model")
    assert set(stored) == {(meta.app_label, meta.model_name) for meta in models}


def acts(meta: Any) -> Iterator[tuple[str, str]]:
    """Codename and name of each permission of a model."""
    for action in meta.default_permissions:
        yield f"{action}_{meta.model_name}", f"Can {action} {meta.verbose_name_raw}"
    yield from meta.permissions
