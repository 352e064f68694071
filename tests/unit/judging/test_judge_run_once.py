"""What the judge makes of a scenario that ran once."""

from collections.abc import Sequence
from dataclasses import replace
from unittest.mock import ANY

import pytest

from harness.judging.verdicts import Axis, Outcome
from harness.observing.records import Observation, Run, Why
from harness.observing.snapshots import Snapshot
from tests.support.judgements import drift, judged, seen
from tests.support.makers import accept, counted, gives, observed, run, twice

PAIR = ("stateful", "fixed")
A, B, C = (gives(float(n), step=name) for n, name in enumerate("abc", start=1))
ABC = observed({PAIR: accept(A, B, C)}, name="sample")
SAME, DIFFERENT, CRASH = Outcome.IDENTICAL, Outcome.DRIFT, Outcome.CRASHED
SIGNAL = "run 1 crashed: ended by SIGSEGV"


def crashed(*given: Observation, at: str) -> Run:
    return run(*given, end="crashed", unfinished=at, detail="ended by SIGSEGV")


ONCE = "run once, not 2 times: the noise of its steps is unknown"

RUN_ONCE: dict[str, tuple[Snapshot, Sequence[Run], dict[str, tuple[Outcome, str]]]] = {
    "twice": (ABC, twice(A, B, C), dict.fromkeys("abc", (SAME, ""))),
    "once, and all is the same": (ABC, [run(A, B, C)], dict.fromkeys("abc", (CRASH, ONCE))),
    "once, and a step differs": (
        ABC,
        [run(gives(9.0, step="a"), B, C)],
        dict.fromkeys("abc", (CRASH, ONCE)),
    ),
    "once, and a step is missing": (ABC, [run(A, B)], dict.fromkeys("abc", (CRASH, ONCE))),
    "once, and nothing is accepted": (
        observed(name="sample"),
        [run(A, B)],
        dict.fromkeys("ab", (CRASH, ONCE)),
    ),
    "once, and that crashed": (
        ABC,
        [crashed(A, at="b")],
        {
            "a": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
}


@pytest.mark.parametrize(("accepted", "runs", "expected"), RUN_ONCE.values(), ids=RUN_ONCE)
def test_a_scenario_that_was_run_once_is_inconclusive(
    accepted: Snapshot, runs: Sequence[Run], expected: dict[str, tuple[Outcome, str]]
) -> None:
    judgement = judged(seen(runs), accepted)
    found = drift(judgement)
    assert {step: (v.outcome, v.reason) for step, v in found.items()} == expected
    assert {v.axis for v in judgement.verdicts if v.outcome is not SAME} <= {
        Axis.DRIFT,
        Axis.ORACLE,
    }
    assert judgement.changes == []


# (the accepted snapshot, the runs, why they are as many, what becomes of each step)
AS_TOLD: dict[str, tuple[Snapshot, Sequence[Run], Why, dict[str, tuple[Outcome, str]]]] = {
    "once, and equals": (
        ABC,
        [run(A, B, C)],
        Why.EQUALS,
        dict.fromkeys("abc", (SAME, "reproduced: equals the baseline of another day")),
    ),
    "once, and equals another baseline than today's": (
        ABC,
        [run(gives(9.0, step="a"), B, C)],
        Why.EQUALS,
        {
            "a": (DIFFERENT, ANY),
            **dict.fromkeys("bc", (SAME, "reproduced: equals the baseline of another day")),
        },
    ),
    "once, and equals, and crashed": (
        ABC,
        [crashed(A, at="b")],
        Why.EQUALS,
        {
            "a": (SAME, "reproduced: equals the baseline of another day"),
            "b": (CRASH, SIGNAL),
            "c": (CRASH, f"not reached: {SIGNAL} (in 'b')"),
        },
    ),
    "twice, and equals": (ABC, twice(A, B, C), Why.EQUALS, dict.fromkeys("abc", (SAME, ""))),
    "once, and differs": (ABC, [run(A, B, C)], Why.DIFFERS, dict.fromkeys("abc", (CRASH, ONCE))),
    "once, and is not reproducible": (
        ABC,
        [run(A, B, C)],
        Why.NOT_REPRODUCIBLE,
        dict.fromkeys("abc", (CRASH, ONCE)),
    ),
    "once, without a baseline": (
        observed(name="sample"),
        [run(A, B)],
        Why.NO_BASELINE,
        dict.fromkeys("ab", (CRASH, ONCE)),
    ),
}


@pytest.mark.parametrize(
    ("accepted", "runs", "why", "expected"), AS_TOLD.values(), ids=list(AS_TOLD)
)
def test_a_single_run_is_judged_only_if_the_record_says_that_it_equals_a_baseline(
    accepted: Snapshot,
    runs: Sequence[Run],
    why: Why,
    expected: dict[str, tuple[Outcome, object]],
) -> None:
    found = drift(judged(replace(seen(runs), run_counts=(counted(why),)), accepted))
    assert {step: (v.outcome, v.reason) for step, v in found.items()} == expected


def test_a_single_run_shows_no_noise() -> None:
    once = replace(seen([run(A)]), run_counts=(counted(Why.EQUALS),))
    accepted = replace(ABC, steps={("stateful", "fixed"): accept(A)})
    assert drift(judged(once, accepted))["a"].noise is None
    assert drift(judged(seen(twice(A)), accepted))["a"].noise == 0.0
