"""Proof that one JSON Schema accepts every value that another accepts, else the reasons why none was found.

An answer without reasons is a proof, by induction over the parts of a value. A reason is no proof of the contrary:
``not``, ``if``, ``contains``, ``pattern`` and the ``unevaluated`` rules must stay as they are, and of ``anyOf`` and
``oneOf`` it is shown only that each way of the narrow schema leads into one of the wide one.
"""

from collections.abc import Callable, Iterator
from itertools import chain, combinations

from apps.core.schema.json_schema import Schema
from apps.core.schema.messages import rule_message
from apps.templates.comparison.schema_inclusion import child_rules, value_rules
from apps.templates.comparison.schema_inclusion.budget import BudgetExceeded, WorkBudget
from apps.templates.comparison.schema_inclusion.constraints import Constraints, disjoint
from apps.templates.comparison.schema_inclusion.equality import SchemaEquality
from apps.templates.comparison.schema_inclusion.goals import Finding, Goal, Reason, RuleContext
from apps.templates.comparison.schema_inclusion.tree import SchemaPart, SchemaTree, together

# In steps: under a second.
MAX_STEPS = 100_000
# More are not reported, apart from those about keys unspoken of.
MAX_REASONS = 1_000
# Proofs inside proofs, for choices inside choices.
MAX_NESTED = 20
# Every two ways of a ``oneOf`` are held against each other.
MAX_BRANCHES = 50

_CHOICES = ("anyOf", "oneOf")
_KEPT_WHOLE = ("unevaluatedItems", "unevaluatedProperties", "$dynamicRef")
_OBJECT, _ARRAY, _STRING = frozenset({"object"}), frozenset({"array"}), frozenset({"string"})
_NUMBER = frozenset({"integer", "fraction"})
# What other types pass.
_ABOUT: dict[str, frozenset[str]] = {
    **dict.fromkeys(("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "pattern"), _STRING),
    **dict.fromkeys(("items", "prefixItems", "minItems", "maxItems", "uniqueItems"), _ARRAY),
    **dict.fromkeys(("contains", "unevaluatedItems"), _ARRAY),
    **dict.fromkeys(("properties", "patternProperties", "additionalProperties", "propertyNames"), _OBJECT),
    **dict.fromkeys(("required", "minProperties", "maxProperties", "unevaluatedProperties"), _OBJECT),
    **dict.fromkeys(("dependentRequired", "dependentSchemas"), _OBJECT),
}


def reasons(narrow: Schema, wide: Schema, *, narrow_at: str, wide_at: str) -> list[Reason]:
    """Return why ``wide`` may refuse what ``narrow`` accepts; empty if it never does.

    Both have passed ``schemas.check_schema``. The two pointers say where they stand.
    """
    trees = SchemaTree(narrow, narrow_at), SchemaTree(wide, wide_at)
    try:
        return _Proof(*trees).reasons()
    except BudgetExceeded:
        return [Reason("something that is too intricate to be compared", narrow_at, wide_at)]


class _Proof:
    def __init__(self, narrow: SchemaTree, wide: SchemaTree) -> None:
        self._start = Goal(narrow.root.pointer, (narrow.root,), wide.root)
        self._same = SchemaEquality(narrow, wide)
        self._work = WorkBudget(MAX_STEPS)
        # The questions of each proof that is not finished, the outermost first.
        self._open: list[set[tuple[frozenset[str], str]]] = []
        self._whole: dict[str, Callable[[RuleContext], Iterator[Finding]]] = {
            "anyOf": self._any_of,
            "oneOf": self._one_of,
            "if": self._if,
            "not": self._not,
            "contains": self._contains,
            "$ref": self._reference,
            **{keyword: _must_stay(keyword) for keyword in _KEPT_WHOLE},
        }

    def reasons(self) -> list[Reason]:
        found = dict.fromkeys(self._proof(self._start, enough=MAX_REASONS))
        return sorted(found, key=lambda reason: (reason.wide, reason.narrow, reason.asked))

    def _proof(self, start: Goal, *, enough: int) -> list[Reason]:
        """Return the reasons against ``start``, until there are ``enough`` besides those about keys unspoken of.

        A question that is open already is not asked again: should its answer be no, that is found where it is open.
        """
        if len(self._open) == MAX_NESTED:
            raise BudgetExceeded
        self._open.append(set())
        try:
            return self._reasons(start, enough=enough)
        finally:
            self._open.pop()

    def _reasons(self, start: Goal, *, enough: int) -> list[Reason]:
        found: list[Reason] = []
        waiting = [start]
        while waiting:
            question = waiting.pop()
            if any(question.key in questions for questions in self._open):
                continue
            self._open[-1].add(question.key)
            for answer in self._answers(question):
                if isinstance(answer, Goal):
                    waiting.append(answer)
                    continue
                found.append(answer)
                enough -= not answer.unspoken
                if not enough:
                    return found
        return found

    def _answers(self, question: Goal) -> Iterator[Finding]:
        known = Constraints(question.narrow, self._work)
        # What is reported of long names counts, too.
        self._work.spend(1 + (len(question.at) + len(question.wide.pointer)) // 1_000)
        if not known.types:
            return
        for part in together([question.wide]):
            self._work.spend(len(known.parts))
            if part.schema is False:
                yield Reason(f"{question.what} is not allowed", question.at, part.pointer)
            elif any(self._same.of_parts(held, part) for held in known.parts):
                continue
            elif part.pointer in part.tree.endless:
                yield Reason(
                    f"{question.what} must fit a schema that refers to itself without end", question.at, part.pointer
                )
            else:
                yield from self._differences(RuleContext(question.at, known, part, question.what))

    def _differences(self, place: RuleContext) -> Iterator[Finding]:
        for keyword, rule in place.wide.rules.items():
            if keyword in _ABOUT and place.known.types.isdisjoint(_ABOUT[keyword]):
                continue
            if keyword in value_rules.RULES:
                if not value_rules.implies(place.known, keyword, rule):
                    yield place.reason(keyword, rule_message(keyword, rule))
            elif keyword in child_rules.RULES:
                yield from child_rules.RULES[keyword](place)
            elif keyword in self._whole:
                yield from self._whole[keyword](place)

    def _reference(self, place: RuleContext) -> Iterator[Finding]:
        """Yield a change of a reference that is not known; others were compared with the part itself."""
        if place.wide.leads_elsewhere:
            yield _changed(place, "$ref")

    def _any_of(self, place: RuleContext) -> Iterator[Finding]:
        yield from self._into_branches(place, "anyOf")

    def _one_of(self, place: RuleContext) -> Iterator[Finding]:
        if any(self._same.of_rules(part, place.wide, "oneOf") for part in place.known.parts):
            return
        if self._are_disjoint(_branches(place.wide, "oneOf")):
            yield from self._into_branches(place, "oneOf")
        else:
            yield _changed(place, "oneOf")

    def _are_disjoint(self, ways: list[SchemaPart]) -> bool:
        """Return whether no value fits two of these branches, so that to fit one of them is to fit exactly one."""
        if len(ways) > MAX_BRANCHES:
            return False
        self._work.spend(len(ways) ** 2)
        known = [Constraints([way], self._work) for way in ways]
        return all(disjoint(one, other) for one, other in combinations(known, 2))

    def _into_branches(self, place: RuleContext, keyword: str) -> Iterator[Finding]:
        """Require that each branch of the narrow schema leads into one of the wide schema's."""
        ways = _branches(place.wide, keyword)
        for cases in _cases(place.known):
            found = [self._into_one(place, case, ways) for case in cases]
            if None not in found:
                yield from chain.from_iterable(filter(None, found))
                return
        yield _changed(place, keyword)

    def _into_one(
        self, place: RuleContext, case: tuple[SchemaPart, ...], ways: list[SchemaPart]
    ) -> list[Reason] | None:
        """Return the reasons, all about keys unspoken of, against the branch that fits best; None if none fits."""
        if any(self._same.of_parts(part, way) for part in case[-1:] for way in ways):
            return []
        best = None
        for way in ways:
            found = self._proof(Goal(place.at, case, way), enough=1)
            if not found:
                return []
            if all(reason.unspoken for reason in found):
                best = best or found
        return best

    def _if(self, place: RuleContext) -> Iterator[Finding]:
        wide, known = place.wide, place.known
        sides = [side for side in ("then", "else") if side in wide.rules]
        for part in known.parts:
            if self._same.of_rules(part, wide, "if"):
                for side in sides:
                    held = [part.child(side)] if side in part.rules else []
                    yield place.ask([*known.parts, *held], wide.child(side))
                return
        if any(self._proof(Goal(place.at, known.parts, wide.child(side)), enough=1) for side in sides):
            yield _changed(place, "if")

    def _not(self, place: RuleContext) -> Iterator[Finding]:
        if any(self._same.of_rules(part, place.wide, "not") for part in place.known.parts):
            return
        if not disjoint(place.known, Constraints([place.wide.child("not")], self._work)):
            yield _changed(place, "not")

    def _contains(self, place: RuleContext) -> Iterator[Finding]:
        keywords = ("contains", "minContains", "maxContains")
        if not any(self._same.of_rules(part, place.wide, *keywords) for part in place.known.parts):
            yield _changed(place, "contains")


def _must_stay(keyword: str) -> Callable[[RuleContext], Iterator[Finding]]:
    """Return the check of a rule that is only ever kept by the same part as a whole."""

    def changed(place: RuleContext) -> Iterator[Finding]:
        if place.wide.rules[keyword] is not True:
            yield _changed(place, keyword)

    return changed


def _changed(place: RuleContext, keyword: str) -> Reason:
    return place.reason(keyword, f"must fit its {keyword}")


def _branches(part: SchemaPart, keyword: str) -> list[SchemaPart]:
    return [part.child(keyword, index) for index in range(len(part.rules[keyword]))]


def _cases(known: Constraints) -> Iterator[list[tuple[SchemaPart, ...]]]:
    """Yield what is known, divided into the branches of each choice in it, or by type; and undivided."""
    pointers = {part.pointer for part in known.parts}
    for part in known.parts:
        for keyword in part.rules.keys() & _CHOICES:
            ways = _branches(part, keyword)
            if pointers.isdisjoint(way.pointer for way in ways):
                yield [(*known.parts, way) for way in ways]
    types = known.by_type()
    if len(types) > 1:
        yield [(*known.parts, only) for only in types]
    yield [known.parts]
