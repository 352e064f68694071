"""Verdicts on a target that could not be checked: one on each accepted step and internal."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.base.errors import (
    MissingInterpreterError,
    ProbeTimeoutError,
    UncheckedError,
    UnusableEnvironmentError,
)
from harness.judging.verdicts import Axis, Outcome, Standing
from harness.running.check import unchecked
from harness.running.results import Checked
from tests.support.makers import SAMPLE
from tests.support.places import project_at
from tests.support.samples import accept_all

Place = tuple[Axis, str, str, str]

ONE, TWO, CALL = (
    (Axis.DRIFT, "reset", "fixed", "one"),
    (Axis.DRIFT, "reset", "fixed", "two"),
    (Axis.WATCH, "", "", "RNN.call"),
)
FAILURES: dict[str, tuple[Exception, Outcome]] = {
    "no interpreter": (MissingInterpreterError("no Python 3.7"), Outcome.NO_INTERPRETER),
    "no environment": (UnusableEnvironmentError("uv failed"), Outcome.ENVIRONMENT_FAILED),
    "a probe that takes too long": (ProbeTimeoutError("TimeOut"), Outcome.TIMED_OUT),
    "a probe that crashes": (UncheckedError("Crash"), Outcome.CRASHED),
    "an error of the system": (OSError(28, "No space left on device"), Outcome.CRASHED),
    "an error of many lines": (UncheckedError("Crash:\n  at\n  length"), Outcome.CRASHED),
    "an error without words": (OSError(), Outcome.CRASHED),
}


def places(checked: Checked) -> list[Place]:
    return [(v.axis, v.scenario, v.variant, v.step) for v in checked.verdicts]


def unchecked_in(directory: Path, error: Exception) -> Checked:
    return unchecked(SAMPLE, project_at(directory, baselines=directory), error)


@pytest.mark.fault(
    "verdicts",
    "no interpreter, no environment, a crash or a time-out of the probe",
    "each accepted step has a verdict that says so, exit code 3",
)
@pytest.mark.parametrize(("error", "outcome"), FAILURES.values(), ids=FAILURES)
def test_a_failure_is_a_verdict_on_everything_that_is_accepted(
    error: Exception, outcome: Outcome, tmp_path: Path
) -> None:
    accept_all(tmp_path)
    checked = unchecked_in(tmp_path, error)
    assert places(checked) == [ONE, TWO, CALL]
    assert {v.outcome for v in checked.verdicts} == {outcome}
    assert outcome.unchecked
    said = str(error) or type(error).__name__
    assert {v.reason for v in checked.verdicts} == {said.split("\n", maxsplit=1)[0]}
    assert (checked.failure, checked.exit_code) == (said, 3)


# a damage to the baselines, and the verdicts that are left
DAMAGES: dict[str, tuple[Callable[[Path], object], list[Place]]] = {
    "no baselines": (shutil.rmtree, []),
    "no internals": (lambda directory: (directory / "internals.json").unlink(), [ONE, TWO]),
    "half a baseline": (
        lambda directory: (directory / "reset-fixed.json").write_text("{", encoding="utf-8"),
        [CALL],
    ),
}


@pytest.mark.parametrize(("damage", "left"), DAMAGES.values(), ids=DAMAGES)
def test_a_failure_is_inconclusive_whatever_can_be_read_of_the_baselines(
    damage: Callable[[Path], object], left: list[Place], tmp_path: Path
) -> None:
    accept_all(tmp_path)
    damage(tmp_path / "sample")
    checked = unchecked_in(tmp_path, UncheckedError("Crash"))
    assert places(checked) == left
    assert (checked.failure, checked.exit_code) == ("Crash", 3)
    assert checked.standing is Standing.INCONCLUSIVE
