"""Changes from one document to the next that may break those who rely on it, and the update that they need.

Callers rely on what ``inputSchema`` accepts, readers on what ``outputSchema`` promises and on the names of jobs, which
are the names of steps. How a step works inside is nobody's business but the template's. The rules as a table:
docs/explanation/breaking-changes.md.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from apps.core.expressions.placeholders import pointer_token
from apps.templates.comparison.identities import Identities
from apps.templates.comparison.schema_inclusion import proof
from apps.templates.comparison.schema_inclusion.goals import Reason

Level = Literal["major", "minor", "patch"]
# From the least to the most.
LEVELS: tuple[Level, ...] = ("patch", "minor", "major")
Document = Mapping[str, Any]

# They say which document it is, not what is in it.
_IDENTITY = ("templateId", "version")
_SCHEMAS = ("inputSchema", "outputSchema")
_STEPS = ("steps", "onFailure")
# Callers may be refused by the one, and readers see the other; what it may hold is for outputSchema to say.
_MINOR = ("concurrency", "output")


@dataclass(frozen=True, slots=True)
class CompatibilityChange:
    """One change. ``pointer`` leads into the new document, or into the old one to what is gone.

    ``needs`` is the least update.
    """

    pointer: str
    message: str
    needs: Level


def changes(old: Document, new: Document) -> list[CompatibilityChange]:
    """Return what changed, and what each change needs: what breaks most first, then in the order of the document.

    Both are valid documents. Empty if they say the same.
    """
    found = list(_changes(old, new, Identities()))
    return sorted(found, key=lambda change: LEVELS.index(change.needs), reverse=True)


def needed(old: Document, new: Document) -> Level:
    """Return the least update that leads from ``old`` to ``new``."""
    return required_level(changes(old, new))


def required_level(found: Iterable[CompatibilityChange]) -> Level:
    """Return the least update that all of these changes can be made in."""
    return max((change.needs for change in found), key=LEVELS.index, default="patch")


def _changes(old: Document, new: Document, identities: Identities) -> Iterator[CompatibilityChange]:
    for key in dict.fromkeys([*new, *old]):
        if key in _IDENTITY or (key in old and key in new and identities.same(old[key], new[key])):
            continue
        if key in _STEPS:
            yield from _step_list_changes(old.get(key, ()), new.get(key, ()), f"/{key}", identities)
        elif key in _SCHEMAS:
            yield from _schema_changes(key, old[key], new[key])
        else:
            yield CompatibilityChange(f"/{key}", f"{key} {_verb(old, new, key)}", "minor" if key in _MINOR else "patch")
    yield from _last_step_changes(old, new)


def _verb(old: Document, new: Document, key: str) -> str:
    if key not in old:
        return "was added"
    return "changed" if key in new else "was removed"


def _last_step_changes(old: Document, new: Document) -> Iterator[CompatibilityChange]:
    """Compare the steps written last: without ``output``, they give the workflow's output."""
    if "output" in old or "output" in new:
        return
    before, after = old["steps"][-1]["name"], new["steps"][-1]["name"]
    if before != after:
        last = f"/steps/{len(new['steps']) - 1}"
        yield CompatibilityChange(
            last, f"the output is now that of the step {after!r}, no longer of {before!r}", "minor"
        )


def _step_list_changes(
    old: Sequence[Document], new: Sequence[Document], pointer: str, identities: Identities
) -> Iterator[CompatibilityChange]:
    before = {step["name"]: step for step in old}
    names = {step["name"] for step in new}
    for index, step in enumerate(old):
        if step["name"] not in names:
            yield CompatibilityChange(f"{pointer}/{index}", f"the step {step['name']!r} is gone", "major")
    for index, step in enumerate(new):
        if step["name"] not in before:
            yield CompatibilityChange(f"{pointer}/{index}", f"the step {step['name']!r} was added", "minor")
        elif not identities.same(before[step["name"]], step):
            yield from _step_changes(before[step["name"]], step, f"{pointer}/{index}", identities)
    if _out_of_order(before, names, new):
        yield CompatibilityChange(pointer, "the steps stand in another order", "patch")


def _out_of_order(before: Mapping[str, Any], names: set[str], new: Sequence[Document]) -> bool:
    return [name for name in before if name in names] != [step["name"] for step in new if step["name"] in before]


def _step_changes(old: Document, new: Document, pointer: str, identities: Identities) -> Iterator[CompatibilityChange]:
    for key in dict.fromkeys([*new, *old]):
        if key in old and key in new and identities.same(old[key], new[key]):
            continue
        place = pointer + pointer_token(key)
        if key == "type":
            yield CompatibilityChange(
                place, f"the step {new['name']!r} is now of the type {new[key]!r}, not {old[key]!r}", "major"
            )
        elif key == "forEach" and (key in old) != (key in new):
            yield CompatibilityChange(place, f"the jobs of the step {new['name']!r} have other ids", "major")
        else:
            yield CompatibilityChange(place, f"{key} of the step {new['name']!r} {_verb(old, new, key)}", "patch")


def _schema_changes(key: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[CompatibilityChange]:
    """Compare schemas. Input: what the old one accepts, the new one must. Output: the other way round."""
    at = f"/{key}"
    forth = proof.reasons(old, new, narrow_at=at, wide_at=at)
    back = proof.reasons(new, old, narrow_at=at, wide_at=at)
    found = list(_input_changes(forth, back) if key == "inputSchema" else _output_changes(forth, back))
    yield from found or [CompatibilityChange(at, f"{key} is written otherwise and means the same", "patch")]


def _input_changes(forth: Sequence[Reason], back: Sequence[Reason]) -> Iterator[CompatibilityChange]:
    for reason in forth:
        # Nobody had been promised that the key might be there: that it may not be just anything breaks no promise.
        if reason.unspoken:
            yield CompatibilityChange(reason.wide, f"callers may give {reason.asked}", "minor")
        else:
            yield CompatibilityChange(reason.wide, f"asked of callers now: {reason.asked}", "major")
    for reason in back:
        yield CompatibilityChange(reason.narrow, f"no longer asked of callers: {reason.asked}", "minor")


def _output_changes(forth: Sequence[Reason], back: Sequence[Reason]) -> Iterator[CompatibilityChange]:
    for reason in back:
        yield CompatibilityChange(reason.narrow, f"no longer promised to readers: {reason.asked}", "major")
    for reason in forth:
        yield CompatibilityChange(reason.wide, f"promised to readers now: {reason.asked}", "minor")
