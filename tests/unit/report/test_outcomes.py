"""Each outcome is reached by what it is for."""

from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from harness.judging.verdicts import Outcome, Verdict
from harness.running.check import unchecked
from harness.observing.results import combine
from harness.judging.compare import compare_runs, compare_watch
from harness.base.errors import MissingInterpreterError, UnusableEnvironmentError
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.base.paths import Workspace
from harness.observing.records import Run
from harness.judging.oracle.matching import verdicts
from tests.support.makers import SAMPLE, accept, differently, gives, raises, run, twice

ONE, NEXT, TWO = twice(gives(1.0)), twice(gives(1.0 + 2.0**-23)), twice(gives(2.0))
FAILS, NONE = twice(raises("no")), twice()


def compared(before: list[Run], after: list[Run]) -> Iterable[Verdict]:
    accepted = combine(before, Tolerances())
    return compare_runs("stateful", "fixed", accepted, after, Tolerances())


def watched(before: str, after: str) -> Iterable[Verdict]:
    sides = [{"RNN.call": Described(kind="method", body=body)} for body in (before, after)]
    return compare_watch(*sides)


def failed(error: Exception) -> Iterable[Verdict]:
    return unchecked(SAMPLE, Workspace(baselines=Path("/none")), error).verdicts


REACHED: dict[Outcome, Callable[[], Iterable[Verdict]]] = {
    Outcome.IDENTICAL: lambda: compared(ONE, ONE),
    Outcome.EQUAL: lambda: compared(ONE, NEXT),
    Outcome.RAISES: lambda: compared(FAILS, FAILS),
    Outcome.NOT_REPRODUCIBLE: lambda: compared(*[differently(gives(1.0), gives(2.0))] * 2),
    Outcome.BODY_CHANGED: lambda: watched("return 1", "return 2"),
    Outcome.FIXED: lambda: compared(FAILS, ONE),
    Outcome.DRIFT: lambda: compared(ONE, TWO),
    Outcome.CHANGED: lambda: compared(ONE, twice(gives(1.0, dtype="float64"))),
    Outcome.ERROR_CHANGED: lambda: compared(FAILS, twice(raises("yes"))),
    Outcome.NEWLY_RAISES: lambda: compared(ONE, FAILS),
    Outcome.MISSING: lambda: compared(ONE, NONE),
    Outcome.NO_BASELINE: lambda: compared(NONE, ONE),
    Outcome.CRASHED: lambda: compared(ONE, [run(end="crashed", unfinished="step", detail="")]),
    Outcome.TIMED_OUT: lambda: compared(ONE, [run(end="timed out", unfinished="step", detail="")]),
    Outcome.ENVIRONMENT_FAILED: lambda: failed(UnusableEnvironmentError("uv failed")),
    Outcome.NO_INTERPRETER: lambda: failed(MissingInterpreterError("no Python 3.7")),
    Outcome.NOT_APPLICABLE: lambda: verdicts("unheard_of", accept(gives(1.0))),
}


def test_the_table_has_every_outcome() -> None:
    assert list(REACHED) == list(Outcome)


@pytest.mark.parametrize(("outcome", "reach"), REACHED.items(), ids=list(Outcome))
def test_each_outcome_is_reached(outcome: Outcome, reach: Callable[[], Iterable[Verdict]]) -> None:
    assert [verdict.outcome for verdict in reach()] == [outcome]
