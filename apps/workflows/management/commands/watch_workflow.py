"""``manage.py watch_workflow ID``: a line for each change of a workflow and its jobs, until it ends."""

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from apps.workflows.management.watching import actor_named, follow


class Command(BaseCommand):
    help = "Print each change of a workflow until it ends. Exit code: 0 COMPLETED, 1 FAILED, 2 CANCELLED."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("workflow_id", metavar="ID")
        parser.add_argument("--user", help="the user whose permissions apply; default: the first superuser")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            workflow_id = UUID(options["workflow_id"])
        except ValueError as error:
            raise CommandError(f"{options['workflow_id']!r} is not a workflow id.") from error
        for line in follow(actor_named(options["user"]), workflow_id):
            self.stdout.write(line)
