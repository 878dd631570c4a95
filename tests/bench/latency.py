"""From the moment before ``POST /workflows`` to the first job's start, on a system that does nothing else."""

import json
import time
from datetime import UTC, datetime, timedelta
from uuid import UUID

from apps.core.models import ApiToken
from apps.workflows.models import Job
from tests.bench import shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.http_calls import Connection, packed
from tests.bench.product import HOST
from tests.bench.timing import percentile, rounded

REQUESTS, REQUESTS_IF_QUICK, WARM_UP = 200, 50, 5
P50_MS, P99_MS = 15, 60
# After each workflow's end: all processes are to be asleep again.
IDLE_SECONDS = 0.03
# Journal entries have their time in whole milliseconds, rounded down; we count to the end of the millisecond.
GRAIN = timedelta(milliseconds=1)


def latency(bench: Bench) -> list[Figure]:
    bench.product.publish("latency", shapes.chain(1))
    asked = _ask(bench, WARM_UP + (REQUESTS_IF_QUICK if bench.quick else REQUESTS))
    jobs = Job.objects.filter(workflow_id__in=asked)
    started = {job.workflow_id: job.started_at for job in jobs if job.started_at}
    taken = [(started[key] + GRAIN - before).total_seconds() for key, before in asked.items()][WARM_UP:]
    p50, p99 = (percentile(taken, share) * 1e3 for share in (0.5, 0.99))
    return [
        Figure(
            "POST /workflows to first job started",
            f"p50 {p50:.1f} ms, p99 {p99:.1f} ms",
            target=f"p50 ≤ {P50_MS} ms, p99 ≤ {P99_MS} ms",
            reached=p50 <= P50_MS and p99 <= P99_MS,
            samples={"ms": rounded(taken)},
        )
    ]


def _ask(bench: Bench, count: int) -> dict[UUID, datetime]:
    """Start workflows one after the other. Answers when each was asked for."""
    _, token = ApiToken.issue(bench.product.user)
    body = json.dumps({"templateId": "latency", "input": {}}).encode()
    request = packed("POST", "/workflows", token=token, body=body)
    connection = Connection(HOST, bench.product.port)
    asked = {}
    for _ in range(count):
        before = datetime.now(UTC)
        answer = connection.send(request)
        if answer.status != 201:
            raise RuntimeError(f"Status {answer.status}: {answer.body[:500]!r}")
        workflow_id = UUID(json.loads(answer.body)["workflowId"])
        asked[workflow_id] = before
        bench.product.wait([workflow_id])
        time.sleep(IDLE_SECONDS)
    connection.close()
    return asked
