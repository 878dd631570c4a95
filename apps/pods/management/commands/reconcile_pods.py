"""``manage.py reconcile_pods``: creates and deletes pods, or stands by until it may."""

import signal
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.utils import timezone

from apps.core.processes.signals import stop_event, unique_name
from apps.pods import checks
from apps.pods.backends import factory
from apps.pods.reconciler.loop import Reconciler, ReconcilerConfig
from apps.pods.spec.site_environment import site_environment
from apps.pods.workload import registered


class Command(BaseCommand):
    # Those of the site are made by the processes that serve it: here they would only delay the start.
    requires_system_checks = [checks.TAG]
    help = "Starts executors when there is work and ends them when there is none: one reconciler works, the others stand by."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = stop_event(signal.SIGTERM, signal.SIGINT)
        config = ReconcilerConfig(
            shared=site_environment(),
            executor_lease=timedelta(seconds=settings.LEASE_SECONDS),
            idle_seconds=settings.POD_IDLE_SECONDS,
        )
        reconciler = Reconciler(unique_name(), factory.backend(), registered(), config)
        try:
            while not stop.is_set():
                stop.wait(reconciler.tick(timezone.now()).pause)
        finally:
            reconciler.close()
