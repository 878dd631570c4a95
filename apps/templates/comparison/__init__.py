"""Differences between two documents, and the version increment that they call for. Pure: no Django."""
