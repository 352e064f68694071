"""The exit code of a check, by the outcomes of its verdicts."""

import pytest

from harness.judging.verdicts import Outcome, exit_code

CODES: dict[str, tuple[list[Outcome], int]] = {
    "all as the baseline says": (
        [Outcome.IDENTICAL, Outcome.EQUAL, Outcome.RAISES, Outcome.NOT_REPRODUCIBLE],
        0,
    ),
    "a body alone": ([Outcome.IDENTICAL, Outcome.BODY_CHANGED], 0),
    "a known change alone": ([Outcome.KNOWN_CHANGE], 0),
    "a known change beside a drift": ([Outcome.KNOWN_CHANGE, Outcome.DRIFT], 1),
    "drift": ([Outcome.IDENTICAL, Outcome.DRIFT], 1),
    "a change": ([Outcome.CHANGED], 1),
    "another error": ([Outcome.ERROR_CHANGED], 1),
    "a new error": ([Outcome.NEWLY_RAISES], 1),
    "a missing step": ([Outcome.MISSING], 1),
    "a fixed step": ([Outcome.FIXED], 1),
    "no baseline": ([Outcome.IDENTICAL, Outcome.NO_BASELINE], 3),
    "a crash": ([Outcome.IDENTICAL, Outcome.CRASHED], 3),
    "a time-out": ([Outcome.TIMED_OUT], 3),
    "no environment": ([Outcome.ENVIRONMENT_FAILED], 3),
    "no interpreter": ([Outcome.NO_INTERPRETER, Outcome.IDENTICAL], 3),
    "what does not apply": ([Outcome.NOT_APPLICABLE, Outcome.IDENTICAL], 0),
    "nothing applies": ([Outcome.NOT_APPLICABLE], 0),
    "what is left out": ([Outcome.LEFT_OUT, Outcome.IDENTICAL], 0),
    "what is left out beside a crash": ([Outcome.LEFT_OUT, Outcome.CRASHED], 3),
    "a fixed step beside a crash": ([Outcome.FIXED, Outcome.CRASHED], 1),
    "a crash beside a body": ([Outcome.CRASHED, Outcome.BODY_CHANGED], 3),
    "a crash beside a drift": ([Outcome.CRASHED, Outcome.DRIFT], 1),
}


@pytest.mark.parametrize(("outcomes", "expected"), CODES.values(), ids=CODES)
def test_the_exit_code_is_that_of_the_worst_outcome(outcomes: list[Outcome], expected: int) -> None:
    assert exit_code(outcomes) == expected


def test_the_table_of_exit_codes_has_every_outcome() -> None:
    assert {outcome for outcomes, _ in CODES.values() for outcome in outcomes} == set(Outcome)
