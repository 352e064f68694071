"""Each outcome is given by the difference or the failure that it describes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import pytest

from harness.base.errors import MissingInterpreterError, UnusableEnvironmentError
from harness.judging.criteria import Criteria
from harness.judging.judge import judge
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.numerics import Tolerances
from harness.observing.records import Record, Run
from harness.observing.snapshots import Baseline, from_record
from harness.running.check import unchecked
from tests.support import suite
from tests.support.makers import (
    SAMPLE,
    accepts,
    differently,
    gives,
    internal,
    raises,
    record,
    run,
    surroundings,
    twice,
)
from tests.support.nights import KERAS, NEWER, Place

ONE, NEXT, TWO = twice(gives(1.0)), twice(gives(1.0 + 2.0**-23)), twice(gives(2.0))
FAILS, NONE = twice(raises("no")), twice()
KNOWN = accepts("other values: stateful / step", since="3.16")


def of(
    runs: Sequence[Run], distributions: Mapping[str, str] = KERAS, source: str | None = None
) -> Record:
    return record(
        runs,
        environment=surroundings(distributions),
        internals=[internal(source="s")] if source else [],
        sources={"s": source} if source else {},
    )


def judged(axis: Axis, before: Record, after: Record) -> Iterable[Verdict]:
    """The verdicts of one axis on a record, judged against the baseline of another record."""
    accepted = from_record(before, Tolerances())
    baseline = Baseline(directory=Path("/none"), accepted=accepted, unread={})
    found = judge(after, baseline, Criteria(known=(KNOWN,))).verdicts
    return [verdict for verdict in found if verdict.axis is axis]


def compared(before: Sequence[Run], after: Sequence[Run]) -> Iterable[Verdict]:
    return judged(Axis.DRIFT, of(before), of(after))


def watched(before: str, after: str) -> Iterable[Verdict]:
    sides = [of([], source=f"def f():\n    {body}\n") for body in (before, after)]
    return judged(Axis.WATCH, *sides)


def left_out(root: Path) -> Iterable[Verdict]:
    both = of([*ONE, *twice(gives(1.0), scenario="reset")])
    found = suite.judge(both, root / "sample", expression="reset").verdicts
    return [each for each in found if (each.axis, each.scenario) == (Axis.DRIFT, "stateful")]


def failed(root: Path, error: Exception) -> Iterable[Verdict]:
    place = Place(root=root)
    place.accept(of(ONE))
    return unchecked(SAMPLE, place.project, error).verdicts


REACHED: dict[Outcome, Callable[[Path], Iterable[Verdict]]] = {
    Outcome.IDENTICAL: lambda _: compared(ONE, ONE),
    Outcome.EQUAL: lambda _: compared(ONE, NEXT),
    Outcome.RAISES: lambda _: compared(FAILS, FAILS),
    Outcome.NOT_REPRODUCIBLE: lambda _: compared(*[differently(gives(1.0), gives(2.0))] * 2),
    Outcome.BODY_CHANGED: lambda _: watched("return a", "return b"),
    Outcome.KNOWN_CHANGE: lambda _: judged(Axis.DRIFT, of(ONE), of(TWO, NEWER)),
    Outcome.FIXED: lambda _: compared(FAILS, ONE),
    Outcome.DRIFT: lambda _: compared(ONE, TWO),
    Outcome.CHANGED: lambda _: compared(ONE, twice(gives(1.0, dtype="float64"))),
    Outcome.ERROR_CHANGED: lambda _: compared(FAILS, twice(raises("yes"))),
    Outcome.NEWLY_RAISES: lambda _: compared(ONE, FAILS),
    Outcome.MISSING: lambda _: compared(ONE, NONE),
    Outcome.NO_BASELINE: lambda _: compared(NONE, ONE),
    Outcome.CRASHED: lambda _: compared(ONE, [run(end="crashed", unfinished="step", detail="")]),
    Outcome.TIMED_OUT: lambda _: compared(
        ONE, [run(end="timed out", unfinished="step", detail="")]
    ),
    Outcome.BROKEN: lambda _: compared(ONE, [run(end="broken", unfinished="step", detail="")]),
    Outcome.ENVIRONMENT_FAILED: lambda root: failed(root, UnusableEnvironmentError("uv failed")),
    Outcome.NO_INTERPRETER: lambda root: failed(root, MissingInterpreterError("no Python 3.7")),
    Outcome.LEFT_OUT: left_out,
    Outcome.NOT_APPLICABLE: lambda _: judged(Axis.ORACLE, of(ONE), of(ONE)),
}


def test_the_table_has_every_outcome() -> None:
    assert list(REACHED) == list(Outcome)


@pytest.mark.parametrize(("outcome", "reach"), REACHED.items(), ids=list(Outcome))
def test_each_outcome_is_reached(
    tmp_path: Path, outcome: Outcome, reach: Callable[[Path], Iterable[Verdict]]
) -> None:
    assert [verdict.outcome for verdict in reach(tmp_path)] == [outcome]
