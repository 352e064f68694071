"""Does this target still do today what its stored baseline says?"""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from pytest_regressions.file_regression import FileRegressionFixture

from harness import baselines as stored
from harness.changes import INTERNALS, Outcome, Standing, Verdict
from harness.compare import combine, compare_runs, compare_watch
from harness.errors import BaselineError
from harness.internals import describe
from harness.numerics import Tolerances
from harness.records import Record, Run

RecordProperty = Callable[[str, object], None]


def test_observations(
    scenario: str,
    variant: str,
    runs: list[Run],
    baselines: Path,
    tolerances: Tolerances,
    file_regression: FileRegressionFixture,
    record_property: RecordProperty,
) -> None:
    __tracebackhide__ = True
    path = baselines / stored.file_name(scenario, variant)
    before, problem = _load(stored.load_steps, path)
    verdicts = list(compare_runs(scenario, variant, before, runs, tolerances))
    if not runs:
        for verdict in verdicts:
            record_property(verdict.step, verdict)
        pytest.fail(f"{path}: its scenario is gone; remove it if that is meant", pytrace=False)
    contents = stored.steps_text(combine(runs, tolerances))
    _check(path, contents, verdicts, problem, file_regression, record_property)


def test_internals(
    record: Record,
    baselines: Path,
    file_regression: FileRegressionFixture,
    record_property: RecordProperty,
) -> None:
    __tracebackhide__ = True
    path = baselines / stored.INTERNALS
    before, problem = _load(stored.load_internals, path)
    if record.internals_failure:
        lost = Verdict(
            scenario=INTERNALS,
            variant="",
            step="(all)",
            outcome=Outcome.CRASHED,
            reason=record.internals_failure,
        )
        record_property(lost.step, lost)
        pytest.fail(f"could not be checked: {lost}", pytrace=False)
    after = describe(record)
    verdicts = list(compare_watch(before, after))
    contents = stored.internals_text(after)
    _check(path, contents, verdicts, problem, file_regression, record_property)


def _load(load: Callable[[Path], Mapping[str, Any]], path: Path) -> tuple[Mapping[str, Any], str]:
    """What is stored, or nothing and why."""
    if not path.exists():
        return {}, f"{path}: there is no baseline"
    try:
        return load(path), ""
    except BaselineError as error:
        return {}, str(error)


def _check(
    path: Path,
    contents: str,
    verdicts: Sequence[Verdict],
    problem: str,
    file_regression: FileRegressionFixture,
    record_property: RecordProperty,
) -> None:
    __tracebackhide__ = True
    for verdict in verdicts:
        record_property(verdict.step, verdict)
    config = file_regression.request.config
    regenerating = config.getoption("force_regen")
    quiet = {Standing.UNCHANGED} if regenerating else {Standing.UNCHANGED, Standing.NOTICED}
    failing = [v for v in verdicts if v.outcome.standing not in quiet]
    differences = "\n".join(map(str, failing))
    if any(v.outcome in (Outcome.CRASHED, Outcome.TIMED_OUT) for v in verdicts):
        pytest.fail(f"could not be checked, no baseline is written:\n{differences}", pytrace=False)
    if os.environ.get("CI") and not config.getoption("propose") and not path.exists():
        pytest.fail(f"{problem}, and none is written in CI", pytrace=False)
    message = problem or differences

    def agree(_obtained: Path, _expected: Path) -> None:
        __tracebackhide__ = True
        if message:
            raise AssertionError(message)

    file_regression.check(
        contents, encoding="utf-8", extension=".json", fullpath=path, check_fn=agree
    )
