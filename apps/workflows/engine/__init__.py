"""The engine: what happens to a workflow, as pure functions of values.

No Django, no Redis, no clock, no randomness: times and ids come in with the journal's entries.
``graph`` is a template made ready, ``memory`` a workflow's state, ``apply`` the one way to change it.
"""
