"""The vocabularies: closed, in order, and each change told in one line."""

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.verdicts import Outcome, Standing, Verdict
from tests.support.makers import verdict

STANDINGS = {
    Standing.UNCHANGED: "identical, equal, raises, not reproducible",
    Standing.NOTICED: "body changed",
    Standing.FIXED: "fixed",
    Standing.REGRESSED: "drift, changed, error changed, newly raises, missing",
    Standing.INCONCLUSIVE: "no baseline, crashed, timed out",
    Standing.NOT_RUN: "environment failed, no interpreter, not applicable",
}


@pytest.mark.parametrize("standing", Standing)
def test_each_outcome_has_its_standing(standing: Standing) -> None:
    assert ", ".join(o for o in Outcome if o.standing is standing) == STANDINGS[standing]


def test_each_outcome_has_a_sign_of_its_own() -> None:
    signs = [outcome.sign for outcome in Outcome]
    assert len(set(signs)) == len(signs)
    assert {len(sign) for sign in signs} == {1}


def test_what_should_have_been_checked_and_was_not_is_unchecked() -> None:
    assert [outcome for outcome in Outcome if outcome.unchecked] == [
        Outcome.NO_BASELINE,
        Outcome.CRASHED,
        Outcome.TIMED_OUT,
        Outcome.ENVIRONMENT_FAILED,
        Outcome.NO_INTERPRETER,
    ]


KINDS = list(ChangeKind)


@pytest.mark.parametrize(
    ("worse", "better"),
    [
        (ChangeKind.SEMANTICS, ChangeKind.NEWLY_RAISES),
        (ChangeKind.NOT_FINITE, ChangeKind.NEWLY_RAISES),
        (ChangeKind.VALUES, ChangeKind.NEWLY_RAISES),
        (ChangeKind.NEWLY_RAISES, ChangeKind.ERROR),
        (ChangeKind.ERROR, ChangeKind.WORKS),
        (ChangeKind.STEP, ChangeKind.REMOVED),
        (ChangeKind.ADDED, ChangeKind.ROUNDING),
        (ChangeKind.ROUNDING, ChangeKind.BODY),
        (ChangeKind.BODY, ChangeKind.PACKAGE),
    ],
)
def test_what_hurts_more_stands_first(worse: ChangeKind, better: ChangeKind) -> None:
    assert KINDS.index(worse) < KINDS.index(better)


def test_from_rounding_on_a_change_is_no_finding() -> None:
    quiet = KINDS[KINDS.index(ChangeKind.ROUNDING) :]
    assert [kind for kind in ChangeKind if not kind.finding] == quiet


STEP = Change(
    kind=ChangeKind.VALUES,
    subject="first pass",
    scenario="stateful",
    variants=("fixed", "strict"),
    before="mean 1",
    after="mean 2",
    reason="off by 1",
)

CHANGES = {
    "a step": (STEP, "stateful / first pass", "other values: mean 2 instead of mean 1"),
    "a package": (
        Change(kind=ChangeKind.PACKAGE, subject="keras", before="3.0", after="absent"),
        "keras",
        "package: absent instead of 3.0",
    ),
    "an internal": (
        Change(kind=ChangeKind.MOVED, subject="RNN.call", before="keras.RNN", after="src.RNN"),
        "RNN.call",
        "moved: src.RNN instead of keras.RNN",
    ),
    "an internal that is another": (
        Change(kind=ChangeKind.KIND, subject="RNN.call", before="method\nof two", after="property"),
        "RNN.call",
        "kind: property instead of method (and 1 more lines)",
    ),
}


@pytest.mark.parametrize(("change", "where", "sentence"), CHANGES.values(), ids=CHANGES)
def test_a_change_says_where_it_is_and_what(change: Change, where: str, sentence: str) -> None:
    assert (change.where, str(change)) == (where, sentence)
    assert change.finding is change.kind.finding


VERDICTS = {
    "with a reason": (verdict(Outcome.DRIFT, reason="off"), "stateful / fixed / step: drift: off"),
    "without one": (verdict(Outcome.IDENTICAL), "stateful / fixed / step: identical"),
    "on an internal": (
        verdict(Outcome.MISSING, "RNN.call", scenario="internals", variant=""),
        "internals / RNN.call: missing",
    ),
    "on everything": (
        verdict(Outcome.NO_INTERPRETER, "", scenario="(all)", variant="", reason="none"),
        "(all): no interpreter: none",
    ),
}


@pytest.mark.parametrize(("given", "sentence"), VERDICTS.values(), ids=VERDICTS)
def test_a_verdict_in_one_line(given: Verdict, sentence: str) -> None:
    assert str(given) == sentence
