"""``manage.py run_stack``: runs everything on one machine, on embedded parts unless the settings name others."""

import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import get_commands
from django.core.management.base import BaseCommand, CommandError

from apps.core import env
from apps.core.processes.signals import stop_event
from apps.stack.embedded_redis import DataInUse
from apps.stack.readiness import port_is_free
from apps.stack.stack import Plan, Stack, StackFailed


class Command(BaseCommand):
    help = "Runs the whole stack until Ctrl-C: Redis, web server, scheduler, publisher, executors in pods."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")

    def handle(self, *, host: str, port: int, **options: Any) -> None:
        _check_address(host, port)
        plan = Plan(
            host=host,
            port=port,
            site=_site(),
            runs_executors=settings.POD_BACKEND == "process",
            log_level=settings.LOG_LEVEL,
            redis_url=env.text("REDIS_URL"),
            databases=tuple(settings.DATABASES),
            commands=frozenset(get_commands()),
            makes_topics=bool(settings.KAFKA),
        )
        try:
            Stack(plan, settings.VAR_DIR, self._write, stop_event(signal.SIGTERM, signal.SIGINT, signal.SIGHUP)).run()
        except (StackFailed, DataInUse) as error:
            raise CommandError(str(error)) from error

    def _write(self, line: str) -> None:
        try:
            self.stdout.write(line)
            self.stdout.flush()
        except OSError:
            # Nobody reads any more; that is no reason to stop.
            return


def _check_address(host: str, port: int) -> None:
    if not 1 <= port <= 65535:
        raise CommandError(f"--port must be between 1 and 65535, not {port}")
    try:
        free = port_is_free(host, port)
    except OSError as error:
        raise CommandError(f"Cannot listen on {host}:{port}: {error.strerror or error}") from error
    if not free:
        raise CommandError(f"Port {port} on {host} is taken by another program: end it, or choose another with --port")


def _site() -> str:
    """Return a host name that the site answers to, for the stack's own readiness check."""
    named = [host.lstrip(".") for host in settings.ALLOWED_HOSTS if host != "*"]
    return named[0] if named else "localhost"
