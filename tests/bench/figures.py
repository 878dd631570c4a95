"""A figure, the table of them, and the record in JSON."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

COLUMNS = ("work", "Base Shift", "beside", "ratio", "to reach", "")


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table. ``reached`` is None where nothing is to be reached; ``samples`` are for the record."""

    work: str
    ours: str
    beside: str = ""
    ratio: str = ""
    target: str = ""
    reached: bool | None = None
    samples: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        return "" if self.reached is None else "reached" if self.reached else "MISSED"


def table(figures: Sequence[Figure]) -> str:
    """Columns as wide as their widest cell."""
    rows = [COLUMNS, *((one.work, one.ours, one.beside, one.ratio, one.target, one.verdict) for one in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([lines[0], "-" * len(lines[0]), *lines[1:]])


def write(directory: Path, figures: Sequence[Figure], circumstances: dict[str, Any]) -> Path:
    """``<time>.json``, and the same as ``latest.json``. ``circumstances`` have the ``time``."""
    directory.mkdir(parents=True, exist_ok=True)
    record = {**circumstances, "figures": [{**asdict(one), "verdict": one.verdict} for one in figures]}
    text = json.dumps(record, indent=2) + "\n"
    file = directory / f"{circumstances['time']}.json"
    for place in (file, directory / "latest.json"):
        place.write_text(text, encoding="utf-8")
    return file
