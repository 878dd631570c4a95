"""Retries and timing of triggers."""

from apps.core import env

# How often a trigger tries the same message, the first time included: after 1 s, 4 s, 16 s …
TRIGGER_TRIES = env.whole_number("TRIGGER_TRIES", 5, minimum=1)
