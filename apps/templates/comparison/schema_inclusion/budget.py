"""Bound on the work of comparing two schemas; beyond it the rest is taken for different."""

# A search with a pattern, in steps: it may have to be compiled, and be one for the slower engine.
SEARCH_COST = 5


class BudgetExceeded(Exception):
    """Failure to compare the schemas within bounds."""


class WorkBudget:
    """Steps left. One is a part that is looked at: some microseconds."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise BudgetExceeded
