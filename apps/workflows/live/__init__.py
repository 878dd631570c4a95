"""Redis: the live state that the engine's processes share, rebuilt from SQL at will.

Every key's name is made in ``keys.py`` or in ``lua/prelude.lua``; nothing else spells one.
"""
