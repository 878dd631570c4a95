"""What authentication and permissions cost: the same views as shipped and bare, in turn, by the same server process.

The caller is an ordinary user with a token and object permissions, who sees half of the workflows there are. Only the
web server runs: what it creates would else be run meanwhile, by processes that take their share of the machine.
"""

import json
from dataclasses import dataclass

from apps.core.access.policy import SYSTEM
from apps.core.models import ApiToken, User
from apps.templates.services.imports import import_version
from apps.workflows.models import Workflow
from tests.bench import shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.http_calls import Connection, packed
from tests.bench.product import HOST
from tests.bench.timing import median, rounded

TEMPLATE = "rest"
SMALLEST_SHARE = 0.7
# Of each of two users.
WORKFLOWS = 500
ROUNDS, REQUESTS_A_ROUND = 15, 20


@dataclass(frozen=True, slots=True)
class Call:
    name: str
    method: str
    path: str
    status: int
    body: bytes = b""


def rest(bench: Bench) -> list[Figure]:
    bench.product.publish(TEMPLATE, shapes.chain(5))
    _fill(bench)
    _, token = ApiToken.issue(bench.product.user)
    shown = Workflow.objects.filter(created_by=bench.product.user, template_id=TEMPLATE).latest("created_at")
    body = json.dumps({"templateId": TEMPLATE, "input": {"amount": 12.5}}).encode()
    calls = [
        Call("detail", "GET", f"/workflows/{shown.pk}", 200),
        Call("list of 20", "GET", "/workflows?limit=20", 200),
        Call("create", "POST", "/workflows", 201, body),
    ]
    bench.product.stop_engine()
    found = [_compare(bench, call, token) for call in calls]
    bench.product.start_engine()
    # What was created meanwhile is run now, and not into the next measurement.
    bench.product.settle()
    return found


def _fill(bench: Bench) -> None:
    """Workflows of the caller and of somebody else, mixed."""
    other = User.objects.create_user("somebody-else")
    import_version(SYSTEM, document=shapes.document(TEMPLATE, shapes.chain(5)), owner=other)
    step = 20
    for _ in range(0, WORKFLOWS // 5 if bench.quick else WORKFLOWS, step):
        for user in (bench.product.user, other):
            bench.product.run_batch(TEMPLATE, step, user)


def _compare(bench: Bench, call: Call, token: str) -> Figure:
    connection = Connection(HOST, bench.product.port)
    requests = (
        packed(call.method, call.path, token=token, body=call.body),
        packed(call.method, f"/bare{call.path}", body=call.body),
    )
    try:
        ours, bare = _in_turn(connection, requests, call.status)
    finally:
        connection.close()
    share = median(bare) / median(ours)
    return Figure(
        f"REST, {call.name}",
        _shown(ours),
        f"bare {_shown(bare)}",
        f"{share:.0%} of the requests/s",
        f"≥ {SMALLEST_SHARE:.0%}",
        share >= SMALLEST_SHARE,
        {"ours_ms": rounded(ours), "bare_ms": rounded(bare)},
    )


def _shown(taken: list[float]) -> str:
    return f"p50 {median(taken) * 1e3:.2f} ms ({1 / median(taken):.0f}/s)"


def _in_turn(connection: Connection, requests: tuple[bytes, bytes], status: int) -> tuple[list[float], list[float]]:
    taken: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for _ in range(REQUESTS_A_ROUND):
            for request, times in zip(requests, taken, strict=True):
                answer = connection.send(request)
                if answer.status != status:
                    raise RuntimeError(f"Status {answer.status}: {answer.body[:500]!r}")
                if number:
                    # The first round warms up.
                    times.append(answer.seconds)
    return taken
