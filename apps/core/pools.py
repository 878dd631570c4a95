"""Names of executor pools: in templates, in labels of pods, and in Redis' keys."""

import re

DEFAULT_POOL = "default"
MAX_NAME_LENGTH = 42
NAME_PATTERN = re.compile(rf"[a-z0-9]([-a-z0-9]{{0,{MAX_NAME_LENGTH - 2}}}[a-z0-9])?")
NAME_RULE = f"must be 1 to {MAX_NAME_LENGTH} lowercase letters, digits and inner hyphens"
