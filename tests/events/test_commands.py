"""The commands of the bus, on Redis Streams, which need no topics to be made."""

import os
import signal
import subprocess

import pytest
from django.core.management import CommandError, call_command
from pytest_django.fixtures import Settings

from apps.stack import command_lines
from tests.support.waiting import PATIENCE_SECONDS, eventually


def test_redis_needs_no_topics_to_be_made(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("setup_topics")
    assert "Nothing to do" in capsys.readouterr().out


def test_a_topic_to_compact_that_is_not_ours_is_named(settings: Settings) -> None:
    settings.KAFKA_COMPACTED_TOPICS = ["base-shift.jobs", "typo"]
    with pytest.raises(CommandError, match="typo"):
        call_command("setup_topics")


def test_the_publisher_stops_when_it_is_told_even_without_a_database(tmp_path: os.PathLike[str]) -> None:
    environment = {**os.environ, "VAR_DIR": str(tmp_path), "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3"}
    with subprocess.Popen(
        command_lines.manage("publish_events"), env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        assert any("database_unavailable" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_SECONDS)
    eventually(lambda: process.returncode is not None)
    assert process.returncode == 0
