"""Long-running processes: leases, outages, back-off, signals."""
