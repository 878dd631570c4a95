"""The engine on real stores, driven step by step."""

from tests.support.engine_fixtures import rig

__all__ = ["rig"]
