"""JSON Schema, draft 2020-12, with bounded work. Pure."""
