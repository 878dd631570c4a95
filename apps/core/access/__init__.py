"""Permissions and API tokens: the policy, and the SQL conditions and grants behind it."""
