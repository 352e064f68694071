"""A script on many targets as text, Markdown and data: the same finding in all three."""

import json
from dataclasses import replace
from pathlib import Path

import html5lib
import jsonschema
import msgspec
import pytest

from harness.base.project import RESOURCES
from harness.environments.targets import Target
from harness.judging.explained import Explanation
from harness.judging.tried import Comparison, compare_traces
from harness.observing.numerics import Tolerances
from harness.observing.records import Error
from harness.report.script_page import script_page
from harness.report.scripts import (
    headline,
    script_document,
    script_markdown,
    script_text,
    short,
)
from tests.support.makers import accepts, array
from tests.support.traces import did, statement, step, traced

SCHEMA = json.loads((RESOURCES / "try.schema.json").read_text(encoding="utf-8"))
SCRIPT = [
    statement(3, "layer = tf.keras.layers.LSTM(2, recurrent_activation='hard_sigmoid')  " * 3),
    statement(4, "y = layer(x)", binds=["y"], reads=["layer", "x"]),
    statement(5, "print(y | y)", reads=["print", "y"]),
]


def found(*values: float, failures: dict[str, str] | None = None) -> Comparison:
    targets = [
        Target(name=f"tf-2.{n}", family="tensorflow", python="3.11", requirements=("tensorflow",))
        for n in range(len(values))
    ]
    traces = {
        target.name: traced(
            SCRIPT,
            did(3),
            did(4, {"y": array(value)}, warned=["DeprecationWarning: y is deprecated\x1b[31m"]),
            did(5, printed=f"{value}\n"),
            target=target.name,
        )
        for target, value in zip(targets, values, strict=True)
    }
    compared = compare_traces(traces, failures or {}, targets, Tolerances(), lambda *_: None)
    known = {"line 4": (Explanation(known=accepts("moved: a"), common="the same call"),)}
    return replace(compared, crossings=tuple(replace(c, known=known) for c in compared.crossings))


HEADLINES = [
    (found(1, 1), "s.py on 2 targets: does the same everywhere."),
    (found(1), "s.py on 1 target: nothing to compare with."),
    (found(1, 2), "s.py on 2 targets: goes another way at line 4 on tf-2.1."),
    (
        found(1, 1, failures={"tf-2.9": "no"}),
        "s.py on 2 targets: does the same everywhere; did not run on tf-2.9.",
    ),
]


@pytest.mark.parametrize(("compared", "said"), HEADLINES)
def test_the_headline_says_where_first(compared: Comparison, said: str) -> None:
    assert headline(compared, "s.py") == said


def test_the_text_fits_80_columns_and_says_all() -> None:
    text = script_text(found(1, 1, 2.5, failures={"tf-2.9": "no\ninterpreter"}), "s.py")
    assert max(map(len, text.splitlines())) <= 80
    for part in (
        "  1  tf-2.0 to tf-2.1 (2 targets)",
        "tf-2.1 -> tf-2.2",
        "  line 4: y = layer(x)",
        "    y: 2.5 instead of 1",
        "    known: a title (keras 3.0; the same call)",
        "    instead: something else",
        "    from it follow: line 5",
        "  tf-2.0, tf-2.1, tf-2.2: line 4: DeprecationWarning: y is deprecated\n"
        "    it names no release that removes it\n    gone on none of the targets tried\n",
        "tf-2.9: not run\n  no\n  interpreter",
        "1 statement with the same result everywhere",
    ):
        assert part in text
    assert "\x1b" not in text


def test_where_nothing_differs_there_is_no_table() -> None:
    text = script_text(found(1, 1), "s.py")
    assert "3 statements with the same result everywhere" in text
    assert "\n line " not in text


def test_what_was_reached_nowhere_or_not_compared_has_not_the_same_result() -> None:
    targets = [
        Target(name=name, family="tensorflow", python="3.11", requirements=("tensorflow",))
        for name in ("tf-2.0", "tf-2.1")
    ]
    mystery = {"layer": "not looked at: Mystery"}
    traces = {
        each.name: traced(
            SCRIPT, did(3, facts=facts), did(4, error="TypeError: no"), target=each.name
        )
        for each, facts in zip(targets, ({}, mystery), strict=True)
    }
    compared = compare_traces(traces, {}, targets, Tolerances(), lambda *_: None)
    assert [each.line for each in compared.not_compared] == [3]
    said = "1 statement with the same result everywhere; 1 not compared, or not whole; 1 reached"
    assert said in script_markdown(compared, "s.py")


def test_the_headline_has_the_first_difference_and_the_first_error() -> None:
    script = [statement(1, binds=["x"]), statement(2, binds=["y"]), statement(3, binds=["z"])]
    old = traced(script, *(did(n, {name: array(1.0)}) for n, name in enumerate("xyz", 1)))
    new = traced(script, did(1, {"x": array(2.0)}), did(2, error="TypeError: no"), target="tf-2.16")
    targets = [
        Target(name=name, family="tensorflow", python="3.7", requirements=("tensorflow",))
        for name in ("tf-2.15", "tf-2.16")
    ]
    traces = {"tf-2.15": old, "tf-2.16": new}
    found = compare_traces(traces, {}, targets, Tolerances(), lambda *_: None)
    assert headline(found, "s.py") == (
        "s.py on 2 targets: goes another way at line 1 and raises TypeError at line 2 on tf-2.16."
    )


def test_the_line_within_a_statement_that_raises_is_told() -> None:
    script = [statement(1, "m.go()"), statement(2, "m.go()")]
    frames = '  File "s.py", line 1, in <module>\n    m.go()\n'
    frames += '  File "s.py", line 9, in go\n    self.rnn(x)\n'
    error = Error(type="TypeError", message="no", traceback=frames)
    went = msgspec.structs.replace(did(1), error=error)
    targets = [
        Target(name=name, family="tensorflow", python="3.7", requirements=("tensorflow",))
        for name in ("tf-2.15", "tf-2.16")
    ]
    traces = {"tf-2.15": traced(script, did(1)), "tf-2.16": traced(script, went, target="tf-2.16")}
    found = compare_traces(traces, {}, targets, Tolerances(), lambda *_: None)
    raised = "raised in line 9, in go: self.rnn(x)"
    assert "raises TypeError at line 1 (in line 9) on tf-2.16" in headline(found, "s.py")
    for text in (script_text(found, "s.py"), script_markdown(found, "s.py")):
        assert f"    {raised}\n" in text
    assert f'<li class="quiet">{raised}</li>' in script_page(found, "s.py")
    [boundary] = script_document(found, Path("s.py"))["boundaries"]
    expected = {"line": 9, "function": "go", "source": "self.rnn(x)"}
    assert boundary["differences"][0]["raised_in"] == expected


def test_a_script_that_one_target_cannot_read_is_said_with_its_place() -> None:
    found = compare_traces(
        {
            "tf-2.0": traced([], did(4, error="SyntaxError: invalid syntax"), target="tf-2.0"),
            "tf-2.1": traced([statement(3, "def f(): ...")], did(3), target="tf-2.1"),
        },
        {},
        [
            Target(name=name, family="tensorflow", python="3.7", requirements=("tensorflow",))
            for name in ("tf-2.0", "tf-2.1")
        ],
        Tolerances(),
        lambda *_: None,
    )
    assert (found.exit_code, headline(found, "s.py")) == (
        1,
        "s.py on 2 targets: goes another way at line 4 on tf-2.1.",
    )
    assert "raises nothing; raised SyntaxError: invalid syntax" in script_text(found, "s.py")


def test_markdown_has_the_same_rows_and_boundaries() -> None:
    text = script_markdown(found(1, 2.5), "s.py")
    assert "| 4: `y = layer(x)` | `a` | `b` |" in text
    assert "| 5: `print(y \\| y)` | `a` | `b` |" in text
    assert "## tf-2.0 -> tf-2.1" in text


def test_data_has_all_of_it() -> None:
    compared = found(1, 2.5, failures={"tf-2.9": "no"})
    document = json.loads(json.dumps(script_document(compared, Path("/somewhere/s.py"))))
    jsonschema.validate(document, SCHEMA)
    assert document["stretches"] == [["tf-2.0"], ["tf-2.1"]]
    assert [each["signs"] for each in document["statements"]] == [["a", "a"], *[["a", "b"]] * 2]
    [boundary] = document["boundaries"]
    assert (boundary["before"], boundary["after"]) == ("tf-2.0", "tf-2.1")
    assert [(each["line"], each["follows"]) for each in boundary["differences"]] == [
        (4, None),
        (5, "line 4"),
    ]
    assert boundary["differences"][0]["known"][0]["title"] == "a title"
    assert document["failures"] == {"tf-2.9": "no"}
    assert document["exit_code"] == 1


def test_the_page_has_the_same_and_keeps_text_as_text() -> None:
    evil = "<script>alert(1)</script>"
    compared = found(1, 2.5, failures={"tf-2.9": evil})
    page = script_page(compared, f"{evil}.py")
    assert evil not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    for part in ("tf-2.0 → tf-2.1", "y = layer(x)", "2.5 instead of 1", "something else"):
        assert part in page
    assert page.count('<tr class="statement">') == 2
    html5lib.HTMLParser(strict=True).parse(page)


def test_what_is_not_certain_is_not_called_known() -> None:
    compared = found(1, 2.5)
    [crossing] = compared.crossings
    maybe = Explanation(known=accepts("moved: a"), common="the statement calls f", certain=False)
    unsure = replace(compared, crossings=(replace(crossing, known={"line 4": (maybe,)}),))
    assert "    perhaps: a title" in script_text(unsure, "s.py")
    assert "known: a title" not in script_text(unsure, "s.py")
    assert "Perhaps: <a" in script_page(unsure, "s.py")


def removed() -> Comparison:
    """A step that warns of a thing on two releases, and raises on the third."""
    says = "UserWarning: <f> is deprecated and will be removed after 2020-10-11"
    warned = [step("old", 6, 5, {"value": array(1.0)}, warned=[says]), did(5)]
    gone = [step("old", 6, 5, error="AttributeError: no f"), did(5, error="AttributeError: no f")]
    targets = [
        Target(name=f"tf-2.{n}", family="tensorflow", python="3.11", requirements=("tensorflow",))
        for n in range(3)
    ]
    traces = {
        target.name: traced(SCRIPT, did(3), did(4), *observed, target=target.name)
        for target, observed in zip(targets, (warned, warned, gone), strict=True)
    }
    return compare_traces(traces, {}, targets, Tolerances(), lambda *_: None)


def test_a_deprecation_says_what_the_warning_and_the_targets_say() -> None:
    compared = removed()
    said = (
        "it says: removed after 2020-10-11",
        "on tf-2.2 the statement raises AttributeError: no f",
    )
    where = "tf-2.0, tf-2.1: line 6 (step old): UserWarning: "
    text, markdown = script_text(compared, "s.py"), script_markdown(compared, "s.py")
    page, document = script_page(compared, "s.py"), script_document(compared, Path("/s.py"))
    jsonschema.validate(document, SCHEMA)
    assert "".join(f"    {line}\n" for line in said) in text
    assert f"  {where}<f> is deprecated" in text
    assert "".join(f"- {line}\n" for line in said) in markdown
    assert f"Deprecated: {where}&lt;f&gt; is deprecated" in markdown
    for part in (
        *said,
        "&lt;f&gt; is deprecated",
        "warned on tf-2.0, tf-2.1",
        "step old: the body",
    ):
        assert part in page
    html5lib.HTMLParser(strict=True).parse(page)
    assert document["deprecations"] == [
        {
            "statement": "step old",
            "line": 6,
            "text": "UserWarning: <f> is deprecated and will be removed after 2020-10-11",
            "targets": ["tf-2.0", "tf-2.1"],
            "removed": "removed after 2020-10-11",
            "outcomes": [{"target": "tf-2.2", "raises": "AttributeError: no f", "reached": True}],
        }
    ]


def test_where_nothing_is_deprecated_nothing_is_said_of_it() -> None:
    compared = replace(found(1, 2), deprecations=())
    assert "deprecated" not in script_text(compared, "s.py")
    assert "deprecated" not in script_page(compared, "s.py")


def test_a_step_has_its_name_in_the_headline_the_table_and_the_data() -> None:
    compared = removed()
    assert headline(compared, "s.py") == (
        "s.py on 3 targets: raises AttributeError at line 6 (step old) on tf-2.2."
    )
    text = script_text(compared, "s.py")
    assert "    6 step old: the body of old" in text
    assert "  line 6: step old: the body of old\n    raises AttributeError: no f\n" in text
    assert "    from it follow: line 5" in text
    within = {
        each["name"]: each["within"]
        for each in script_document(compared, Path("/s.py"))["statements"]
    }
    assert within["step old"] == "line 5"
    assert within["line 5"] is None


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("for n in x:\n    y = d[n:]\n    z = {n: 1}", "for n in x: ..."),
        (
            "    with (a as b,  # one: a\n        c):  # head:\n        y = 1",
            "with (a as b, # one: a c): ...",
        ),
        ("while x: y = 1", "while x: y = 1"),
        ("forward = {\n    1: 2,\n}", "forward = { 1: 2, }"),
        ("if x:\n    y = 1", "if x: y = 1"),
    ],
)
def test_a_block_is_shown_by_its_head(source: str, shown: str) -> None:
    assert short(statement(3, source), 100) == shown
