"""The Dockerfile as tests read it: its stages, what they copy from the repository, and what they run."""

import json
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from apps.core.env import BASE_DIR

IGNORED = shutil.ignore_patterns("__pycache__", "*.pyc")


@dataclass
class Stage:
    """``source`` is the stage or the image that it begins with; ``instructions`` are its own, in their order."""

    name: str
    source: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all(self, word: str) -> list[str]:
        return [text for found, text in self.instructions if found == word]

    @property
    def command(self) -> list[str]:
        """CMD in its exec form."""
        (only,) = self.all("CMD")
        command: list[str] = json.loads(only)
        return command

    @property
    def environment(self) -> dict[str, str]:
        return dict(part.split("=", 1) for text in self.all("ENV") for part in text.split())

    @property
    def copied(self) -> list[tuple[str, str]]:
        """What comes from the repository, and where it goes."""
        found = [text.split() for text in self.all("COPY") if not text.startswith("--from=")]
        return [(source, target) for source, target in found]


def stages() -> dict[str, Stage]:
    """In the order of the file; each includes what it inherits from the stage that it begins with."""
    found: dict[str, Stage] = {}
    text = re.sub(r"^\s*#.*\n", "", (BASE_DIR / "Dockerfile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    for line in re.sub(r"\\\n\s*", "", text).splitlines():
        word, _, rest = line.partition(" ")
        if word == "FROM":
            source, _, name = rest.partition(" AS ")
            begun = found[source].instructions if source in found else []
            found[name] = Stage(name, source, list(begun))
        elif line and found:
            found[name].instructions.append((word, rest))
    return found


def lay_out(stage: Stage, directory: Path) -> Path:
    """The work directory of ``stage`` as its COPY lines fill it."""
    for source, target in stage.copied:
        path = directory / target
        if (BASE_DIR / source).is_dir():
            shutil.copytree(BASE_DIR / source, path, ignore=IGNORED)
        else:
            shutil.copy(BASE_DIR / source, path)
    return directory
