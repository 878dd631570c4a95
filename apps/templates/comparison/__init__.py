"""Differences between two documents, and which version increment they call for. Pure."""
