"""The message bus, out and in: one port, and an adapter for each kind of bus."""
