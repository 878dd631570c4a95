"""Topics of the bus (contract §7)."""

WORKFLOWS = "base-shift.workflows"
JOBS = "base-shift.jobs"
TEMPLATES = "base-shift.templates"
