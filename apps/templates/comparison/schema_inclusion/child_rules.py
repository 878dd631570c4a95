"""Rules about the values inside an object or an array: they lead to goals about those."""

from collections.abc import Callable, Iterator

from apps.core.expressions.placeholders import pointer_token
from apps.templates.comparison.schema_inclusion.goals import Finding, RuleContext
from apps.templates.comparison.schema_inclusion.tree import SchemaPart


def _required(place: RuleContext) -> Iterator[Finding]:
    for key in place.wide.rules["required"]:
        if key not in place.known.required:
            yield place.reason("required", f"must have the key {quoted(key)}")


def _properties(place: RuleContext) -> Iterator[Finding]:
    for key in place.wide.rules["properties"]:
        if place.known.speaks_of(key):
            yield place.ask(place.known.at_key(key), place.wide.child("properties", key), f"the key {quoted(key)}")
        else:
            yield place.reason(f"properties{pointer_token(key)}", f"the key {quoted(key)}", unspoken=True)


def _pattern_properties(place: RuleContext) -> Iterator[Finding]:
    for source in place.wide.rules["patternProperties"]:
        part = place.wide.child("patternProperties", source)
        same = place.known.at_pattern(source)
        yield from [place.ask(same, part)] if same else _at_other_pattern(place, source, part)


def _at_other_pattern(place: RuleContext, source: str, part: SchemaPart) -> Iterator[Finding]:
    """Try the keys that have a name, since any key may match ``source``; of the others it is not known."""
    known = place.known
    for key in known.keys:
        if known.matches(source, key) is not False:
            yield place.ask(known.at_key(key), part, f"the key {quoted(key)}")
    for other in known.patterns:
        yield place.ask(known.at_pattern(other), part)
    if known.speaks_of_others or known.named_elsewhere or known.required:
        yield place.ask(known.at_other_keys(), part)
    else:
        keyword = f"patternProperties{pointer_token(source)}"
        yield place.reason(keyword, f"keys that match {quoted(source)}", unspoken=True)


def _additional_properties(place: RuleContext) -> Iterator[Finding]:
    part, known = place.wide.child("additionalProperties"), place.known
    if part.schema is True or part.schema == {}:
        return
    named, sources = place.wide.rules.get("properties", {}), place.wide.rules.get("patternProperties", {})
    for key in known.keys:
        if key not in named and not any(known.matches(source, key) for source in sources):
            yield place.ask(known.at_key(key), part, f"the key {quoted(key)}")
    for source in known.patterns:
        if source not in sources:
            yield place.ask(known.at_pattern(source), part, f"a key that matches {quoted(source)}")
    yield place.ask(known.at_other_keys(), part, "a key without a description")


def _property_names(place: RuleContext) -> Iterator[Finding]:
    names = [part.child("propertyNames") for part in place.known.parts if "propertyNames" in part.rules]
    text = SchemaPart(place.wide.tree, f"{place.at}/propertyNames/type", {"type": "string"})
    yield place.ask([*names, text], place.wide.child("propertyNames"), "the name of a key")


def _dependent_schemas(place: RuleContext) -> Iterator[Finding]:
    for key in place.wide.rules["dependentSchemas"]:
        held = [part for part in place.known.parts if key in part.rules.get("dependentSchemas", ())]
        narrow = (*place.known.parts, *(part.child("dependentSchemas", key) for part in held))
        yield place.ask(narrow, place.wide.child("dependentSchemas", key))


def _items(place: RuleContext) -> Iterator[Finding]:
    part, known = place.wide.child("items"), place.known
    first = len(place.wide.rules.get("prefixItems", ()))
    for index in range(first, known.described_items):
        if index < known.most_items:
            yield place.ask(known.at_index(index), part, f"item {index}")
    if max(first, known.described_items) < known.most_items:
        yield place.ask(known.at_other_items(), part, "a further item")


def _prefix_items(place: RuleContext) -> Iterator[Finding]:
    for index in range(len(place.wide.rules["prefixItems"])):
        if index < place.known.most_items:
            yield place.ask(place.known.at_index(index), place.wide.child("prefixItems", index), f"item {index}")


def quoted(name: str) -> str:
    return f"'{name}'" if len(name) <= 100 else f"'{name[:97]}...'"


RULES: dict[str, Callable[[RuleContext], Iterator[Finding]]] = {
    "required": _required,
    "properties": _properties,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "propertyNames": _property_names,
    "dependentSchemas": _dependent_schemas,
    "items": _items,
    "prefixItems": _prefix_items,
}
