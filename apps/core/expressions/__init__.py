"""CEL expressions and placeholders. Pure."""
