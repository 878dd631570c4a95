"""Semantic versions and ranges of versions. Pure: no Django."""
