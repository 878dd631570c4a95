"""Versions in SQL or MongoDB, their projection for lists, and the cache of published ones."""
