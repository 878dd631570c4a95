"""Documents as JSON and YAML texts. Pure: no Django."""
