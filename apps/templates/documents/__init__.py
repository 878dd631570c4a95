"""Template documents: their schema, step types, dependencies and references. Pure: no Django."""
