"""``manage.py create_token USERNAME``: creates an API token for ``Authorization: Bearer …``."""

from argparse import ArgumentParser
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from apps.core.access import tokens
from apps.core.models import User

MAX_DAYS = 36_500


class Command(BaseCommand):
    help = "Create an API token for a user and print it. It is not stored, so it is shown only once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", default="", help="what the token is for")
        parser.add_argument("--days", type=int, help="how many days it is valid; default: until it is revoked")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['username']!r}.")
        if not user.is_active:
            raise CommandError(f"The user {options['username']!r} is not active: no token of theirs would hold.")
        days = options["days"]
        if days is not None and not 1 <= days <= MAX_DAYS:
            raise CommandError(f"--days must be from 1 to {MAX_DAYS}.")
        expires_at = None if days is None else timezone.now() + timedelta(days=days)
        _, value = tokens.issue(user, user=user, name=options["name"][:100], expires_at=expires_at)
        self.stdout.write(value)
