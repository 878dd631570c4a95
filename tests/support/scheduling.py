"""Which of the processes that share a test suite runs what."""

from pathlib import PurePosixPath

from xdist.scheduler import LoadScopeScheduling

# The tests of a file of these share something that takes long to start: one process runs them all.
TOGETHER = {"tests/acceptance", "tests/browser", "tests/upgrade"}


class Scheduling(LoadScopeScheduling):
    """Gives who is free the next test, and whole files where it pays. (pytest-xdist's own marks are lost on pytest 9.)"""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if str(PurePosixPath(file).parent) in TOGETHER else nodeid
