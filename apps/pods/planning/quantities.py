"""Kubernetes' quantities, such as ``250m`` and ``64Mi``."""

import math
import re
from decimal import Decimal
from typing import Final

MAX_LENGTH: Final = 32
# What the API server counts with.
MAX_QUANTITY: Final = Decimal(2**63 - 1)

_QUANTITY = re.compile(r"([+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+))(?:[eE]([+-]?[0-9]{1,2})|([numkMGTPE]|[KMGTPE]i)?)")
_FACTORS: Final = {
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate(("n", "u", "m", "", "k"), start=-3)},
    **{suffix: Decimal(1000) ** power for power, suffix in enumerate("MGTPE", start=2)},
    **{f"{suffix}i": Decimal(1024) ** power for power, suffix in enumerate("KMGTPE", start=1)},
}
# In mebibytes.
MIN_MEBIBYTES: Final = 8
# In thousandths: up to the one it is rounded to the other.
CPU_STEPS: Final = ((100, 10), (250, 25), (1000, 50), (4000, 250), (math.inf, 500))


def parse(text: str) -> Decimal:
    """Return the number of CPUs, bytes or things that a quantity stands for. Raises ValueError for what is none."""
    match = _QUANTITY.fullmatch(text) if len(text) <= MAX_LENGTH else None
    if match is None:
        raise ValueError("must be a quantity, such as 250m, 0.5, 64Mi or 1G")
    digits, exponent, suffix = match.groups()
    number = Decimal(digits).scaleb(int(exponent)) if exponent else Decimal(digits) * _FACTORS[suffix or ""]
    if abs(number) > MAX_QUANTITY:
        raise ValueError("this quantity is too large")
    return number


def memory(size: int) -> str:
    """Return a quantity of at least so many bytes that people would write, such as ``96Mi``; at most an eighth more."""
    mebibytes = max(-(-size // 2**20), MIN_MEBIBYTES)
    step = max(1, 2 ** (mebibytes.bit_length() - 4))
    rounded = -(-mebibytes // step) * step
    return f"{rounded // 1024}Gi" if rounded % 1024 == 0 else f"{rounded}Mi"


def cpu(cores: float) -> str:
    """Return a quantity of at least so many CPUs that people would write, such as ``250m`` or ``2``."""
    millis = math.ceil(cores * 1000)
    step = next(step for bound, step in CPU_STEPS if millis <= bound)
    rounded = max(-(-millis // step), 1) * step
    return str(rounded // 1000) if rounded % 1000 == 0 else f"{rounded}m"
