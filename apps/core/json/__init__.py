"""JSON values and texts: strict reading, canonical form, source locations, merge patches. Pure."""
