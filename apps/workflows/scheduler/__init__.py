"""The scheduler: leads a shard, reads its journal, applies it, commits, and sends the effects.

The protocol, step by step, with the fault each step is for, is in docs/explanation/engine.md.
"""
