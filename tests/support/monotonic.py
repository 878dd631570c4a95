"""A clock of a test's own."""


class Clock:
    """A monotonic one, in seconds: it stands until the test moves it, and nobody sets it."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds
