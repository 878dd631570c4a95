"""How pools of executors are named: in templates, in labels of pods, and in Redis' keys."""

import re

DEFAULT_POOL = "default"
LONGEST_NAME = 42
NAME = re.compile(rf"[a-z0-9]([-a-z0-9]{{0,{LONGEST_NAME - 2}}}[a-z0-9])?")
NAME_RULE = f"must be 1 to {LONGEST_NAME} lowercase letters, digits and inner hyphens"
