"""The work of checking a document grows with its length, whatever its shape. Counted in calls, so no clock decides."""

import sys
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from apps.templates.documents.validation import validate
from tests.support.documents import TYPES, document, step

Steps = list[dict[str, Any]]


def chain(length: int) -> Steps:
    """s0 → s1 → s2 → …, each reading the one before and the first."""
    names = [f"s{i}" for i in range(length)]
    rest = [
        step(name, config={"x": f"${{steps.{before}.output}}"}, when="steps.s0.output.go")
        for before, name in pairwise(names)
    ]
    return [step("s0"), *rest]


def fan(width: int) -> Steps:
    """first → (s0 … sN) → last, which reads them all."""
    names = [f"s{i}" for i in range(width)]
    middle = [step(name, config={"x": "${steps.first.output}"}, dependsOn=["first"]) for name in names]
    last = step("last", config={"all": [f"${{steps.{name}.output}}" for name in names]}, dependsOn=names)
    return [step("first"), *middle, last]


def layers(length: int) -> Steps:
    """Ten steps wide, each waiting for all of the layer before."""
    steps = []
    for i in range(length):
        before = [f"s{j}" for j in range((i // 10 - 1) * 10, i // 10 * 10)] if i >= 10 else []
        steps.append(step(f"s{i}", dependsOn=before, config={"x": ["${steps.s0.output}"] if before else []}))
    return steps


def calls(template: dict[str, Any]) -> int:
    """How many functions are called to check it, once caches are warm."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    assert validate(template, TYPES) == []
    sys.setprofile(counted)
    try:
        validate(template, TYPES)
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize("shape", [chain, fan, layers])
def test_four_times_the_steps_take_four_times_the_work(shape: Callable[[int], Steps]) -> None:
    small, large = calls(document(*shape(250))), calls(document(*shape(1000)))
    assert large < 4.4 * small


@pytest.mark.parametrize("shape", [chain, fan, layers])
def test_ten_thousand_steps_are_checked(shape: Callable[[int], Steps]) -> None:
    assert validate(document(*shape(9_990)), TYPES) == []


LONG = "k" * 1_000


def below_long_keys(value: Any) -> Any:
    for _ in range(80):
        value = {LONG: value}
    return value


@pytest.mark.parametrize(
    "template",
    [
        document(step("a", config=below_long_keys(["plain"] * 20_000))),
        document(step("a", config=below_long_keys(["${input.x}"] * 20_000))),
        document(step("a", config=below_long_keys(["${wrong}"] * 20_000))),
        document(outputSchema={"properties": {LONG: {"properties": {LONG: {"anyOf": [{}] * 4_900}}}}}),
    ],
)
def test_long_keys_are_not_copied_for_each_value_below_them(template: Any) -> None:
    tracemalloc.start()
    try:
        validate(template, TYPES)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
