"""A table of watched internals, accepted and observed, and the verdict on each."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.verdicts import Axis, Outcome, Standing, Verdict
from harness.observing import snapshots
from harness.observing.internals import Described
from tests.support.judgements import judged, seen
from tests.support.makers import observed

Watch = Mapping[str, Described]

NAME = "RNN.get_initial_state"


def described(
    *parameters: str,
    owner: str = "keras.RNN",
    body: str = "def get_initial_state(self, inputs):\n    return self.x",
) -> Described:
    return Described(
        kind="method", owner=owner, parameters=parameters or ("self", "inputs"), body=body
    )


INPUTS = {NAME: described()}
BATCH_SIZE = {NAME: described("self", "batch_size")}
ELSEWHERE = {NAME: described(owner="keras.src.RNN")}
ANOTHER_BODY = {NAME: described(body="def get_initial_state(self, inputs):\n    return self.y")}
ABSENT = {NAME: Described()}
UNSEEN = {NAME: replace(INPUTS[NAME], kind="property, not inspectable: ValueError: no")}

CASES: dict[str, tuple[Watch, Watch, Outcome, str]] = {
    "the same": (INPUTS, INPUTS, Outcome.IDENTICAL, ""),
    "as absent as ever": (ABSENT, ABSENT, Outcome.IDENTICAL, ""),
    "another signature": (
        INPUTS,
        BATCH_SIZE,
        Outcome.CHANGED,
        "signature: takes batch_size; no longer takes inputs",
    ),
    "another owner": (
        INPUTS,
        ELSEWHERE,
        Outcome.CHANGED,
        "moved: keras.src.RNN instead of keras.RNN",
    ),
    "another body": (INPUTS, ANOTHER_BODY, Outcome.BODY_CHANGED, "body: 2 lines differ"),
    "another body and owner": (
        ELSEWHERE,
        ANOTHER_BODY,
        Outcome.CHANGED,
        "moved: keras.RNN instead of keras.src.RNN; body: 2 lines differ",
    ),
    "not inspectable as ever": (
        UNSEEN,
        UNSEEN,
        Outcome.IDENTICAL,
        "property, not inspectable: ValueError: no",
    ),
    "no longer inspectable": (
        INPUTS,
        UNSEEN,
        Outcome.CHANGED,
        "kind: property, not inspectable: ValueError: no instead of method",
    ),
    "gone": (
        INPUTS,
        ABSENT,
        Outcome.CHANGED,
        "removed: method (self, inputs) of keras.RNN",
    ),
    "there of late": (
        ABSENT,
        INPUTS,
        Outcome.CHANGED,
        "added: method (self, inputs) of keras.RNN",
    ),
    "no longer watched": (
        INPUTS,
        {},
        Outcome.MISSING,
        "in the baseline, but no longer watched",
    ),
    "watched for the first time": (
        {},
        INPUTS,
        Outcome.NO_BASELINE,
        "nothing is accepted for this internal",
    ),
}


def watched(before: Watch, after: Watch) -> list[Verdict]:
    """The verdicts on the internals of a record, which are described as `after`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapshots, "describe", lambda _: after)
        return list(judged(seen([]), observed(internals=before)).verdicts)


@pytest.mark.parametrize(("before", "after", "outcome", "reason"), CASES.values(), ids=CASES)
def test_each_change_of_an_internal_has_its_outcome(
    before: Watch, after: Watch, outcome: Outcome, reason: str
) -> None:
    [verdict] = watched(before, after)
    assert (verdict.axis, verdict.scenario, verdict.variant) == (Axis.WATCH, "", "")
    assert (verdict.step, verdict.outcome, verdict.reason) == (NAME, outcome, reason)
    assert bool(verdict.changes) is (outcome.standing is Standing.REGRESSED)


def test_the_table_has_every_outcome_of_an_internal() -> None:
    assert {outcome for _, _, outcome, _ in CASES.values()} == {
        Outcome.IDENTICAL,
        Outcome.CHANGED,
        Outcome.BODY_CHANGED,
        Outcome.MISSING,
        Outcome.NO_BASELINE,
    }


def test_no_internals_give_no_verdict() -> None:
    assert watched({}, {}) == []


def test_another_body_is_noticed_and_is_no_finding() -> None:
    [verdict] = watched(INPUTS, ANOTHER_BODY)
    assert verdict.outcome.standing is Standing.NOTICED
    assert verdict.changes == ()


def test_a_verdict_has_the_findings_without_changes_of_the_body() -> None:
    [verdict] = watched(ELSEWHERE, ANOTHER_BODY)
    assert [each.change.kind for each in verdict.changes] == [ChangeKind.MOVED]


def test_each_internal_has_its_own_verdict() -> None:
    before = {**INPUTS, "RNN.call": described(), "RNN.build": described()}
    after = {"RNN.call": described(owner="keras.src.RNN"), **INPUTS}
    assert {verdict.step: verdict.outcome for verdict in watched(before, after)} == {
        NAME: Outcome.IDENTICAL,
        "RNN.call": Outcome.CHANGED,
        "RNN.build": Outcome.MISSING,
    }


@pytest.mark.parametrize("before", [INPUTS, {}], ids=["accepted", "not accepted"])
def test_internals_that_could_not_be_watched_are_one_verdict_and_no_change(before: Watch) -> None:
    judgement = judged(seen([], internals_failure="timed out"), observed(internals=before))
    [verdict] = judgement.verdicts
    assert (verdict.axis, verdict.step) == (Axis.WATCH, "")
    assert (verdict.outcome, verdict.reason) == (Outcome.CRASHED, "timed out")
    assert judgement.changes == []
