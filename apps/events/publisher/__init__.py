"""From the outbox to the bus: one publisher at a time reads, sends, and marks what was acknowledged."""
