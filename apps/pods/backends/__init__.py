"""Places where pods run. Each module implements the port in ``port.py``."""
