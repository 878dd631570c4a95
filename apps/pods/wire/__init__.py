"""Parsing and rendering that REST, GraphQL and the admin share."""
