"""A table of watched internals, then and now, and the verdict on each."""

from collections.abc import Mapping

import pytest

from harness.judging.verdicts import Outcome, Standing
from harness.judging.compare import compare_watch
from harness.observing.internals import Described

Watch = Mapping[str, Described]

NAME = "RNN.get_initial_state"


def described(
    *parameters: str,
    owner: str = "keras.RNN",
    body: str = "def get_initial_state(self, inputs):\n    return 1",
) -> Described:
    return Described(
        kind="method", owner=owner, parameters=parameters or ("self", "inputs"), body=body
    )


INPUTS = {NAME: described()}
BATCH_SIZE = {NAME: described("self", "batch_size")}
ELSEWHERE = {NAME: described(owner="keras.src.RNN")}
ANOTHER_BODY = {NAME: described(body="def get_initial_state(self, inputs):\n    return 2")}
ABSENT = {NAME: Described()}

CASES: dict[str, tuple[Watch, Watch, Outcome, str]] = {
    "the same": (INPUTS, INPUTS, Outcome.IDENTICAL, ""),
    "as absent as ever": (ABSENT, ABSENT, Outcome.IDENTICAL, ""),
    "another signature": (
        INPUTS,
        BATCH_SIZE,
        Outcome.CHANGED,
        "signature: (self, batch_size) instead of (self, inputs)",
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


@pytest.mark.parametrize(("before", "after", "outcome", "reason"), CASES.values(), ids=CASES)
def test_each_change_of_an_internal_has_its_outcome(
    before: Watch, after: Watch, outcome: Outcome, reason: str
) -> None:
    [verdict] = compare_watch(before, after)
    assert (verdict.scenario, verdict.step, verdict.outcome, verdict.reason) == (
        "internals",
        NAME,
        outcome,
        reason,
    )


def test_nothing_watched_gives_no_verdict() -> None:
    assert list(compare_watch({}, {})) == []


def test_another_body_is_noticed_and_is_no_finding() -> None:
    [verdict] = compare_watch(INPUTS, ANOTHER_BODY)
    assert verdict.outcome.standing is Standing.NOTICED
