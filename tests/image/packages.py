"""A virtual environment that has what a lock names, and nothing else: links to the packages that the tests run with."""

import re
import sys
import venv
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

_LINE = re.compile(r"^([A-Za-z0-9._-]+)==([^ ]+)", re.MULTILINE)


def locked(lock: Path) -> dict[str, str]:
    """Versions by name."""
    return dict(_LINE.findall(lock.read_text(encoding="utf-8")))


def environment(lock: Path, directory: Path) -> Path:
    """The directory of its programs."""
    venv.create(directory, symlinks=True)
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    packages = directory / "lib" / version / "site-packages"
    for name in locked(lock):
        _link(name, packages)
    return directory / "bin"


def _link(name: str, packages: Path) -> None:
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        # For other systems or other versions of Python.
        return
    for top in {file.parts[0] for file in files if file.parts[0] != ".."}:
        target = Path(str(distribution(name).locate_file(top)))
        if target.exists() and not (packages / top).exists():
            (packages / top).symlink_to(target)
