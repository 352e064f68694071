"""The policies of the judge, one table each; a record that equals its baseline is the control."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.judge import BEFORE, BETWEEN, MISSING, NO_BASELINE
from harness.judging.verdicts import Axis, Outcome, exit_code
from harness.observing.internals import describe
from harness.observing.records import Observation, Run
from harness.observing.snapshots import Snapshot
from tests.support.judgements import drift, judged, seen
from tests.support.makers import (
    accept,
    gives,
    internal,
    observed,
    raises,
    run,
    twice,
)

PAIR = ("stateful", "fixed")
A, B, C = (gives(float(n), step=name) for n, name in enumerate("abc", start=1))
FAILS, WORKS = raises("no such state"), gives(1.0)


def accepts_steps(*observations: Observation) -> Snapshot:
    return observed({PAIR: accept(*observations)}, name="sample")


def crashed(*given: Observation, number: int = 1, at: str | None = None) -> Run:
    return run(*given, number=number, end="crashed", unfinished=at, detail="ended by SIGSEGV")


def late(*given: Observation, number: int = 1, at: str | None = None) -> Run:
    return run(*given, number=number, end="timed out", unfinished=at, detail="took over 1 s")


def broken(*given: Observation, number: int = 1, at: str | None = None) -> Run:
    detail = "the step name 'a' is used twice\nTraceback ..."
    return run(*given, number=number, end="broken", unfinished=at, detail=detail)


ABC = accepts_steps(A, B, C)
WHOLE = run(A, B, C, number=2)
SAME, DIFFERENT = Outcome.IDENTICAL, Outcome.DRIFT
CRASH, LATE, BROKEN = Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.BROKEN
SIGNAL, LIMIT = "run 1 crashed: ended by SIGSEGV", "run 2 timed out: took over 1 s"
TWICE = "run 2 broken: the step name 'a' is used twice"

# the runs, and the outcome of each step with its reason
HALF_WAY: dict[str, tuple[Sequence[Run], dict[str, tuple[Outcome, str]]]] = {
    "both runs are whole": (twice(A, B, C), dict.fromkeys("abc", (SAME, ""))),
    "one crashed in a step": (
        [crashed(A, at="b"), WHOLE],
        {
            "a": (SAME, ""),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "one crashed in its last step": (
        [crashed(A, B, at="c"), WHOLE],
        {"a": (SAME, ""), "b": (SAME, ""), "c": (CRASH, SIGNAL)},
    ),
    "one timed out in a step": (
        [run(A, B, C), late(A, number=2, at="b")],
        {"a": (SAME, ""), "b": (LATE, LIMIT), "c": (LATE, f"not reached: {LIMIT} (in 'b')")},
    ),
    "one crashed before its first step": (
        [crashed(), WHOLE],
        {BEFORE: (CRASH, SIGNAL), **dict.fromkeys("abc", (CRASH, f"not reached: {SIGNAL}"))},
    ),
    "one crashed between two steps": (
        [crashed(A), WHOLE],
        {
            "a": (SAME, ""),
            BETWEEN: (CRASH, SIGNAL),
            **dict.fromkeys("bc", (CRASH, f"not reached: {SIGNAL}")),
        },
    ),
    "one crashed after its last step": (
        [crashed(A, B, C), WHOLE],
        {**dict.fromkeys("abc", (SAME, "")), BETWEEN: (CRASH, SIGNAL)},
    ),
    "each ended in another step": (
        [crashed(A, at="b"), late(A, B, number=2, at="c")],
        {"a": (SAME, ""), "b": (CRASH, SIGNAL), "c": (LATE, LIMIT)},
    ),
    "each ended in another step, the other way round": (
        [late(A, B, number=2, at="c"), crashed(A, at="b")],
        {"a": (SAME, ""), "b": (CRASH, SIGNAL), "c": (LATE, LIMIT)},
    ),
    "one ended two steps before the other": (
        [crashed(at="a"), late(A, B, number=2, at="c")],
        {
            "a": (CRASH, SIGNAL),
            "b": (CRASH, f"not reached: {SIGNAL} (in 'a')"),
            "c": (LATE, LIMIT),
        },
    ),
    "no run reached a step that is accepted": (
        [crashed(A, at="b"), crashed(A, number=2, at="b")],
        {
            "a": (SAME, ""),
            "b": (CRASH, "run 2 crashed: ended by SIGSEGV"),
            "c": (CRASH, "not reached: run 2 crashed: ended by SIGSEGV (in 'b')"),
        },
    ),
    "a step that both reached differs": (
        [crashed(gives(5.0, step="a"), at="b"), run(gives(5.0, step="a"), B, C, number=2)],
        {
            "a": (
                DIFFERENT,
                "output: mean 5 instead of 1; 1 of 1 value differs, worst at [0]: 5 instead of 1 "
                "(8.39e+06 ULP)",
            ),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "a step that one alone reached differs": (
        [crashed(A, at="b"), run(A, gives(5.0, step="b"), C, number=2)],
        {
            "a": (SAME, ""),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "each is broken before its first step": (
        [broken(), broken(number=2)],
        {
            BEFORE: (BROKEN, f"{TWICE}\nTraceback ..."),
            **dict.fromkeys("abc", (BROKEN, f"not reached: {TWICE}")),
        },
    ),
    "each is broken in a step": (
        [broken(A, at="b"), broken(A, number=2, at="b")],
        {
            "a": (SAME, ""),
            "b": (BROKEN, f"{TWICE}\nTraceback ..."),
            "c": (BROKEN, f"not reached: {TWICE} (in 'b')"),
        },
    ),
    "each is broken between two steps": (
        [broken(A), broken(A, number=2)],
        {
            "a": (SAME, ""),
            BETWEEN: (BROKEN, f"{TWICE}\nTraceback ..."),
            **dict.fromkeys("bc", (BROKEN, f"not reached: {TWICE}")),
        },
    ),
    "one is broken, the other is whole": (
        [run(A, B, C), broken(number=2)],
        {
            BEFORE: (BROKEN, f"{TWICE}\nTraceback ..."),
            **dict.fromkeys("abc", (BROKEN, f"not reached: {TWICE}")),
        },
    ),
    "one crashed in the step before which the other is broken": (
        [crashed(A, at="b"), broken(A, number=2)],
        {
            "a": (SAME, ""),
            "b": (CRASH, SIGNAL),
            "c": (BROKEN, f"not reached: {TWICE}"),
            BETWEEN: (BROKEN, f"{TWICE}\nTraceback ..."),
        },
    ),
    "a step that is not accepted was not reached": (
        [crashed(A, B, at="c"), run(A, B, C, gives(4.0, step="d"), number=2)],
        {
            **dict.fromkeys("ab", (SAME, "")),
            "c": (CRASH, SIGNAL),
            "d": (CRASH, f"not reached: {SIGNAL} (in 'c')"),
        },
    ),
}


@pytest.mark.parametrize(("runs", "expected"), HALF_WAY.values(), ids=HALF_WAY)
def test_after_an_early_end_each_step_that_every_run_reached_is_judged_normally(
    runs: Sequence[Run], expected: dict[str, tuple[Outcome, str]]
) -> None:
    judgement = judged(seen(runs), ABC)
    found = drift(judgement)
    assert {step: (v.outcome, v.reason) for step, v in found.items()} == expected
    lost = [step for step, v in found.items() if v.outcome in (CRASH, LATE, BROKEN)]
    assert [step for step in lost if found[step].changes] == []
    assert exit_code(v.outcome for v in found.values()) == (
        1 if found["a"].outcome is DIFFERENT else 3 if lost else 0
    )


@pytest.mark.parametrize("variants", [("",), ("fixed", "strict")], ids=["the file", "each run"])
def test_of_a_scenario_whose_file_cannot_be_run_each_step_of_each_variant_is_broken(
    variants: Sequence[str],
) -> None:
    steps = {("stateful", variant): accept(A, B) for variant in ("fixed", "strict")}
    accepted = observed({**steps, ("reset", "fixed"): accept(A)}, name="sample")
    unrunnable = [
        replace(broken(number=number), variant=variant) for variant in variants for number in (1, 2)
    ]
    judgement = judged(seen([*unrunnable, *twice(A, scenario="reset")]), accepted)
    verdicts = [v for v in judgement.verdicts if v.axis is Axis.DRIFT]
    mine = [v for v in verdicts if v.scenario == "stateful"]
    assert {v.outcome for v in mine} == {BROKEN}
    found = {(v.variant, v.step) for v in mine}
    assert found >= {(variant, step) for variant in ("fixed", "strict") for step in "ab"}
    assert found >= {(variant, BEFORE) for variant in variants}
    assert {v.reason.splitlines()[0] for v in mine} == {TWICE, f"not reached: {TWICE}"}
    assert [v.outcome for v in verdicts if v.scenario == "reset"] == [SAME]
    assert judgement.changes == []
    assert exit_code(v.outcome for v in verdicts) == 3


def test_a_scenario_whose_file_cannot_be_run_has_a_verdict_though_nothing_is_accepted() -> None:
    unrunnable = [replace(broken(number=number), variant="") for number in (1, 2)]
    [verdict] = judged(seen(unrunnable), observed({}, name="sample")).verdicts
    assert (verdict.outcome, verdict.step) == (BROKEN, BEFORE)
    assert (verdict.scenario, verdict.variant) == ("stateful", "")


def test_a_crash_in_one_scenario_does_not_affect_other_scenarios() -> None:
    accepted = replace(ABC, steps={**ABC.steps, ("reset", "fixed"): accept(A)})
    runs = [crashed(), WHOLE, *twice(A, scenario="reset")]
    found = [v for v in judged(seen(runs), accepted).verdicts if v.scenario == "reset"]
    assert [(v.axis, v.outcome) for v in found if v.axis is Axis.DRIFT] == [(Axis.DRIFT, SAME)]
    assert CRASH not in {v.outcome for v in found}


# the accepted step, the observed one, the outcome, the exit code, and the kind of the change
DIFFERENCES: dict[str, tuple[Observation, Observation, Outcome, int, list[ChangeKind]]] = {
    "it works as ever": (WORKS, WORKS, SAME, 0, []),
    "it raises as ever": (FAILS, FAILS, Outcome.RAISES, 0, []),
    "it is fixed": (FAILS, WORKS, Outcome.FIXED, 1, [ChangeKind.WORKS]),
    "it newly raises": (WORKS, FAILS, Outcome.NEWLY_RAISES, 1, [ChangeKind.NEWLY_RAISES]),
    "it raises something else": (
        FAILS,
        raises("no"),
        Outcome.ERROR_CHANGED,
        1,
        [ChangeKind.ERROR],
    ),
    "it rounds otherwise": (WORKS, gives(1.0 + 2.0**-23), Outcome.EQUAL, 0, []),
    "it drifts": (WORKS, gives(2.0), DIFFERENT, 1, [ChangeKind.VALUES]),
    "it gives another dtype": (
        WORKS,
        gives(1.0, dtype="float64"),
        Outcome.CHANGED,
        1,
        [ChangeKind.LAYOUT],
    ),
}


@pytest.mark.parametrize(
    ("before", "after", "outcome", "code", "kinds"), DIFFERENCES.values(), ids=DIFFERENCES
)
def test_a_fixed_step_counts_as_a_difference(
    before: Observation, after: Observation, outcome: Outcome, code: int, kinds: list[ChangeKind]
) -> None:
    judgement = judged(seen(twice(after)), accepts_steps(before))
    [found] = drift(judgement).values()
    assert found.outcome is outcome
    assert exit_code(v.outcome for v in judgement.verdicts) == code
    assert [each.change.kind for each in judgement.changes] == kinds
    assert tuple(judgement.changes) == found.changes


# the accepted steps, the runs, the outcome with its reason, and the exit code
NOT_ACCEPTED: dict[str, tuple[Snapshot, Sequence[Run], Outcome, str, int]] = {
    "all is accepted": (accepts_steps(WORKS), twice(WORKS), SAME, "", 0),
    "a step that works": (accepts_steps(), twice(WORKS), Outcome.NO_BASELINE, NO_BASELINE, 3),
    "a step that raises": (accepts_steps(), twice(FAILS), Outcome.NO_BASELINE, NO_BASELINE, 3),
    "a scenario": (observed(), twice(WORKS), Outcome.NO_BASELINE, NO_BASELINE, 3),
    "the accepted step is missing": (accepts_steps(WORKS), twice(), Outcome.MISSING, MISSING, 1),
    "a scenario that is accepted is missing": (
        accepts_steps(WORKS),
        [],
        Outcome.MISSING,
        MISSING,
        1,
    ),
}


@pytest.mark.parametrize(
    ("accepted", "runs", "outcome", "reason", "code"), NOT_ACCEPTED.values(), ids=NOT_ACCEPTED
)
def test_a_step_without_a_baseline_is_inconclusive_and_no_change(
    accepted: Snapshot, runs: Sequence[Run], outcome: Outcome, reason: str, code: int
) -> None:
    judgement = judged(seen(runs), accepted)
    [found] = drift(judgement).values()
    assert (found.outcome, found.reason) == (outcome, reason)
    assert exit_code(v.outcome for v in judgement.verdicts) == code
    kinds = [each.change.kind for each in judgement.changes]
    assert kinds == ([ChangeKind.STEP] if outcome is Outcome.MISSING else [])


@pytest.mark.parametrize("accepted", [True, False])
def test_an_internal_without_a_baseline_is_inconclusive_and_no_change(*, accepted: bool) -> None:
    record = seen([], [internal()])
    before = observed(internals=describe(record) if accepted else {})
    judgement = judged(record, before)
    [found] = judgement.verdicts
    assert found.outcome is (SAME if accepted else Outcome.NO_BASELINE)
    assert exit_code([found.outcome]) == (0 if accepted else 3)
    assert judgement.changes == []
