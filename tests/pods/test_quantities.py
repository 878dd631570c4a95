"""Quantities, read as the API server of Kubernetes reads them."""

from decimal import Decimal

import pytest

from apps.pods.planning.quantities import parse

READ = {
    "0": "0",
    "1": "1",
    "0.5": "0.5",
    ".5": "0.5",
    "5.": "5",
    "+2": "2",
    "-1": "-1",
    "250m": "0.25",
    "100u": "0.0001",
    "100n": "0.0000001",
    "1k": "1000",
    "1M": "1000000",
    "1E": "1000000000000000000",
    "1e3": "1000",
    "1E3": "1000",
    "5e-2": "0.05",
    "1Ki": "1024",
    "64Mi": "67108864",
    "1.5Gi": "1610612736",
    "7Ei": "8070450532247928832",
}


@pytest.mark.parametrize(("text", "number"), READ.items())
def test_a_quantity_stands_for_a_number(text: str, number: str):
    assert parse(text) == Decimal(number)


WRONG = ["", " 1", "1 ", "1\n", "m", "1mi", "1K", "1ki", "1mm", "1e", "1e3k", "1e999", ".", "--1", "1,5", "0x1"]
WRONG += ["²", "٣", "NaN", "inf", "1" * 33, "8Ei", "-8.1Ei", "9e99"]


@pytest.mark.parametrize("text", WRONG)
def test_what_is_none_is_refused(text: str):
    with pytest.raises(ValueError, match=r"quantity"):
        parse(text)
