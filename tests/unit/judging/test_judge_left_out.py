"""What was not to be run has no other verdict than that, and is no difference."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judging.criteria import Criteria
from harness.judging.judge import Judgement, judge
from harness.judging.published import Figure, Figures
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.records import Record
from harness.observing.snapshots import Baseline, from_record
from tests.support.judgements import accepting, seen
from tests.support.makers import gives, internal, raises, twice

RUNS = [
    *twice(gives(1.0, step="one"), raises("no", step="two"), scenario="reset"),
    *twice(gives(1.0, step="one"), scenario="reset", variant="published"),
    *twice(gives(2.0, step="first pass"), scenario="stateful"),
]
FIGURES = Figures(
    figures=tuple(
        Figure(scenario=name, step="one", value=1.0, tolerance=1e-7, reproduces=False)
        for name in ("reset", "stateful")
    )
)
CRITERIA = Criteria(figures=FIGURES)
WHOLE = seen(RUNS, [internal()])
BASELINE = accepting(from_record(WHOLE, CRITERIA.tolerances))


def without(*names: str) -> Record:
    """The record of a run that left out scenarios or the internals."""
    return replace(
        WHOLE,
        left_out=names,
        runs=tuple(run for run in WHOLE.runs if run.scenario not in names),
        internals=() if "internals" in names else WHOLE.internals,
    )


def places(verdicts: Sequence[Verdict]) -> set[tuple[Axis, str, str, str]]:
    found = [(v.axis, v.scenario, v.variant, v.step) for v in verdicts]
    assert len(found) == len(set(found))
    return set(found)


def left_out(judgement: Judgement) -> list[Verdict]:
    return [v for v in judgement.verdicts if v.outcome is Outcome.LEFT_OUT]


LEFT_OUT = [("reset",), ("stateful",), ("internals",), ("reset", "stateful", "internals")]


@pytest.mark.fault(
    "verdicts",
    "a record is that of a part of a target",
    "the rest is left out, by name, and neither missing nor unchanged",
)
@pytest.mark.parametrize("names", LEFT_OUT, ids=" ".join)
def test_each_accepted_place_of_it_is_left_out_and_no_other_verdict_changes(
    names: tuple[str, ...],
) -> None:
    whole = judge(WHOLE, BASELINE, CRITERIA)
    assert left_out(whole) == []
    found = judge(without(*names), BASELINE, CRITERIA)
    assert places(found.verdicts) == places(whole.verdicts)
    expected = [v for v in whole.verdicts if (v.scenario or "internals") in names]
    assert places(left_out(found)) == places(expected)
    others = [v for v in found.verdicts if v.outcome is not Outcome.LEFT_OUT]
    assert others == [v for v in whole.verdicts if v not in expected]
    assert found.changes == []


def test_what_is_lost_without_being_left_out_is_missing() -> None:
    lost = replace(without("reset"), left_out=())
    outcomes = {v.outcome for v in judge(lost, BASELINE, CRITERIA).verdicts}
    assert Outcome.MISSING in outcomes


def test_what_is_not_accepted_and_left_out_is_named() -> None:
    nothing = Baseline(
        directory=Path("baselines"),
        accepted=replace(BASELINE.accepted, steps={}, internals={}),
        unread={},
    )
    found = left_out(judge(without("reset", "internals"), nothing, Criteria()))
    assert [(v.axis, *v.heading) for v in found] == [
        (Axis.DRIFT, "reset", ""),
        (Axis.WATCH, "internals", ""),
    ]


def test_a_damaged_baseline_of_what_was_left_out_is_not_judged() -> None:
    path = BASELINE.directory / "reset-strict.json"
    damaged = replace(BASELINE, unread={path: "damaged"})
    whole = judge(WHOLE, damaged, CRITERIA).verdicts
    assert [v.reason for v in whole if v.variant == "strict"] == ["damaged"]
    found = judge(without("reset"), damaged, CRITERIA)
    assert places(found.verdicts) == places(whole)
    assert {v.outcome for v in found.verdicts if v.scenario == "reset"} == {Outcome.LEFT_OUT}
