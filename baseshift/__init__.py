"""Base Shift: workflows from versioned job templates, driven from the Django admin."""

__version__ = "0.1.0"
