"""Seeds of the simulator. ``SIMULATOR_SEEDS`` says how many, ``make soak`` runs more; ``SIMULATOR_SEED`` replays one."""

import os
from typing import Any

import pytest

from tests.simulator.world import World, clear_database

# So many find a fault that one seed in a hundred meets. Rarer ones are for long runs.
SEEDS = int(os.environ.get("SIMULATOR_SEEDS", "300"))
SOAK_SEEDS = 3000
ONE = os.environ.get("SIMULATOR_SEED")
CHUNK = 25


def chunks() -> list[Any]:
    if ONE is not None:
        return [range(int(ONE), int(ONE) + 1)]
    return [*_parts(0, SEEDS), *(pytest.param(part, marks=pytest.mark.soak) for part in _parts(SEEDS, SOAK_SEEDS))]


def _parts(first: int, end: int) -> list[range]:
    return [range(start, min(start + CHUNK, end)) for start in range(first, end, CHUNK)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("seeds", chunks(), ids=lambda seeds: f"{seeds.start}-{seeds.stop - 1}")
def test_every_workflow_ends_as_without_faults(seeds: range) -> None:
    for seed in seeds:
        clear_database()
        world = World(seed)
        try:
            world.run()
            world.check()
        except Exception as error:
            told = "\n".join(world.faults.log)
            raise AssertionError(f"seed {seed} (SIMULATOR_SEED={seed} replays it): {error}\n{told}") from error
