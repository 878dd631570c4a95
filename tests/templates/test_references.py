"""What placeholders and expressions may name."""

import pytest

from tests.support.documents import document, errors, step

#   a → b → d      c stands alone
#
A, B, C, D = step("a"), step("b"), step("c", dependsOn=[]), step("d", dependsOn=["b"])


def said_of(text: str) -> str | None:
    """What is said of ``text`` in the config of d."""
    return errors(document(A, B, C, D | {"config": {"x": [text]}})).get("/steps/3/config/x/0")


@pytest.mark.parametrize(
    "text",
    [
        "${input}",
        "${input.a.0.b}",
        "${steps.a.output.x}",
        "${steps.b.response.status}",
        "${steps.b.status}",
        "${workflow.id}",
        "Bearer ${API_KEY}",
        "$${anything goes}",
        "costs $5",
    ],
)
def test_what_is_known_when_the_step_runs_may_be_named(text):
    assert said_of(text) is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("${steps.c.output}", "this step does not wait for 'c', directly or by others"),
        ("${steps.d.output}", "this step does not wait for 'd', directly or by others"),
        ("${steps.e.output}", "there is no step 'e'"),
        ("${steps}", "name the step: steps.NAME.output"),
        ("${steps.a.result}", "of a step only output, response, status can be used"),
        ("${workflow.colour}", "of the workflow only id can be used"),
        ("${workflow}", "of the workflow only id can be used"),
        ("${item}", "this is known with forEach only, which is not available yet"),
        ("${index}", "this is known with forEach only, which is not available yet"),
        ("${event.data}", "this is not known in a template"),
    ],
)
def test_what_is_not_known_then_may_not(text, message):
    assert said_of(text) == f"{text}: {message}"


@pytest.mark.parametrize("text", ["${", "${}", "${input", "${a b}", "${Mixed}", "${nothing.x}"])
def test_a_malformed_placeholder_is_told(text):
    assert said_of(text) is not None


def test_each_of_several_malformed_placeholders_is_told():
    config = {"x": "${", "y": {"z/": "${}"}}
    assert set(errors(document(step("a", config=config)))) == {"/steps/0/config/x", "/steps/0/config/y/z~1"}


def test_a_type_may_refuse_secrets():
    said = errors(document(step("a", type="open", config={"x": "${API_KEY}"})))
    assert said == {"/steps/0/config/x": "${API_KEY}: secrets may not be used here"}


def test_the_output_of_a_template_may_name_every_step():
    assert errors(document(A, B, C, D, output={"c": "${steps.c.output}", "d": "${steps.d.output.x}"})) == {}


def test_the_output_of_a_template_holds_no_secrets_and_no_unknown_steps():
    said = errors(document(output=["${API_KEY}", "${steps.x.output}"]))
    assert said == {
        "/output/0": "${API_KEY}: secrets may not be used here",
        "/output/1": "${steps.x.output}: there is no step 'x'",
    }


def when(source: str) -> str | None:
    """What is said of the condition of d."""
    return errors(document(A, B, C, D | {"when": source})).get("/steps/3/when")


@pytest.mark.parametrize(
    "source",
    ["true", "input.x > 1 && workflow.id != ''", "steps.a.output.ok", "steps['b'].status == 'COMPLETED'", "input.flag"],
)
def test_a_condition_is_cel_over_what_is_known(source):
    assert when(source) is None


@pytest.mark.parametrize("source", ["", "1 +", "input.x >", "nosuch(1)", "x" * 1001, "input.l.all(x, x > 1)"])
def test_a_condition_that_does_not_compile_is_refused(source):
    assert when(source)


@pytest.mark.parametrize("source", ["1 + 1", "'yes'", "[true]", "null"])
def test_a_condition_gives_true_or_false(source):
    assert when(source) == "this must give true or false"


def test_a_condition_names_steps_that_ended_before():
    assert when("steps.c.output.x") == "this step does not wait for 'c', directly or by others"
    assert when("steps['nowhere'].output.x") == "there is no step 'nowhere'"


def test_a_condition_knows_no_other_names():
    assert when("inputs.x > 1") == "'inputs' is not known, only input, steps, workflow"


def test_a_condition_holds_no_placeholders():
    assert when("'${input.x}' == 'a'") == "an expression takes no placeholders: write input.x, not ${input.x}"


def expression(source: str) -> str | None:
    """What is said of the expression of d, whose type takes one."""
    steps = [A, B, C, D | {"type": "cel", "config": {"expression": source}}]
    return errors(document(*steps)).get("/steps/3/config/expression")


def test_an_expression_in_a_config_is_checked_as_a_condition_is():
    assert expression("steps.a.output.x + 1") is None
    assert expression("steps.c.output") == "this step does not wait for 'c', directly or by others"
    assert expression("1 +")
    assert expression("${input.x} + 1") == "an expression takes no placeholders: write input.x, not ${input.x}"


def test_an_expression_in_a_config_may_loop_and_give_anything():
    assert expression("input.items.map(x, {'n': x})") is None


def test_with_a_broken_graph_nothing_is_said_of_the_order():
    steps = [step("a", dependsOn=["b"]), step("b", config={"x": "${steps.c.output}"}), step("c")]
    assert set(errors(document(*steps))) == {"/steps/0/dependsOn"}


def test_a_condition_says_which_steps_it_reads():
    assert when("steps[input.name].status == 'COMPLETED'") == "name the steps that are read: steps.NAME"
