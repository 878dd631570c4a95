"""Seeds choose the moments at which parts fail: one a scenario in ``make test``, ``CHAOS_SEEDS`` in ``make soak``."""

import os

import pytest

SOAK_SEEDS = int(os.environ.get("CHAOS_SEEDS", "20"))
# How often a test kills whose faults are found by killing again and again. `make soak` kills more often.
KILLS = int(os.environ.get("CHAOS_KILLS", "6"))

seeds = pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(2, SOAK_SEEDS + 1))]
)
"""One seed for every run, the others for long ones."""

soak_seeds = pytest.mark.parametrize("seed", range(1, SOAK_SEEDS + 1))
