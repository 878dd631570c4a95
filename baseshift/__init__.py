"""Base Shift: workflows from versioned job templates, driven from the Django admin."""
