"""Template documents of no-op steps."""

import random
from typing import Any

Step = dict[str, Any]


def document(template_id: str, steps: list[Step]) -> dict[str, Any]:
    return {"templateId": template_id, "version": "1.0.0", "steps": steps, "inputSchema": {}, "outputSchema": {}}


def chain(length: int) -> list[Step]:
    """s0 → s1 → s2 → …"""
    return [_step(f"s{number}") for number in range(length)]


def fan(width: int) -> list[Step]:
    """first → (s0 … sN) → last"""
    names = [f"s{number}" for number in range(width)]
    return [_step("first", []), *(_step(name, ["first"]) for name in names), _step("last", names)]


def mixed(jobs: int) -> list[Step]:
    """Layers as wide as they are many; each step waits for one to three of the layer before, some for a long way back."""
    chance = random.Random(jobs)
    width = max(1, round(jobs**0.5))
    steps: list[Step] = []
    for number in range(jobs):
        layer = number // width
        before = range((layer - 1) * width, layer * width) if layer else range(0)
        parents = set(chance.sample(before, min(len(before), chance.randint(1, 3))))
        if layer > 1 and chance.random() < 0.1:
            parents.add(chance.randrange((layer - 1) * width))
        steps.append(_step(f"s{number}", [f"s{parent}" for parent in sorted(parents)]))
    return steps


def _step(name: str, depends_on: list[str] | None = None) -> Step:
    step: Step = {"name": name, "type": "noop", "config": {}}
    return step if depends_on is None else {**step, "dependsOn": depends_on}
