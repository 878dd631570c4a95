"""What a workflow's memory holds besides its jobs, worked out from them: state = fold(apply, journal), read back."""

from apps.workflows.engine import flow
from apps.workflows.engine.run import WorkflowMemory
from apps.workflows.engine.states import JobStatus


def derive(memory: WorkflowMemory) -> None:
    """Decide the edges behind ended jobs, count, and find who runs and which failure the workflow shows.

    Redis' clock may have gone back since: the newest time of any job counts, too.
    """
    for index, job in enumerate(memory.jobs):
        times = [time for time in (job.queued_at, job.started_at, job.finished_at) if time is not None]
        memory.time = max([memory.time, *times])
        if job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            memory.busy.add(index)
        if job.status is JobStatus.RUNNING:
            memory.running.add(index)
        if not job.ended:
            continue
        memory.ended_jobs += 1
        if job.status is JobStatus.FAILED and index not in memory.graph.handled:
            memory.note_unhandled(index)
        for edge in memory.graph.children[index]:
            child = memory.jobs[edge.step]
            child.undecided -= 1
            child.holding += flow.holds(job, edge.on)
