"""The evidence of a diff: its headline claims no more than was compared, nothing is cut unsaid."""

import re
from dataclasses import replace
from typing import Any

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import Diff, diff, select
from harness.judging.known import AttributedChange, Knowledge
from harness.observing.internals import Described
from harness.observing.snapshots import Gap, Snapshot
from harness.report.evidence import (
    IN_FULL,
    TELLING,
    evidence,
    headline,
    packages,
    rounding,
    sources,
)
from tests.support.makers import accept, accepts, array, gives, observed, sees

ONE, TWO, NEARLY = gives(1.0, 2.0), gives(3.0, 4.0), gives(1.0, 2.0 + 2.0**-22)
METHOD = Described(
    kind="method", owner="keras.RNN", parameters=("self",), body="def f(self):\n    g()"
)
OTHER = replace(METHOD, body="def f(self):\n    h()")
GONE = replace(METHOD, body="def f(self):\n    raise ValueError('no')")
STRICT = Gap(scenario="reset", variant="strict", reason="run 1 crashed: SIGSEGV", end="crashed")


def side(first: object = ONE, internal: Described = METHOD, **facts: object) -> Snapshot:
    steps = {("reset", "fixed"): accept(first)} if first else {}  # type: ignore[arg-type]
    return replace(observed(steps, internals={"RNN.call": internal}), **facts)  # type: ignore[arg-type]


def compared(before: Snapshot, after: Snapshot) -> Diff:
    return diff(before, after, Criteria())


NEXT = {"tensorflow": "2.16.0"}
COUNTS = "0 explained, 0 covered, 1 unknown"
# both sides, and the whole headline
HEADLINES: dict[str, tuple[Snapshot, Snapshot, str]] = {
    "nothing": (side(), side(), "No difference"),
    "nothing, and a part is lost": (
        side(),
        side(gaps=(STRICT,)),
        "No difference in the compared parts; 1 part could not be compared",
    ),
    "nothing, and no scenario is observed": (
        side(),
        side(None),
        "No scenario was compared; 1 part could not be compared",
    ),
    "no scenario is observed, and a function differs": (
        side(),
        side(None, OTHER),
        "No scenario was compared; 1 watched function has another source; "
        "1 part could not be compared",
    ),
    "bodies alone": (
        side(),
        side(ONE, OTHER),
        "Nothing that the scenarios do differs; 1 watched function has another source",
    ),
    "bodies alone, and a part is lost": (
        side(),
        side(ONE, OTHER, gaps=(STRICT,)),
        "Nothing that the compared scenarios do differs; "
        "1 watched function has another source; 1 part could not be compared",
    ),
    "a finding in a body": (
        side(),
        side(ONE, GONE),
        f"Nothing that the scenarios do differs; 1 cause, 1 finding: {COUNTS}; "
        "1 watched function has another source",
    ),
    "rounding alone": (
        side(),
        side(NEARLY),
        "Nothing that the scenarios do differs beyond rounding",
    ),
    "rounding and a finding in a body": (
        side(),
        side(NEARLY, GONE),
        "Nothing that the scenarios do differs beyond rounding; "
        f"1 cause, 1 finding: {COUNTS}; 1 watched function has another source",
    ),
    "packages alone": (
        side(),
        side(distributions=NEXT),
        "Nothing that the scenarios do differs",
    ),
    "a step": (side(), side(TWO), f"1 cause, 1 finding: {COUNTS}"),
    "a step, and a part is lost": (
        side(),
        side(TWO, gaps=(STRICT, replace(STRICT, variant="printed"))),
        f"1 cause, 1 finding: {COUNTS}; 2 parts could not be compared",
    ),
}


@pytest.mark.parametrize(("before", "after", "words"), HEADLINES.values(), ids=HEADLINES)
def test_a_headline_claims_no_more_than_was_compared(
    before: Snapshot, after: Snapshot, words: str
) -> None:
    assert headline(compared(before, after)) == words


def test_the_headline_counts_findings_by_what_is_known() -> None:
    steps = {("reset", "fixed"): accept(ONE, gives(1.0, step="b"), gives(1.0, step="c"))}
    others = {("reset", "fixed"): accept(TWO, gives(2.0, step="b"), gives(2.0, step="c"))}
    internals = [{"RNN._a": Described()}, {"RNN._a": METHOD}]
    before = observed(steps, internals=internals[0])
    after = observed(others, internals=internals[1], keras="3.0.0")
    known = (
        accepts("other values: reset / {step,b}", title="looked at"),
        accepts("added: *._*", title="covers", general=True),
    )
    found = diff(before, after, Criteria(known=known))
    assert headline(found) == "3 causes, 4 findings: 2 explained, 1 covered, 1 unknown"


EVERYTHING = compared(side(), side(TWO, OTHER, distributions=NEXT))
SELECTED: dict[str, tuple[Diff, str]] = {
    "another kind": (select(EVERYTHING, kind=ChangeKind.ADDED), "3 other changes not selected"),
    "bodies": (
        select(EVERYTHING, kind=ChangeKind.BODY),
        "1 watched function has another source; 2 other changes not selected",
    ),
    "unknown": (
        select(EVERYTHING, knowledge=Knowledge.UNKNOWN),
        f"1 cause, 1 finding: {COUNTS}; 2 other changes not selected",
    ),
    "in two steps": (
        select(select(EVERYTHING, scenario="reset"), kind=ChangeKind.ADDED),
        "3 other changes not selected",
    ),
    "everything": (
        select(EVERYTHING),
        f"1 cause, 1 finding: {COUNTS}; 1 watched function has another source",
    ),
    "of no difference": (select(compared(side(), side()), scenario="reset"), "No difference"),
}


@pytest.mark.parametrize(("shown", "words"), SELECTED.values(), ids=SELECTED)
def test_the_headline_of_a_selection_does_not_speak_of_what_was_not_selected(
    shown: Diff, words: str
) -> None:
    assert headline(shown) == words


def bodies(*sides: tuple[str, str, str]) -> Diff:
    """A diff of functions: name, source before and source after."""
    changes = tuple(
        AttributedChange(change=Change(kind=ChangeKind.BODY, subject=name, before=old, after=new))
        for name, old, new in sides
    )
    return Diff(before=observed(), after=observed(), changes=changes)


def function(*lines: str) -> str:
    return "\n".join(["def f(self):", *(f"    {line}" for line in lines)])


PLAIN, CALLS = ("a = 1",), ("super().reset_states()",)
DEFAULT, TEST, RAISE = ("get('a', 1)",), ("if a:", "    b()"), ("raise ValueError",)


def test_the_function_that_tells_most_comes_first() -> None:
    changed = {"plain": PLAIN, "calls": CALLS, "default": DEFAULT, "test": TEST, "raise": RAISE}
    pairs = [(name, function("pass"), function("pass", *new)) for name, new in changed.items()]
    for order in (pairs, pairs[::-1]):
        names = [source.names for source in sources(bodies(*order))]
        assert names == [("raise",), ("test",), ("default",), ("calls",), ("plain",)]


def test_internals_with_the_same_difference_share_one_source() -> None:
    old, new = function(*PLAIN), function(*RAISE)
    [source] = sources(bodies(("RNN.call", old, new), ("LSTM.call", old, new)))
    assert source.names == ("RNN.call", "LSTM.call")
    assert source.lines[1:] == (" def f(self):", "-    a = 1", "+    raise ValueError")
    assert source.left_out == 0


LONG = [f"call_{n}()" for n in range(TELLING * 2)]


def many(count: int) -> list[tuple[str, str, str]]:
    """Functions with long differences, each of which has a raise as its last line."""
    old, lines = function("pass"), (*LONG, "raise ValueError")
    return [(f"RNN.f{n}", old, function("pass", *lines, f"last_{n}()")) for n in range(count)]


def test_few_functions_are_shown_in_full_and_of_many_the_lines_that_tell_most() -> None:
    for source in sources(bodies(*many(IN_FULL))):
        assert source.left_out == 0
        assert f"+    {LONG[-1]}" in source.lines
    full = sources(bodies(*many(IN_FULL)))[0]
    addition = AttributedChange(
        change=Change(kind=ChangeKind.ADDED, subject="RNN.g", before="absent", after="method")
    )
    crowded = bodies(*many(IN_FULL + 1))
    crowded = replace(crowded, changes=(*crowded.changes, addition))
    for source in sources(crowded):
        assert len(source.lines) == TELLING
        assert "+    raise ValueError" in source.lines
        assert all(line[0] in "+-" for line in source.lines)
        assert source.left_out == len(full.lines) - TELLING


def test_a_selection_of_bodies_shows_all_lines_of_many_functions() -> None:
    assert [source.left_out for source in sources(bodies(*many(IN_FULL + 5)))] == [0] * (
        IN_FULL + 5
    )


def test_a_short_difference_is_complete_among_many() -> None:
    short = ("RNN.short", function(*PLAIN), function(*CALLS))
    found = bodies(short, *many(IN_FULL + 1))
    step = AttributedChange(change=Change(kind=ChangeKind.KIND, subject="x", before="a", after="b"))
    shown = {s.names[0]: s for s in sources(replace(found, changes=(*found.changes, step)))}
    assert shown["RNN.short"].left_out == 0
    assert " def f(self):" in shown["RNN.short"].lines


def test_changes_of_one_difference_are_one_evidence_with_all_places() -> None:
    steps = [
        Change(
            kind=ChangeKind.NEWLY_RAISES,
            subject=name,
            scenario="reset",
            variants=("fixed", "strict"),
            before="mean 1",
            after=after,
        )
        for name, after in (
            ("a", "ValueError: no"),
            ("b", "TypeError: no"),
            ("c", "ValueError: no"),
        )
    ]
    found = list(evidence(AttributedChange(change=each) for each in steps))
    assert [each.places for each in found] == [
        ("reset / a (fixed, strict)", "reset / c (fixed, strict)"),
        ("reset / b (fixed, strict)",),
    ]
    assert found[0].difference == "ValueError: no instead of mean 1"
    assert [each.change for e in found for each in e.changes] == [steps[0], steps[2], steps[1]]


def test_the_same_text_of_two_kinds_is_not_one_evidence() -> None:
    changes = [
        Change(kind=kind, subject="RNN.call", before="a", after="b")
        for kind in (ChangeKind.KIND, ChangeKind.MOVED)
    ]
    found = list(evidence(AttributedChange(change=each) for each in changes))
    assert [each.kind for each in found] == [ChangeKind.KIND, ChangeKind.MOVED]


SETTINGS = {"machine": "x86_64", "oneDNN": "default", "cpu avx512f": "True"}
WITH_IT: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "the same machine and packages": ({}, {}, "no package of them differs"),
    "another oneDNN": (
        {},
        {"settings": {**SETTINGS, "oneDNN": "0"}},
        "with it differ oneDNN default → 0",
    ),
    "another instruction set": (
        {},
        {"settings": {**SETTINGS, "cpu avx512f": "False"}},
        "with it differ cpu avx512f True → False",
    ),
    "another TensorFlow and numpy": (
        {},
        {"distributions": {"tensorflow": "2.16.0", "numpy": "2.0.0"}, "keras": "2.15.0"},
        "with it differ tensorflow 2.15.0 → 2.16.0, numpy absent → 2.0.0",
    ),
    "a baseline": (
        {"settings": {}},
        {},
        "no package of them differs; machines were not compared",
    ),
}


@pytest.mark.parametrize(("old", "new", "words"), WITH_IT.values(), ids=WITH_IT)
def test_rounding_says_which_switch_or_package_goes_with_it(
    old: dict[str, Any], new: dict[str, Any], words: str
) -> None:
    before, after = (
        side(**{"settings": SETTINGS, **old}),
        side(NEARLY, **{"settings": SETTINGS, **new}),
    )
    said = rounding(compared(before, after))
    assert said == f"1 step, at most 1.0 ULP (reset / step); {words}; in reset / step"


def test_rounding_names_each_step_once_and_the_largest_difference() -> None:
    far = sees("b", output=array(1.0, 2.0 + 2.0**-21))
    steps = {("reset", v): accept(ONE, gives(1.0, 2.0, step="b")) for v in ("fixed", "strict")}
    others = {("reset", v): accept(NEARLY, far) for v in ("fixed", "strict")}
    said = rounding(compared(observed(steps), observed(others)))
    assert said.startswith("2 steps, at most 2.0 ULP (reset / b); ")
    assert said.endswith("; in reset / b, reset / step")


def test_without_rounding_nothing_is_said_of_it() -> None:
    assert rounding(compared(side(), side(TWO, OTHER))) == ""


def test_the_packages_that_differ_are_one_line() -> None:
    found = compared(side(), side(distributions={"tensorflow": "2.16.0", "jax": "0.4"}))
    assert packages(found) == "jax absent → 0.4, tensorflow 2.15.0 → 2.16.0"
    assert not re.search("jax", packages(compared(side(), side())))
