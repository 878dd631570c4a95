"""JSON Merge Patch (RFC 7396)."""

from typing import Any


def apply_merge_patch(stands: Any, patch: Any) -> Any:
    """Return ``stands`` with ``patch`` applied: objects key by key, null removes a key, all else replaces."""
    if not isinstance(patch, dict):
        return patch
    kept = stands if isinstance(stands, dict) else {}
    laid_over = {key: apply_merge_patch(kept.get(key), value) for key, value in patch.items() if value is not None}
    return {key: value for key, value in kept.items() if key not in patch} | laid_over
