"""Positions in the journal as text that sorts: generation, milliseconds and sequence of a stream id."""

from datetime import UTC, datetime

LOWEST_STREAM_ID = "0-0"


def position(generation: int, stream_id: str = LOWEST_STREAM_ID) -> str:
    milliseconds, _, sequence = stream_id.partition("-")
    return f"{generation:08d}-{int(milliseconds):015d}-{int(sequence):09d}"


def stream_id(position: str) -> str:
    """Return the stream id inside a position; the lowest one for a position that was never written."""
    if not position:
        return LOWEST_STREAM_ID
    _, milliseconds, sequence = position.split("-")
    return f"{int(milliseconds)}-{int(sequence)}"


def moment(position: str) -> datetime:
    """Return the time of the entry at a position; the beginning of time for one that was never written."""
    milliseconds = int(position.split("-")[1]) if position else 0
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
