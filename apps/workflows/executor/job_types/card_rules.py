"""The rules for payment cards. Their messages never say the number or the code.

Each looks at its field of ``cardDetails``; a ``path`` leads to another object of this shape, or to the field itself.
"""

import re
from datetime import datetime
from typing import Any

from apps.workflows.executor.job_types.rules import Broken, at_path, field, rule

_MAX_NUMBER_LENGTH = 40
_GROUPED = re.compile(r"[0-9]+([ -][0-9]+)*")
_EXPIRY = re.compile(r"(0[1-9]|1[0-2])/([0-9]{2})")
_AMERICAN_EXPRESS = ("34", "37")


@rule("check_card_number", default_path="cardDetails")
def check_card_number(data: Any, path: str, now: datetime) -> Broken | None:
    """12 to 19 digits, single spaces or dashes between them if any, whose check digit (Luhn) is right."""
    path, number = field(data, path, "number")
    digits = _digits(number)
    if digits is None:
        return Broken(path, "must be a string of digits, with single spaces or dashes between them if any")
    if not 12 <= len(digits) <= 19:
        return Broken(path, "must have 12 to 19 digits")
    return None if _passes_luhn(digits) else Broken(path, "has a wrong check digit")


@rule("check_expiry_date", default_path="cardDetails")
def check_expiry_date(data: Any, path: str, now: datetime) -> Broken | None:
    """MM/YY; the card is good until the end of that month, in the time zone of ``now``."""
    path, expiry = field(data, path, "expiry")
    match = _EXPIRY.fullmatch(expiry) if isinstance(expiry, str) else None
    if match is None:
        return Broken(path, "must be a month and a year, written MM/YY")
    month, year = int(match[1]), 2000 + int(match[2])
    return Broken(path, "has passed") if (year, month) < (now.year, now.month) else None


@rule("check_cvv", default_path="cardDetails")
def check_cvv(data: Any, path: str, now: datetime) -> Broken | None:
    """Three digits; four for American Express, by the ``number`` beside it. Without one, either will do."""
    path, cvv = field(data, path, "cvv")
    holder = path.rpartition(".")[0]
    lengths = _cvv_lengths(_digits(at_path(data, f"{holder}.number" if holder else "number")))
    if isinstance(cvv, str) and len(cvv) in lengths and cvv.isascii() and cvv.isdigit():
        return None
    return Broken(path, f"must be a string of {' or '.join(map(str, lengths))} digits")


def _digits(number: Any) -> str | None:
    if not isinstance(number, str) or len(number) > _MAX_NUMBER_LENGTH or not _GROUPED.fullmatch(number):
        return None
    return number.replace(" ", "").replace("-", "")


def _passes_luhn(digits: str) -> bool:
    """Every second digit from the right is doubled, and the digits of all are summed."""
    doubled = sum(sum(divmod(2 * int(digit), 10)) for digit in digits[-2::-2])
    return (doubled + sum(int(digit) for digit in digits[-1::-2])) % 10 == 0


def _cvv_lengths(card_number: str | None) -> tuple[int, ...]:
    if card_number is None:
        return (3, 4)
    return (4,) if card_number.startswith(_AMERICAN_EXPRESS) else (3,)
