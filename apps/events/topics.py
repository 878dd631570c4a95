"""Topics of the bus (contract §7)."""

WORKFLOWS = "base-shift.workflows"
JOBS = "base-shift.jobs"
PODS = "base-shift.pods"
TEMPLATES = "base-shift.templates"
DEAD_LETTER = "base-shift.dead-letter"
ALL = (WORKFLOWS, JOBS, PODS, TEMPLATES, DEAD_LETTER)
