"""The command lines of the stack's processes."""

import sys
from collections.abc import Collection, Iterator, Mapping

from apps.core.env import BASE_DIR
from apps.stack import executor_environment
from apps.stack.child import Child

RECONCILER = "reconcile_pods"
# Each serves one part of the product; the stack runs those that this version has.
SERVICES = {
    "scheduler": "run_scheduler",
    "pods": RECONCILER,
    "publisher": "publish_events",
    "consumer": "consume_events",
}


# The first executor is there without it: it may start behind what people wait for.
LOW_PRIORITY = ("nice", "-n", "5")


def manage(command: str, *arguments: str) -> list[str]:
    return [sys.executable, str(BASE_DIR / "manage.py"), command, *arguments]


def web(host: str, port: int) -> Child:
    address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    command = [sys.executable, "-m", "gunicorn", "--config", "python:apps.stack.gunicorn_config"]
    return Child("web", [*command, "--bind", address])


def services(commands: Collection[str]) -> Iterator[Child]:
    """Yield the services whose management command is in ``commands``."""
    for name, command in SERVICES.items():
        if command in commands:
            yield Child(name, [*(LOW_PRIORITY if command == RECONCILER else ()), *manage(command)])


def executor(name: str, environment: Mapping[str, str], log_level: str) -> Child:
    command = [sys.executable, "-m", "celery", "-A", "baseshift", "worker", "-n", f"{name}@%h"]
    # Celery's talk between workers, of which ours have no need.
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat", "--loglevel", log_level]
    # CELERY_QUIET is its option --quiet: no banner of twenty lines in the stack's log for each executor.
    own = {**environment, "CELERY_QUIET": "1", "EXECUTOR_NAME": name}
    return Child(name, command, own, inherits=executor_environment.inherits)
