"""Where pods run. Each module is one answer to the port in ``port.py``."""
