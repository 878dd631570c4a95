"""Seeds of the simulator. ``SIMULATOR_SEEDS`` says how many; ``SIMULATOR_SEED`` replays one."""

import os

import pytest

from tests.simulator.world import World, clear_database

SEEDS = int(os.environ.get("SIMULATOR_SEEDS", "1000"))
ONE = os.environ.get("SIMULATOR_SEED")
CHUNK = 50


def chunks() -> list[range]:
    if ONE is not None:
        return [range(int(ONE), int(ONE) + 1)]
    return [range(start, min(start + CHUNK, SEEDS)) for start in range(0, SEEDS, CHUNK)]


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
