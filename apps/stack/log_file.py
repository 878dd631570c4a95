"""The last output of a process of the stack, in two files of bounded size that only their owner can read."""

import os
from collections.abc import Iterable
from contextlib import ExitStack
from io import FileIO
from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 1024 * 1024
ROTATED_SUFFIX = ".1"


class LogFile:
    """A log that one process writes. At ``limit`` bytes the file is rotated, and the one rotated before is dropped."""

    def __init__(self, path: Path, limit: int = MAX_BYTES) -> None:
        self._path = path
        self._limit = limit
        self._file: FileIO | None = None

    def write(self, lines: Iterable[str]) -> None:
        """Append the lines. Raises ``OSError``, such as for a full disk."""
        file = self._file = self._file or self._open()
        file.write("".join(f"{line}\n" for line in lines).encode(errors="replace"))
        if file.tell() >= self._limit:
            self._path.replace(rotated(self._path))
            self.close()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _open(self) -> FileIO:
        return FileIO(os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "a")


def rotated(path: Path) -> Path:
    return path.with_name(path.name + ROTATED_SUFFIX)


def last_lines(path: Path, count: int) -> str:
    """Return the end of the log, by whatever process; empty if nothing was written."""
    with ExitStack() as files:
        # The newer one first: it may become the older one between the two, and is then found twice, not missed.
        newer, before = (_opened(files, one) for one in (path, rotated(path)))
        if newer and before and os.path.sameopenfile(newer.fileno(), before.fileno()):
            before = None
        written = b"".join(file.read() for file in (before, newer) if file)
    return "".join(line.decode(errors="replace") + "\n" for line in written.splitlines()[-count:])


def _opened(files: ExitStack, path: Path) -> BinaryIO | None:
    try:
        return files.enter_context(path.open("rb"))
    except FileNotFoundError:
        return None
