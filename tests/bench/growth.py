"""Whether a job of a large graph costs more than one of a small graph."""

from collections.abc import Callable
from functools import partial

from tests.bench import shapes
from tests.bench.bench import Bench
from tests.bench.figures import Figure
from tests.bench.timing import alternate, median, rounded

SIZES = (100, 1_000, 10_000)
LARGEST_SHARE = 1.3
# Small graphs run several times in a row, so that each measurement has at least so many jobs.
JOBS_A_RUN = 1_000
SHAPES: dict[str, Callable[[int], list[shapes.Step]]] = {
    "1 → n → 1": lambda jobs: shapes.fan(jobs - 2),
    "layers, mixed": shapes.mixed,
}


def growth(bench: Bench) -> list[Figure]:
    sizes = SIZES[:2] if bench.quick else SIZES
    return [_grown(bench, shape, sizes) for shape in SHAPES]


def _grown(bench: Bench, shape: str, sizes: tuple[int, ...]) -> Figure:
    for jobs in sizes:
        bench.product.publish(_template(shape, jobs), SHAPES[shape](jobs))
    acts = [partial(_run, bench, _template(shape, jobs), max(1, JOBS_A_RUN // jobs)) for jobs in sizes]
    taken = alternate(acts, repeat=min(3, bench.repeat))
    a_job = [[seconds / max(jobs, JOBS_A_RUN) for seconds in times] for jobs, times in zip(sizes, taken, strict=True)]
    share = median(a_job[-1]) / median(a_job[0])
    return Figure(
        f"{shape}, {' / '.join(f'{jobs:,}' for jobs in sizes)} jobs",
        f"{' / '.join(f'{median(times) * 1e3:.2f}' for times in a_job)} ms a job",
        ratio=f"{share:.2f} x the smallest's",
        target=f"≤ {LARGEST_SHARE} x",
        reached=share <= LARGEST_SHARE,
        samples={f"ms_a_job_{jobs}": rounded(times) for jobs, times in zip(sizes, a_job, strict=True)},
    )


def _template(shape: str, jobs: int) -> str:
    return f"growth-{list(SHAPES).index(shape)}-{jobs}"


def _run(bench: Bench, template_id: str, times: int) -> None:
    for _ in range(times):
        bench.product.run(template_id)
