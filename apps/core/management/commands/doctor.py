"""``manage.py doctor``: tries every connection, reports what is wrong and how to fix it."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.core.doctor import Finding, probes


class Command(BaseCommand):
    help = "Tries every connection and process; exits with status 1 if something is wrong."
    # What is wrong is reported below, in words.
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        findings = []
        with _silent_clients():
            for probe in probes():
                for finding in probe():
                    self._show(finding)
                    findings.append(finding)
        wrong = sum(bool(finding.remedy) for finding in findings)
        if wrong:
            raise CommandError(f"{wrong} of {len(findings)} findings need attention.")
        self.stdout.write("All is well.")

    def _show(self, finding: Finding) -> None:
        mark = self.style.ERROR("wrong") if finding.remedy else self.style.SUCCESS("ok   ")
        self.stdout.write(f"{mark}  {finding.part:<10}  {finding.seen}")
        if finding.remedy:
            self.stdout.write(f"{'':19}{finding.remedy}")


@contextmanager
def _silent_clients() -> Iterator[None]:
    """Disable logs of clients of Kafka and others while they cannot connect: a finding says it once."""
    logging.disable(logging.ERROR)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
