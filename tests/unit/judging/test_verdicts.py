"""Verdicts: each outcome has its standing, its sign and its exit code."""

from collections.abc import Sequence

import pytest

from harness.judging.verdicts import (
    Axis,
    Outcome,
    Standing,
    Verdict,
    exit_code,
    standing_of,
)
from tests.support.makers import verdict

STANDINGS = {
    Standing.UNCHANGED: "identical, equal, raises, not reproducible",
    Standing.NOTICED: "body changed, known change",
    Standing.FIXED: "fixed",
    Standing.REGRESSED: "drift, changed, error changed, newly raises, missing",
    Standing.INCONCLUSIVE: "no baseline, crashed, timed out, broken scenario",
    Standing.NOT_RUN: "environment failed, no interpreter, left out, not applicable",
}


@pytest.mark.parametrize("standing", Standing)
def test_each_outcome_has_its_standing(standing: Standing) -> None:
    assert ", ".join(o for o in Outcome if o.standing is standing) == STANDINGS[standing]


def test_each_outcome_has_a_different_sign() -> None:
    signs = [outcome.sign for outcome in Outcome]
    assert len(set(signs)) == len(signs)
    assert {len(sign) for sign in signs} == {1}


def test_outcomes_of_checks_that_could_not_be_made_are_unchecked() -> None:
    assert [outcome for outcome in Outcome if outcome.unchecked] == [
        Outcome.NO_BASELINE,
        Outcome.CRASHED,
        Outcome.TIMED_OUT,
        Outcome.BROKEN,
        Outcome.ENVIRONMENT_FAILED,
        Outcome.NO_INTERPRETER,
    ]


def test_outcomes_without_a_requested_check_are_silent() -> None:
    silent = [outcome for outcome in Outcome if outcome.silent]
    assert silent == [Outcome.LEFT_OUT, Outcome.NOT_APPLICABLE]
    assert [outcome for outcome in silent if outcome.unchecked] == []


SAME, BODY, KNOWN = Outcome.IDENTICAL, Outcome.BODY_CHANGED, Outcome.KNOWN_CHANGE
FIXED, DRIFT, MISSING = Outcome.FIXED, Outcome.DRIFT, Outcome.MISSING
CRASHED, NEW, LEFT_OUT = Outcome.CRASHED, Outcome.NO_BASELINE, Outcome.LEFT_OUT
NOTHING, NO_PYTHON = Outcome.NOT_APPLICABLE, Outcome.NO_INTERPRETER

# several outcomes, their exit code, and the standing of the target
TOGETHER: dict[str, tuple[Sequence[Outcome], int, Standing]] = {
    "none": ([], 0, Standing.UNCHANGED),
    "as ever": ([SAME, Outcome.EQUAL, Outcome.RAISES], 0, Standing.UNCHANGED),
    "another body": ([SAME, BODY], 0, Standing.NOTICED),
    "a known change": ([SAME, KNOWN], 0, Standing.NOTICED),
    "a step that is fixed": ([SAME, FIXED], 1, Standing.FIXED),
    "fixed, and a known change": ([KNOWN, FIXED], 1, Standing.FIXED),
    "a drift": ([SAME, DRIFT], 1, Standing.REGRESSED),
    "a step that is missing": ([MISSING], 1, Standing.REGRESSED),
    "a step without a baseline": ([SAME, NEW], 3, Standing.INCONCLUSIVE),
    "a crash": ([SAME, CRASHED], 3, Standing.INCONCLUSIVE),
    "a crash and a drift": ([CRASHED, DRIFT], 1, Standing.REGRESSED),
    "a crash and a fixed step": ([CRASHED, FIXED], 1, Standing.INCONCLUSIVE),
    "no interpreter": ([NO_PYTHON], 3, Standing.NOT_RUN),
    "a step that is left out": ([SAME, LEFT_OUT], 0, Standing.UNCHANGED),
    "a step that is left out, and a drift": ([LEFT_OUT, DRIFT], 1, Standing.REGRESSED),
    "only left out": ([LEFT_OUT, NOTHING], 0, Standing.UNCHANGED),
}


@pytest.mark.parametrize(("outcomes", "code", "standing"), TOGETHER.values(), ids=TOGETHER)
def test_several_outcomes_have_an_exit_code_and_a_standing(
    outcomes: Sequence[Outcome], code: int, standing: Standing
) -> None:
    for each in (outcomes, outcomes[::-1]):
        assert (exit_code(each), standing_of(each)) == (code, standing)


@pytest.mark.parametrize("outcome", Outcome)
def test_a_single_outcome_has_the_exit_code_of_its_standing(outcome: Outcome) -> None:
    differs = outcome.standing in (Standing.REGRESSED, Standing.FIXED)
    assert exit_code([outcome]) == (1 if differs else 3 if outcome.unchecked else 0)


# a verdict, its two heading cells, and its line
VERDICTS: dict[str, tuple[Verdict, tuple[str, str], str]] = {
    "with a reason": (
        verdict(Outcome.DRIFT, reason="off"),
        ("stateful", "fixed"),
        "stateful / fixed / step: drift: off",
    ),
    "without one": (
        verdict(Outcome.IDENTICAL),
        ("stateful", "fixed"),
        "stateful / fixed / step: identical",
    ),
    "on an internal": (
        verdict(Outcome.MISSING, "RNN.call", axis=Axis.WATCH),
        ("internals", ""),
        "internals / RNN.call: missing",
    ),
    "on all internals": (
        verdict(Outcome.CRASHED, "", axis=Axis.WATCH, reason="timed out"),
        ("internals", ""),
        "internals: crashed: timed out",
    ),
    "of the oracle": (
        verdict(Outcome.EQUAL, axis=Axis.ORACLE),
        ("oracle", "stateful"),
        "oracle / stateful / step: equal",
    ),
    "on a figure": (
        verdict(Outcome.EQUAL, axis=Axis.PUBLISHED, variant="published"),
        ("article", "stateful"),
        "article / stateful / step: equal",
    ),
}


@pytest.mark.parametrize(("given", "heading", "sentence"), VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_has_a_heading_and_is_one_line(
    given: Verdict, heading: tuple[str, str], sentence: str
) -> None:
    assert (given.heading, str(given)) == (heading, sentence)


def test_a_verdict_on_all_steps_is_listed_as_all_and_other_verdicts_by_step() -> None:
    every = verdict(Outcome.CRASHED, "", axis=Axis.WATCH)
    assert (every.listed_step, verdict(Outcome.DRIFT, "b").listed_step) == ("(all)", "b")


def test_every_axis_has_a_heading() -> None:
    assert {given.axis for given, *_ in VERDICTS.values()} == set(Axis)
