"""Positions in the journal as text that sorts: generation, milliseconds and sequence of a stream id."""

LOWEST_STREAM_ID = "0-0"


def position(generation: int, stream_id: str = LOWEST_STREAM_ID) -> str:
    milliseconds, _, sequence = stream_id.partition("-")
    return f"{generation:08d}-{int(milliseconds):015d}-{int(sequence):09d}"


def stream_id(position: str) -> str:
    """The stream id inside a position; the lowest one for a position that was never written."""
    if not position:
        return LOWEST_STREAM_ID
    _, milliseconds, sequence = position.split("-")
    return f"{int(milliseconds)}-{int(sequence)}"
