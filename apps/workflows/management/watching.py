"""Following a workflow at the command line: a line for each change, until it ends."""

import time
from collections.abc import Iterator
from uuid import UUID

from django.core.management.base import CommandError

from apps.core.access.policy import SYSTEM, Actor
from apps.core.errors import Hidden
from apps.core.models import User
from apps.workflows.engine.states import WORKFLOW_ENDED, WorkflowState
from apps.workflows.services import read

PAUSE_SECONDS = 0.1
EXIT_CODES = {WorkflowState.COMPLETED: 0, WorkflowState.FAILED: 1, WorkflowState.CANCELLED: 2}


class WorkflowWatch:
    """The changes of one workflow between two looks."""

    def __init__(self) -> None:
        self._last_states: dict[str, str] = {}

    def look(self, found: read.WorkflowDetail) -> Iterator[str]:
        """Yield a line for the workflow, and for each job, whose state is another than at the last look."""
        for job in found.jobs:
            attempt = f" (attempt {job['attempt']})" if job["attempt"] > 1 else ""
            error = f": {job['error']['message']}" if job["error"] else ""
            yield from self._changed(f"job {job['job_id']}", f"{job['status']}{attempt}{error}")
        error = found.workflow["error"]
        yield from self._changed("workflow", found.workflow["state"] + (f": {error['message']}" if error else ""))

    def _changed(self, name: str, state: str) -> Iterator[str]:
        if self._last_states.get(name) != state:
            self._last_states[name] = state
            yield f"{name} {state}"


def follow(actor: Actor, workflow_id: UUID) -> Iterator[str]:
    """Lines as things change; returns when the workflow has ended. Raises CommandError with the code of its end."""
    watch = WorkflowWatch()
    while True:
        try:
            found = read.detail(actor, workflow_id=workflow_id)
        except Hidden as error:
            raise CommandError(f"There is no workflow {workflow_id}.") from error
        yield from watch.look(read.WorkflowDetail(found.workflow, list(found.jobs)))
        state = found.workflow["state"]
        if state in WORKFLOW_ENDED:
            break
        time.sleep(PAUSE_SECONDS)
    if EXIT_CODES[state]:
        raise CommandError(f"The workflow is {state}.", returncode=EXIT_CODES[state])


def actor_named(username: str | None) -> Actor:
    """Return the user of that name; without a name the first active superuser, or the system while there is none."""
    if username is None:
        return User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first() or SYSTEM
    user = User.objects.filter(username=username).first()
    if user is None:
        raise CommandError(f"There is no user {username!r}.")
    return user
