"""Kubernetes' quantities, such as ``250m`` and ``64Mi``."""

import re
from decimal import Decimal
from typing import Final

MAX_LENGTH: Final = 32
# What the API server counts with.
LARGEST: Final = Decimal(2**63 - 1)

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")
_FACTORS: Final = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("n", "u", "m", "", "k"), start=-3)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("MGTPE", start=2)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}


def parse(text: str) -> Decimal:
    """The number of CPUs, bytes or things that a quantity stands for. ValueError for what is none."""
    match = _QUANTITY.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise ValueError("must be a quantity, such as 250m, 0.5, 64Mi or 1G")
    digits, exponent, suffix = match.groups()
    number = Decimal(digits).scaleb(int(exponent)) if exponent else Decimal(digits) * _FACTORS[suffix or ""]
    if abs(number) > LARGEST:
        raise ValueError("this quantity is too large")
    return number
