"""What baseshift.settings.production sets, as a process that runs with it has it."""

import os
import subprocess
import sys

ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "baseshift.settings.production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "DATABASE_URL": "postgres://shift@db.example/shift?sslmode=verify-full",
    "REDIS_URL": "rediss://redis.example/0",
    "ALLOWED_HOSTS": "shift.example.org",
    "MONGODB_URL": "",
    "KAFKA_BOOTSTRAP_SERVERS": "",
}
PRINT_HEADER = """
import django
django.setup()
from django.test import Client
print(Client().get("/healthz", secure=True, headers={"host": "shift.example.org"})["Strict-Transport-Security"])
"""


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, env={**os.environ, **ENVIRONMENT}, capture_output=True, text=True, check=False)


def test_djangos_checks_for_deployment_find_nothing() -> None:
    found = run("manage.py", "check", "--deploy", "--fail-level", "INFO")
    assert found.returncode == 0, found.stderr


def test_browsers_keep_to_https_for_this_host_and_for_no_other_of_its_domain() -> None:
    assert run("-c", PRINT_HEADER).stdout == "max-age=31536000\n"
