"""``manage.py start_workflow TEMPLATE``: start a workflow, and with ``--watch`` follow it to its end."""

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core.access.policy import Actor
from apps.core.errors import Refusal
from apps.core.json import strict
from apps.workflows.management.watching import actor_named, follow
from apps.workflows.services.requests import StartRequest
from apps.workflows.services.start import Started, start


class Command(BaseCommand):
    help = "Start a workflow and print its id."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        # Django's own --version gives way to the template's.
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("template", metavar="TEMPLATE", help="the templateId")
        parser.add_argument("--version", dest="wanted", help="a version, or a range")
        parser.add_argument("--input", metavar="FILE", help="JSON file; - reads standard input; default: {}")
        parser.add_argument("--user", help="the user who starts it; default: the first superuser")
        parser.add_argument("--watch", action="store_true", help="print each change until it ends; see watch_workflow")

    def handle(self, *args: Any, **options: Any) -> None:
        actor = actor_named(options["user"])
        started = _start(actor, options["template"], options["wanted"], _input(options["input"]))
        self.stdout.write(str(started.workflow.pk))
        if options["watch"]:
            for line in follow(actor, started.workflow.pk):
                self.stdout.write(line)


def _start(actor: Actor, template_id: str, version: str | None, value: Any) -> Started:
    try:
        return start(actor, StartRequest(template_id=template_id, version=version, input=value))
    except Refusal as error:
        lines = [f"  {problem.pointer or '/'}: {problem.message}" for problem in error.problems]
        raise CommandError("\n".join([error.detail, *lines])) from error


def _input(name: str | None) -> Any:
    if name is None:
        return {}
    text = _read(name, settings.MAX_BODY_BYTES + 1)
    if len(text) > settings.MAX_BODY_BYTES:
        raise CommandError(f"The input is larger than {settings.MAX_BODY_BYTES} bytes.")
    try:
        return strict.loads(text)
    except strict.Malformed as error:
        raise CommandError(f"The input cannot be read: {error} (at {error.problem.pointer or '/'})") from error


def _read(name: str, size: int) -> bytes:
    if name == "-":
        return sys.stdin.buffer.read(size)
    try:
        with Path(name).open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise CommandError(f"{name}: {error.strerror}") from error
