"""A setting that cannot be used stops what reads it, with a line that names it and never shows its value."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from apps.core import env, probes


@pytest.mark.parametrize("value", ["http://h", "h:6379", "garbage", "//h"])
def test_an_address_of_another_kind_is_refused(value, monkeypatch):
    monkeypatch.setenv("REDIS_URL", value)
    with pytest.raises(env.BadSetting, match="REDIS_URL must begin with redis:// or rediss://"):
        env.redis_url()


@pytest.mark.parametrize(
    "value", ["redis://h:port/0", "redis://:pa#ss@h:6379/0", "redis://[::1/0", "redis://h:99999/0"]
)
def test_an_address_that_cannot_be_taken_apart_is_refused(value, monkeypatch):
    monkeypatch.setenv("JOB_QUEUE_URL", value)
    with pytest.raises(env.BadSetting, match="JOB_QUEUE_URL cannot be read"):
        env.job_queue_url()


@pytest.mark.parametrize("value", ["redis://h", "rediss://:p%23@h:6380/0", "redis://[::1]:6379/0"])
def test_an_address_is_taken_as_it_is_written(value, monkeypatch):
    monkeypatch.setenv("REDIS_URL", value)
    assert env.redis_url() == value


def test_mongodb_may_have_several_hosts(monkeypatch):
    monkeypatch.setenv("MONGODB_URL", "mongodb://a:1,b:2/shift")
    assert env.url("MONGODB_URL", ("mongodb",), one_host=False) == "mongodb://a:1,b:2/shift"


@pytest.mark.parametrize("level", ["loud", "WARN", "FATAL", "NOTSET", "10"])
def test_a_level_that_some_process_does_not_have_is_refused(level, monkeypatch):
    monkeypatch.setenv("LOG_LEVEL", level)
    with pytest.raises(env.BadSetting, match="LOG_LEVEL must be one of DEBUG"):
        env.log_level()


@pytest.mark.parametrize("value", ["2.5", "many", "nan", "1e400", "0", "1e18", "9999999999999999999"])
def test_a_number_of_things_is_a_whole_number(value, monkeypatch):
    monkeypatch.setenv("TRIGGER_TRIES", value)
    with pytest.raises(env.BadSetting, match="TRIGGER_TRIES must be a"):
        env.whole_number("TRIGGER_TRIES", 5, minimum=1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DATABASE_URL", "mysql://u:hunter2@h/x"),
        ("REDIS_URL", "redis://:hun#ter2@h/0"),
        ("LEASE_SECONDS", "hunter2"),
        ("VAR_DIR", "/dev/null/hunter2"),
        ("STATE_TTL_SECONDS", "99999999999999999999"),
        ("LEASE_SECONDS", "1e30"),
        ("RETENTION_EVENTS_DAYS", "0.5"),
        ("RETENTION_DEAD_LETTERS_DAYS", "999999"),
    ],
)
def test_a_command_tells_a_bad_setting_in_a_line_without_its_value(name, value):
    command = [sys.executable, "manage.py", "check"]
    told = subprocess.run(command, env={**os.environ, name: value}, capture_output=True, text=True, check=False)
    assert told.returncode == 1
    assert told.stderr.count("\n") == 1
    assert told.stderr.startswith(name)
    assert "ter2" not in told.stderr


def test_the_doctor_tells_what_the_other_commands_refuse(monkeypatch):
    monkeypatch.setenv("EGRESS_ALLOW", "gateway.example:not-a-port")
    (finding,) = probes.configuration()
    assert finding.seen.startswith("EGRESS_ALLOW cannot be read")
    assert finding.remedy


def test_no_message_repeats_an_entry_of_egress_allow(monkeypatch):
    monkeypatch.setenv("EGRESS_ALLOW", "gateway.example, postgres://u:hunter2@h/x")
    (finding,) = probes.configuration()
    assert "entry 2" in finding.seen
    assert "hunter2" not in finding.seen


def settings_seen_from(directory, **environment):
    program = "from baseshift.settings import base; print(base.VAR_DIR, base.DATABASES['default']['NAME'])"
    command = [sys.executable, "-c", program]
    python = {"PYTHONPATH": str(env.BASE_DIR), "DJANGO_SETTINGS_MODULE": "baseshift.settings.base"}
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "VAR_DIR")}
    seen = subprocess.run(
        command, env={**kept, **python, **environment}, cwd=directory, capture_output=True, text=True, check=True
    )
    return seen.stdout.split()


def test_a_relative_path_is_the_same_place_from_every_directory(tmp_path):
    relative = os.path.relpath(tmp_path / "mine", env.BASE_DIR)
    var, name = settings_seen_from(tmp_path, VAR_DIR=relative)
    assert os.path.realpath(var) == os.path.realpath(tmp_path / "mine")
    assert os.path.realpath(name) == os.path.realpath(tmp_path / "mine" / "baseshift.sqlite3")
    _, name = settings_seen_from(tmp_path, VAR_DIR=relative, DATABASE_URL=f"sqlite:///{relative}/other.sqlite3")
    assert os.path.realpath(name) == os.path.realpath(tmp_path / "mine" / "other.sqlite3")


def test_what_the_embedded_stack_keeps_is_its_owners_alone(tmp_path):
    var, name = settings_seen_from(tmp_path, VAR_DIR=str(tmp_path / "mine"))
    assert Path(var).stat().st_mode & 0o077 == 0
    assert Path(name).stat().st_mode & 0o077 == 0
    Path(name).chmod(0o644)
    settings_seen_from(tmp_path, VAR_DIR=str(tmp_path / "mine"))
    assert Path(name).stat().st_mode & 0o077 == 0
