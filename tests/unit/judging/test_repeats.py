"""Which scenarios run again, by their first run and their baseline."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from harness.judging.repeats import run_counts
from harness.observing.numerics import Tolerances
from harness.observing.records import Observation, Run, Why
from harness.observing.results import Results, combine
from harness.observing.snapshots import Baseline
from tests.support.makers import (
    accept,
    array,
    counted,
    differently,
    gives,
    observed,
    raises,
    record,
    run,
    sees,
)

PAIR = ("stateful", "fixed")
VALUES = gives(1.0, "nan", 0.1)
TINY = 0.10000001  # one step of float32 from 0.1
ERROR = raises("no 1", step="raising")
DRAWS = combine(differently(gives(1.0), gives(5.0)), Tolerances())
ACCEPTED = accept(VALUES, ERROR)

Case = tuple[Results | None, Run, Why]


def first(*observations: Observation) -> Run:
    return run(*observations)


CASES: dict[str, Case] = {
    "the same bits and the same error": (ACCEPTED, first(VALUES, ERROR), Why.EQUALS),
    "the same in another order": (ACCEPTED, first(ERROR, VALUES), Why.EQUALS),
    "an error with another address": (
        accept(raises("<object at 0x7f01>")),
        first(raises("<object at 0x7f02>")),
        Why.EQUALS,
    ),
    "one value is one step of float32 away": (
        ACCEPTED,
        first(gives(1.0, "nan", TINY), ERROR),
        Why.DIFFERS,
    ),
    "NaN is a number now": (ACCEPTED, first(gives(1.0, 0.0, 0.1), ERROR), Why.DIFFERS),
    "another dtype": (accept(gives(1.0)), first(gives(1.0, dtype="float64")), Why.DIFFERS),
    "another shape": (accept(gives(1.0)), first(gives(1.0, shape=(1, 1))), Why.DIFFERS),
    "an array more": (
        accept(sees(a=array(1.0))),
        first(sees(a=array(1.0), b=array(1.0))),
        Why.DIFFERS,
    ),
    "a step is missing": (ACCEPTED, first(VALUES), Why.DIFFERS),
    "a step is new": (accept(VALUES), first(VALUES, ERROR), Why.DIFFERS),
    "another message": (
        ACCEPTED,
        first(VALUES, raises("no 2 at all", step="raising")),
        Why.DIFFERS,
    ),
    "another type of error": (
        ACCEPTED,
        first(VALUES, raises("no 1", kind="TypeError", step="raising")),
        Why.DIFFERS,
    ),
    "it works now": (ACCEPTED, first(VALUES, gives(1.0, step="raising")), Why.DIFFERS),
    "it crashed after its last step": (
        ACCEPTED,
        run(VALUES, ERROR, end="crashed", detail="SIGSEGV"),
        Why.DIFFERS,
    ),
    "it timed out": (ACCEPTED, run(VALUES, end="timed out", detail="60 s"), Why.DIFFERS),
    "it is broken": (ACCEPTED, run(VALUES, ERROR, end="broken", detail="no"), Why.DIFFERS),
    "a draw": (DRAWS, first(gives(7.0)), Why.NOT_REPRODUCIBLE),
    "a draw beside values": (
        {**DRAWS, **accept(ERROR)},
        first(gives(7.0), ERROR),
        Why.NOT_REPRODUCIBLE,
    ),
    "nothing is accepted": (None, first(VALUES), Why.NO_BASELINE),
}


def baseline(accepted: Results | None) -> Baseline:
    steps = {} if accepted is None else {PAIR: accepted}
    return Baseline(directory=Path(), accepted=observed(steps), unread={})


@pytest.mark.parametrize(("accepted", "ran", "why"), CASES.values(), ids=CASES)
def test_a_scenario_runs_again_unless_its_first_run_is_what_is_accepted(
    accepted: Results | None, ran: Run, why: Why
) -> None:
    found = run_counts(record([ran]), baseline(accepted), Tolerances())
    assert found == (counted(why),)


def test_each_variant_has_a_reason_of_its_own() -> None:
    runs = [first(VALUES, ERROR), replace(first(VALUES), variant="strict")]
    assert run_counts(record(runs), baseline(ACCEPTED), Tolerances()) == (
        counted(Why.EQUALS),
        counted(Why.NO_BASELINE, variant="strict"),
    )


def test_a_baseline_that_cannot_be_read_is_none() -> None:
    unread = replace(baseline(None), unread={Path("stateful-fixed.json"): "it is damaged"})
    found: Sequence[object] = run_counts(record([first(VALUES)]), unread, Tolerances())
    assert found == (counted(Why.NO_BASELINE),)
