"""Documents as JSON, YAML and files."""
