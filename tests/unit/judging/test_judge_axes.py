"""The verdicts of a record on each axis, their numbers, and the merged changes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.judge import BEFORE, judge, unobserved
from harness.judging.oracle.meanings import IGNORED, USED
from harness.judging.published import Figure, Figures
from harness.judging.verdicts import Axis, Outcome, Verdict, exit_code
from harness.observing.internals import Described
from harness.observing.numerics import NumericClass, Tolerances
from harness.observing.records import TIME_OUT, Failure, Observation, Record, Run
from tests.support.judgements import accepting, judged, seen
from tests.support.makers import (
    LATER,
    accept,
    array,
    gives,
    observed,
    raises,
    record,
    run,
    sees,
    surroundings,
    taken_as,
    twice,
)

A, B = gives(1.0, step="a"), gives(2.0, step="b")
ACCEPTED = observed(
    {("stateful", "fixed"): accept(A, B), ("reset", "strict"): accept(A)},
    internals={"RNN.call": Described(kind="method")},
)

# a record without observations, the outcome of all verdicts, and the reason
NOTHING: dict[str, tuple[Record, Outcome, str]] = {
    "it crashed": (
        record([], failure=Failure(type="Crash", message="it ended with SIGKILL\nwords")),
        Outcome.CRASHED,
        "Crash: it ended with SIGKILL",
    ),
    "it took too long": (
        record([], failure=Failure(type=TIME_OUT, message="not imported within 7 s")),
        Outcome.TIMED_OUT,
        "TimeOut: not imported within 7 s",
    ),
    "it failed after it had begun": (
        record(
            twice(A, B),
            environment=surroundings(),
            failure=Failure(type="Crash", message="no space left"),
        ),
        Outcome.CRASHED,
        "Crash: no space left",
    ),
    "it has no environment": (
        record(twice(A, B)),
        Outcome.CRASHED,
        "no environment in the record",
    ),
}


@pytest.mark.parametrize(("nothing", "outcome", "message"), NOTHING.values(), ids=NOTHING)
def test_without_observations_there_is_a_verdict_on_each_accepted_step_and_internal(
    nothing: Record, outcome: Outcome, message: str
) -> None:
    judgement = judged(nothing, ACCEPTED)
    assert [(v.axis, v.scenario, v.variant, v.step) for v in judgement.verdicts] == [
        (Axis.DRIFT, "stateful", "fixed", "a"),
        (Axis.DRIFT, "stateful", "fixed", "b"),
        (Axis.DRIFT, "reset", "strict", "a"),
        (Axis.WATCH, "", "", "RNN.call"),
    ]
    assert {(v.outcome, v.reason) for v in judgement.verdicts} == {(outcome, message)}
    assert (judgement.observed, judgement.changes) == (None, [])
    assert judgement.failure.startswith(message)
    assert judged(nothing, observed()).verdicts == ()


def test_a_complete_record_has_no_failure() -> None:
    judgement = judged(seen(twice(A, B)), ACCEPTED)
    assert judgement.failure == ""
    assert judgement.observed is not None
    assert judgement.observed.steps["stateful", "fixed"] == accept(A, B)
    assert judgement.baseline == accepting(ACCEPTED)


def test_an_empty_reason_is_accepted() -> None:
    found = list(unobserved(accepting(ACCEPTED), Outcome.NO_INTERPRETER, ""))
    assert {(v.outcome, v.reason) for v in found} == {(Outcome.NO_INTERPRETER, "")}


def step(given: Sequence[Run], before: Sequence[Observation]) -> Verdict:
    """The verdict on the one step of a scenario that the oracle does not know."""
    accepted = observed({("unheard_of", "fixed"): accept(*before)})
    found = judged(seen(given), accepted).verdicts
    [verdict] = [v for v in found if v.axis is Axis.DRIFT]
    return verdict


def gave(*observations: Observation) -> list[Run]:
    return [
        run(seen_, number=number, scenario="unheard_of")
        for number, seen_ in enumerate(observations, start=1)
    ]


ONE, NEAR, FAR = gives(1.0, 2.0), gives(1.0, 2.0 + 2.0**-22), gives(1.0, 2.75)
SOME = sees(hidden=array(1.0), output=array(2.0))

# the runs, the accepted steps, then: mean, its baseline, difference, ULP, class, noise
Numbers = tuple[
    float | None, float | None, float | None, float | None, NumericClass | None, float | None
]
NUMBERS: dict[str, tuple[Sequence[Run], Sequence[Observation], Numbers]] = {
    "the same": (gave(ONE, ONE), [ONE], (1.5, 1.5, 0.0, 0.0, NumericClass.IDENTICAL, 0.0)),
    "the output among others": (
        gave(SOME, SOME),
        [SOME],
        (2.0, 2.0, 0.0, 0.0, NumericClass.IDENTICAL, 0.0),
    ),
    "rounding": (
        gave(NEAR, NEAR),
        [ONE],
        (1.5 + 2.0**-23, 1.5, 2.0**-22, 1.0, NumericClass.TOLERANCE, 0.0),
    ),
    "noise": (
        gave(ONE, NEAR),
        [NEAR],
        (1.5, 1.5 + 2.0**-23, 2.0**-22, 1.0, NumericClass.NOISE, 1.0),
    ),
    "a drift": (
        gave(FAR, FAR),
        [ONE],
        (1.875, 1.5, 0.75, 0.75 * 2**22, NumericClass.DRIFT, 0.0),
    ),
    "another layout": (
        gave(gives(1.0), gives(1.0)),
        [ONE],
        (1.0, 1.5, None, None, NumericClass.LAYOUT, 0.0),
    ),
    "an error": (gave(raises("no"), raises("no")), [ONE], (None, 1.5, None, None, None, None)),
    "it works": (gave(ONE, ONE), [raises("no")], (1.5, None, None, None, None, 0.0)),
    "not reproducible": (gave(ONE, FAR), [ONE], (None, 1.5, None, None, None, None)),
    "it is missing": (
        [run(scenario="unheard_of"), run(number=2, scenario="unheard_of")],
        [ONE],
        (None, 1.5, None, None, None, None),
    ),
    "nothing is accepted": (gave(ONE, ONE), [], (1.5, None, None, None, None, None)),
}


@pytest.mark.parametrize(("given", "before", "numbers"), NUMBERS.values(), ids=NUMBERS)
def test_a_verdict_has_the_numbers_of_its_step(
    given: Sequence[Run], before: Sequence[Observation], numbers: Numbers
) -> None:
    v = step(given, before)
    assert (v.mean, v.baseline, v.difference, v.ulp, v.numeric, v.noise) == numbers


def test_the_tolerances_are_a_criterion() -> None:
    accepted = observed({("stateful", "fixed"): accept(ONE)})
    for within, outcome in ((8.0, Outcome.EQUAL), (0.5, Outcome.DRIFT)):
        criteria = Criteria(tolerances=Tolerances(ulp=within, mean_ulp=within))
        [found, _] = judged(seen(twice(NEAR)), accepted, criteria).verdicts
        assert found.outcome is outcome


def test_a_step_of_another_meaning_differs_but_agrees_with_the_oracle() -> None:
    pair = ("initial_state", "fixed")
    runs = twice(taken_as(LATER, IGNORED), scenario="initial_state")
    judgement = judged(seen(runs), observed({pair: accept(taken_as(LATER, USED))}))
    found = {v.axis: v.outcome for v in judgement.verdicts}
    assert found == {Axis.DRIFT: Outcome.DRIFT, Axis.ORACLE: Outcome.EQUAL}
    [change] = judgement.changes
    assert change.change.kind is ChangeKind.SEMANTICS


def test_the_oracle_judges_each_observed_step_of_the_fixed_weights_only() -> None:
    crashed = run(A, end="crashed", unfinished="b", detail="ended by SIGSEGV")
    runs = [crashed, run(A, B, number=2), *twice(A, B, variant="strict")]
    found = [v for v in judged(seen(runs), ACCEPTED).verdicts if v.axis is Axis.ORACLE]
    assert [(v.scenario, v.variant, v.step) for v in found] == [("stateful", "fixed", "a")]


FIGURE = Figure(scenario="stateful", step="a", value=1.0, tolerance=1e-7, reproduces=False)
PUBLISHED = "published"


def published(*given: Observation, number: int = 1, whole: bool = True) -> Run:
    if whole:
        return run(*given, number=number, variant=PUBLISHED)
    return run(*given, number=number, variant=PUBLISHED, end="crashed", detail="ended by SIGSEGV")


OTHER = gives(9.0, step="a")

FIGURES: dict[str, tuple[Sequence[Run], str, list[Outcome]]] = {
    "the figure": (twice(A, variant=PUBLISHED), "sample", [Outcome.EQUAL]),
    "another value": (twice(OTHER, variant=PUBLISHED), "sample", [Outcome.DRIFT]),
    "the figure of other releases": (
        twice(A, variant=PUBLISHED),
        "other",
        [Outcome.NOT_APPLICABLE],
    ),
    "no such step": (twice(B, variant=PUBLISHED), "sample", [Outcome.MISSING]),
    "no such scenario": ([], "sample", [Outcome.MISSING]),
    "the figure in another variant": (twice(A), "sample", [Outcome.MISSING]),
    "a crash after its step": (
        [published(A, whole=False), published(A, B, number=2)],
        "sample",
        [Outcome.EQUAL],
    ),
    "a crash before its step": ([published(whole=False), published(A, number=2)], "sample", []),
    "its step was run once": ([published(A)], "sample", []),
}


@pytest.mark.parametrize(("runs", "reproducing", "outcomes"), FIGURES.values(), ids=FIGURES)
def test_a_figure_has_a_verdict_unless_its_step_is_lost(
    runs: Sequence[Run], reproducing: str, outcomes: list[Outcome]
) -> None:
    figures = Figures(figures=(FIGURE,), reproducing=frozenset([reproducing]))
    found = judged(seen(runs), observed(name="sample"), Criteria(figures=figures)).verdicts
    assert [v.outcome for v in found if v.axis is Axis.PUBLISHED] == outcomes
    assert [v for v in judged(seen(runs), observed()).verdicts if v.axis is Axis.PUBLISHED] == []


FAILS = raises("no", step="a")

# the steps of the variants before and after, and the merged changes
CHANGES: dict[str, tuple[Mapping[str, Observation], Mapping[str, Observation], list[str]]] = {
    "none": ({"strict": A, "fixed": A}, {"strict": A, "fixed": A}, []),
    "an error in each": (
        {"strict": A, "fixed": gives(5.0, step="a")},
        {"strict": FAILS, "fixed": FAILS},
        ["newly raises: fixed strict: ValueError: no instead of mean 5"],
    ),
    "an error in one": (
        {"strict": A, "fixed": A},
        {"strict": FAILS, "fixed": A},
        ["newly raises: strict: ValueError: no instead of mean 1"],
    ),
    "another error in each": (
        {"strict": A, "fixed": A},
        {"strict": raises("never", step="a"), "fixed": FAILS},
        [
            "newly raises: fixed: ValueError: no instead of mean 1",
            "newly raises: strict: ValueError: never instead of mean 1",
        ],
    ),
}


@pytest.mark.parametrize(("before", "after", "message"), CHANGES.values(), ids=CHANGES)
def test_equal_differences_in_several_variants_are_one_difference(
    before: Mapping[str, Observation], after: Mapping[str, Observation], message: list[str]
) -> None:
    accepted = observed({("unheard_of", variant): accept(o) for variant, o in before.items()})
    runs = [r for v, o in after.items() for r in twice(o, scenario="unheard_of", variant=v)]
    found = [each.change for each in judged(seen(runs), accepted).changes]
    assert [f"{c.kind}: {' '.join(c.variants)}: {c.difference}" for c in found] == message


DAMAGED = accepting(observed(name="sample"))
DAMAGED = replace(
    DAMAGED,
    unread={
        DAMAGED.directory / "stateful-fixed.json": "cannot be read",
        DAMAGED.directory / "internals.json": "cannot be read",
        Path("locks", "sample.txt"): "cannot be read",
        Path("locks", "tf-2.0.txt"): "cannot be read",
    },
)
CRASHED = run(end="crashed", detail="ended by SIGSEGV")

# the runs of a scenario whose baseline cannot be read, and the steps that have a verdict
UNREAD: dict[str, tuple[Sequence[Run], list[tuple[str, Outcome]]]] = {
    "nothing": ([], [("", Outcome.NO_BASELINE)]),
    "another scenario": (
        twice(A, scenario="reset"),
        [("a", Outcome.NO_BASELINE), ("", Outcome.NO_BASELINE)],
    ),
    "its steps": (twice(A, B), [("a", Outcome.NO_BASELINE), ("b", Outcome.NO_BASELINE)]),
    "a crash": ([CRASHED, replace(CRASHED, number=2)], [(BEFORE, Outcome.CRASHED)]),
}


@pytest.mark.parametrize(("runs", "expected"), UNREAD.values(), ids=UNREAD)
def test_a_scenario_whose_baseline_cannot_be_read_is_inconclusive(
    runs: Sequence[Run], expected: list[tuple[str, Outcome]]
) -> None:
    judgement = judge(seen(runs), DAMAGED, Criteria())
    found = [v for v in judgement.verdicts if v.axis is Axis.DRIFT]
    assert [(v.step, v.outcome) for v in found] == expected
    assert exit_code(v.outcome for v in judgement.verdicts) == 3
    assert judgement.changes == []
    whole = judged(seen(runs), observed(name="sample")).verdicts
    assert "" not in {v.step for v in whole}
