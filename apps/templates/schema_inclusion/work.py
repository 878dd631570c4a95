"""How much is compared of two schemas before the rest is taken for different."""


class TooIntricate(Exception):
    """The schemas cannot be compared within bounds."""


class Work:
    """Steps left. One is a part, or a key asked of a pattern: microseconds."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise TooIntricate
