"""What docs/reference says of GraphQL."""

import re
from dataclasses import asdict

from graphql import parse, validate

from apps.core.graphql import codes, limits
from baseshift.graphql import schema
from tests.support.doc_pages import ROOT, blocks

PAGE = ROOT / "docs" / "reference" / "graphql.md"
TEXT = PAGE.read_text(encoding="utf-8")


def rows(heading: str) -> str:
    return "\n".join(re.findall(r"^\|.*\|$", TEXT.partition(f"## {heading}\n")[2].partition("\n## ")[0], re.MULTILINE))


def test_every_example_fits_the_schema():
    examples = [parse(body) for _, body in blocks(PAGE, "graphql")]
    assert examples
    assert [validate(schema.graphql_schema, example) for example in examples] == [[]] * len(examples)


def test_every_code_is_documented_and_no_other():
    known = {value for name, value in vars(codes).items() if name.isupper()}
    assert set(re.findall(r"^\| `([A-Z_]+)`", rows("Errors"), re.MULTILINE)) == known


def test_every_mutation_is_documented_and_no_other():
    documented = {
        name for row in re.findall(r"^\| (`.*?) \|", rows("Mutations"), re.MULTILINE) for name in row.split(", ")
    }
    assert documented == {f"`{name}`" for name in schema.graphql_schema.mutation_type.fields}


def test_every_measured_limit_is_documented_with_its_number():
    for name, allowed in asdict(limits.MAX_COMPLEXITY).items():
        assert f"| `{name}` | {allowed:,} |" in rows("Limits")
    assert f"| `fragments`, `operations` | {limits.MAX_FRAGMENTS}, {limits.MAX_OPERATIONS} |" in rows("Limits")
    assert f"| `directives` | {limits.MAX_DIRECTIVES} |" in rows("Limits")
    assert f"{limits.MAX_QUERY_CHARACTERS:,} | characters of the query; {limits.MAX_TOKENS:,} tokens" in rows("Limits")
