"""A table of watched internals, then and now, and the verdict on each."""

from collections.abc import Mapping

import pytest

from harness.baselines import Signature
from harness.changes import Outcome
from harness.compare import compare_internals

Signatures = Mapping[str, Signature]

NAME = "RNN.get_initial_state"
INPUTS = {NAME: Signature(signature="(self, inputs)", owner="keras.RNN")}
BATCH_SIZE = {NAME: Signature(signature="(self, batch_size)", owner="keras.RNN")}
ELSEWHERE = {NAME: Signature(signature="(self, inputs)", owner="keras.src.RNN")}
ABSENT = {NAME: Signature(signature="absent", owner=None)}

CASES: dict[str, tuple[Signatures, Signatures, Outcome, str]] = {
    "the same": (INPUTS, INPUTS, Outcome.IDENTICAL, ""),
    "as absent as ever": (ABSENT, ABSENT, Outcome.IDENTICAL, ""),
    "another signature": (
        INPUTS,
        BATCH_SIZE,
        Outcome.CHANGED,
        "signature (self, batch_size) instead of (self, inputs)",
    ),
    "another owner": (
        INPUTS,
        ELSEWHERE,
        Outcome.CHANGED,
        "defined by keras.src.RNN instead of keras.RNN",
    ),
    "gone": (INPUTS, ABSENT, Outcome.CHANGED, "signature absent instead of (self, inputs)"),
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
    before: Signatures, after: Signatures, outcome: Outcome, reason: str
) -> None:
    [verdict] = compare_internals(before, after)
    assert (verdict.step, verdict.outcome, verdict.reason) == (NAME, outcome, reason)


def test_nothing_watched_gives_no_verdict() -> None:
    assert list(compare_internals({}, {})) == []
