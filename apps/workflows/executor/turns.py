"""Who may run at the same time in one process: any jobs together, or one that must be alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Turns:
    """Ordinary jobs run side by side. One that is to run alone waits for them to end, and holds back the next."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._running = 0
        self._alone = False

    @contextmanager
    def turn(self, *, alone: bool) -> Iterator[None]:
        with self._changed:
            self._changed.wait_for(lambda: not self._alone)
            if alone:
                self._alone = True
                self._changed.wait_for(lambda: self._running == 0)
            self._running += 1
        try:
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._alone = self._alone and not alone
                self._changed.notify_all()
