"""The budgets of ``.ci/run``: they add up to half an hour, and each step that is timed has one."""

import re

from tests.support.doc_pages import ROOT
from tools.ci_times import actual_minutes, budgets, table

ALL_MINUTES = 30
TIMED = re.compile(r"^(?!#).*(?:\bstep|step_with \"[a-z ]+\"|tools/timed\.sh) ([a-z][a-z-]*) ", re.MULTILINE)


def test_they_add_up_to_half_an_hour():
    assert sum(budgets().values()) <= ALL_MINUTES


def test_each_step_has_one_and_each_is_of_a_step():
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in (".ci/run", "Makefile")]
    timed = {step for text in texts for step in TIMED.findall(text)}
    assert timed == set(budgets())


def test_the_table_has_each_step_and_says_which_took_longer():
    took = actual_minutes("lint 30\nkafka 200\nnew 60\n")
    assert list(table({"lint": 1, "kafka": 3, "kube": 6}, took)) == [
        "   step            budget  actual",
        "   lint               1.0     0.5",
        "   kafka              3.0     3.3  over",
        "   kube               6.0       -",
        "   new                  -     1.0",
        "   all               10.0     4.8",
    ]
