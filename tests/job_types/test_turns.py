"""Jobs that share the memory of one process."""

import threading
from collections.abc import Iterator

import pytest

from apps.workflows.executor.memory_budget import MemoryBudget
from tests.support.waiting import eventually, pass_by

ROOM = 100
# Long enough for a thread to come in, if it may.
A_MOMENT = 0.05


class Job:
    """A thread that takes its turn, and keeps it until it is told to end."""

    def __init__(self, turns: MemoryBudget, size: int, alone: bool) -> None:
        self.runs = threading.Event()
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self._run, args=(turns, size, alone))
        self.thread.start()

    def _run(self, turns: MemoryBudget, size: int, alone: bool) -> None:
        with turns.turn(size, alone=alone):
            self.runs.set()
            self.ending.wait()


class Jobs:
    """All of one test; those that wait come in one after the other as the others end."""

    def __init__(self) -> None:
        self.turns = MemoryBudget(ROOM)
        self.all: list[Job] = []

    def running(self, size: int) -> Job:
        job = self._begin(size, alone=False)
        eventually(job.runs.is_set)
        return job

    def waiting(self, size: int, *, alone: bool = False) -> Job:
        before = len(self.turns._waiting)
        job = self._begin(size, alone)
        # The order in which they come is that of the test, not that in which their threads are given time.
        eventually(lambda: len(self.turns._waiting) > before)
        pass_by(A_MOMENT)
        assert not job.runs.is_set()
        return job

    def _begin(self, size: int, alone: bool) -> Job:
        self.all.append(Job(self.turns, size, alone))
        return self.all[-1]


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    yield made
    for job in made.all:
        job.ending.set()
    for job in made.all:
        job.thread.join()


def test_jobs_run_side_by_side_while_they_fit(jobs: Jobs):
    for _ in range(4):
        jobs.running(ROOM // 4)


def test_one_that_does_not_fit_waits_until_it_does(jobs: Jobs):
    first = jobs.running(60)
    second = jobs.waiting(60)
    first.ending.set()
    eventually(second.runs.is_set)


def test_one_that_is_larger_than_the_room_has_it_to_itself(jobs: Jobs):
    jobs.running(10 * ROOM)
    jobs.waiting(0)


def test_a_large_one_is_not_overtaken_for_ever(jobs: Jobs):
    first = jobs.running(60)
    large = jobs.waiting(ROOM)
    small = jobs.waiting(1)
    first.ending.set()
    eventually(large.runs.is_set)
    assert not small.runs.is_set()


def test_all_that_fit_come_in_when_one_ends(jobs: Jobs):
    first = jobs.running(ROOM)
    others = [jobs.waiting(10), jobs.waiting(10)]
    first.ending.set()
    for job in others:
        eventually(job.runs.is_set)


def test_one_that_must_be_alone_waits_for_the_others_and_holds_back_the_next(jobs: Jobs):
    first = jobs.running(0)
    alone = jobs.waiting(0, alone=True)
    jobs.waiting(0)
    first.ending.set()
    eventually(alone.runs.is_set)
    assert not jobs.all[-1].runs.is_set()
