"""A script on many targets as text, Markdown and data: the same finding in all three."""

from dataclasses import replace
from pathlib import Path

import html5lib
import pytest

from harness.environments.targets import Target
from harness.judging.explained import Explanation
from harness.judging.tried import Comparison, compare_traces
from harness.observing.numerics import Tolerances
from harness.report.script_page import script_page
from harness.report.scripts import headline, script_document, script_markdown, script_text
from tests.support.makers import accepts, array
from tests.support.traces import did, statement, traced

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
        "  tf-2.0, tf-2.1, tf-2.2: line 4: DeprecationWarning: y is deprecated",
        "tf-2.9: not run\n  no\n  interpreter",
        "1 statement with the same result everywhere",
    ):
        assert part in text
    assert "\x1b" not in text


def test_where_nothing_differs_there_is_no_table() -> None:
    text = script_text(found(1, 1), "s.py")
    assert "3 statements with the same result everywhere" in text
    assert "\n line " not in text


def test_markdown_has_the_same_rows_and_boundaries() -> None:
    text = script_markdown(found(1, 2.5), "s.py")
    assert "| 4: `y = layer(x)` | `a` | `b` |" in text
    assert "| 5: `print(y \\| y)` | `a` | `b` |" in text
    assert "## tf-2.0 -> tf-2.1" in text


def test_data_has_all_of_it() -> None:
    compared = found(1, 2.5, failures={"tf-2.9": "no"})
    document = script_document(compared, Path("/somewhere/s.py"))
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
