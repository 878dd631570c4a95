"""Values of a workflow run that follow from its jobs: state = fold(apply, journal), read back."""

from apps.workflows.engine.ending import decide_edge
from apps.workflows.engine.run import WorkflowRun
from apps.workflows.engine.states import JobStatus


def derive(run: WorkflowRun) -> None:
    """Decide the edges behind ended jobs, count, and find the jobs that run and the failure that the workflow shows.

    Redis' clock may have gone back since: the newest time of any job counts, too.
    """
    for index, job in enumerate(run.jobs):
        times = [time for time in (job.queued_at, job.started_at, job.finished_at) if time is not None]
        run.time = max([run.time, *times])
        if job.status in (JobStatus.QUEUED, JobStatus.RUNNING):
            run.busy.add(index)
        if job.status is JobStatus.RUNNING:
            run.running.add(index)
        if not job.ended:
            continue
        run.ended_jobs += 1
        if job.status is JobStatus.FAILED and index not in run.graph.handled:
            run.note_unhandled(index)
        for edge in run.graph.children[index]:
            decide_edge(run.jobs[edge.step], job, edge.on)
