"""Decisions about pods as functions of values: no Django, no clock, no randomness."""
