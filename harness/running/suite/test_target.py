"""A test for each part of a judgement; `run_suite` gives it the parts."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pytest_regressions.common import perform_regression_check
from pytest_regressions.file_regression import FileRegressionFixture

from harness.base.errors import UnwritableError
from harness.base.words import printable
from harness.judging.verdicts import FINE, Outcome, Standing
from harness.observing.shared import Document
from harness.running.suite.parts import Part
from harness.running.suite.plugin import Suite

RecordProperty = Callable[[str, object], None]
ENDED = (Outcome.CRASHED, Outcome.TIMED_OUT, Outcome.BROKEN)


@pytest.fixture(autouse=True)
def counted(part: Part, suite: Suite, record_property: RecordProperty) -> None:
    """Every part is counted, whatever its test does, and each verdict stands in junit.xml."""
    suite.count(part)
    for verdict in part.verdicts:
        record_property(printable(verdict.step), verdict)
        if verdict.outcome is Outcome.LEFT_OUT:
            pytest.fail(f"{verdict}, though -k selects it", pytrace=False)


def test_observations(part: Part, suite: Suite, file_regression: FileRegressionFixture) -> None:
    _compare_with_baseline(part, suite, file_regression)


def test_internals(part: Part, suite: Suite, file_regression: FileRegressionFixture) -> None:
    _compare_with_baseline(part, suite, file_regression)


def test_oracle(part: Part) -> None:
    wrong = [str(verdict) for verdict in part.verdicts if verdict.outcome is Outcome.DRIFT]
    if wrong:
        pytest.fail("\n".join(wrong), pytrace=False)


def test_published_figure(part: Part) -> None:
    [verdict] = part.verdicts
    if verdict.outcome is Outcome.NOT_APPLICABLE:
        pytest.skip(verdict.reason)
    if verdict.outcome is not Outcome.EQUAL:
        pytest.fail(str(verdict), pytrace=False)


def _compare_with_baseline(
    part: Part, suite: Suite, file_regression: FileRegressionFixture
) -> None:
    """Pass, or fail as pytest-regressions does: a missing baseline is made, `--force-regen` writes
    one that differs.
    """
    regenerating = file_regression.request.config.getoption("force_regen")
    quiet = (Standing.UNCHANGED,) if regenerating else FINE
    failing = [v for v in part.verdicts if v.outcome.standing not in quiet]
    differences = "\n".join(map(str, failing))
    if any(verdict.outcome in ENDED for verdict in part.verdicts):
        pytest.fail(f"could not be checked, no baseline is written:\n{differences}", pytrace=False)
    if part.path is None or part.contents is None:
        pytest.fail(f"could not be checked: {differences}", pytrace=False)
    if part.gone:
        _fail_for_a_gone_scenario(part.path, regenerating=regenerating)
    if not suite.writable and not part.path.exists():
        pytest.fail(f"{part.problem}, and none is written here", pytrace=False)
    message = part.problem or differences
    if part.path.exists() and not message:
        return
    new = [] if part.path.exists() else list(part.raised)  # somebody has to look at an error
    try:
        _write(part.path, part.contents, message, file_regression)
    except UnwritableError as error:
        suite.unwritten.append(str(error))
        raise pytest.fail.Exception(str(error), pytrace=False) from None
    except (AssertionError, pytest.fail.Exception) as failure:
        if all(verdict.outcome.standing in FINE for verdict in part.verdicts):
            return  # it is merely noticed, and now written
        raise pytest.fail.Exception("\n".join([str(failure), *new]), pytrace=False) from None


def _write(
    path: Path, contents: Document, message: str, file_regression: FileRegressionFixture
) -> None:
    """Fail, and write the baseline where it is missing or is to be written anew."""

    def differ(_obtained: Path, _expected: Path) -> None:
        raise AssertionError(message)

    perform_regression_check(
        datadir=file_regression.datadir,
        original_datadir=file_regression.original_datadir,
        request=file_regression.request,
        check_fn=differ,
        dump_fn=contents.write,
        extension=".json",
        fullpath=path,
    )


def _fail_for_a_gone_scenario(path: Path, *, regenerating: bool) -> None:
    if regenerating:
        path.unlink(missing_ok=True)
        pytest.fail(f"{path}: its scenario is gone, and so is its baseline now", pytrace=False)
    pytest.fail(f"{path}: its scenario is gone; --force-regen removes it too", pytrace=False)
