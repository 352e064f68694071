"""One target from its environment to its verdicts: what `nox -s TARGET` does."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.changes import Standing, Verdict
from harness.environments import ensure_environment, reserved
from harness.errors import HarnessError, UsageError
from harness.paths import ROOT, Workspace
from harness.runner import Limits, start_probe
from harness.targets import Target

NO_TESTS = "no test is selected by {}; `-k` takes parts of scenario and variant names"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of one target: its verdicts, or why there are none (`failure`)."""

    target: str
    verdicts: tuple[Verdict, ...] = ()
    failure: str | None = None
    exit_code: int = 0
    seconds: float = 0.0


def check(
    target: Target,
    workspace: Workspace,
    *,
    limits: Limits,
    jobs: int,
    pytest_arguments: Sequence[str] = (),
    quiet: bool = False,
) -> Checked:
    """Run the probe in the target's environment and compare its record with the baseline.

    `jobs` scenarios run at once; `pytest_arguments` go to pytest; `quiet` sends what pytest prints
    to `pytest.txt`. Whatever keeps a target from being checked is a `failure`, except wrong use.
    """
    began = time.monotonic()
    results = workspace.results / target.name
    try:
        with reserved(target, workspace.environments):
            verdicts, code = _observe_and_judge(
                target, workspace, limits, jobs, pytest_arguments, results / "pytest.txt", quiet
            )
        checked = Checked(
            target=target.name,
            verdicts=verdicts,
            exit_code=code,
            seconds=time.monotonic() - began,
        )
    except UsageError:
        raise
    except HarnessError as error:
        checked = Checked(
            target=target.name,
            failure=str(error),
            exit_code=error.exit_code,
            seconds=time.monotonic() - began,
        )
    save(checked, results)
    return checked


def save(checked: Checked, results: Path) -> None:
    import msgspec

    results.mkdir(parents=True, exist_ok=True)
    (results / "verdicts.json").write_bytes(msgspec.json.encode(checked))


def load(results: Path) -> Checked:
    """Read what `check` left behind. Raises HarnessError if it cannot be read."""
    import msgspec

    path = results / "verdicts.json"
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checked)
    except (OSError, msgspec.MsgspecError) as error:
        raise HarnessError(f"{path}: cannot be read: {error}; run the target again") from error


def _observe_and_judge(
    target: Target,
    workspace: Workspace,
    limits: Limits,
    jobs: int,
    pytest_arguments: Sequence[str],
    printed: Path,
    quiet: bool,
) -> tuple[tuple[Verdict, ...], int]:
    environment = ensure_environment(target, workspace.environments)
    results = workspace.results / target.name
    with start_probe(target, environment, results, jobs=jobs, limits=limits) as probe:
        # imported only now: they load while TensorFlow does, on the other core
        import pytest
        import rich.progress  # noqa: F401

        import harness.compare
        import harness.published  # noqa: F401

        failure = probe.record().failure
    if failure:
        raise HarnessError(f"{failure.type}: {failure.message}\n(the whole story: {probe.output})")
    collector = _Collector()
    with contextlib.ExitStack() as stack:
        if quiet:
            stream = stack.enter_context(printed.open("w", encoding="utf-8"))
            stack.enter_context(contextlib.redirect_stdout(stream))
        code = pytest.main(
            [
                str(ROOT / "tests" / "regression"),
                f"--record={probe.output}",
                f"--baselines={workspace.baselines / target.name}",
                f"--junitxml={results / 'junit.xml'}",
                f"--override-ini=junit_suite_name={target.name}",
                "--override-ini=junit_family=xunit1",  # the one that holds properties of a test
                "--quiet",
                "--no-header",
                "--tb=short",
                # only what the tests use: other plugins cost time, and none may change a verdict
                "--disable-plugin-autoload",
                "--assert=plain",
                *("-p", "pytest_datadir.plugin", "-p", "pytest_regressions.plugin"),
                *("-p", "no:cacheprovider", "-p", "no:unraisableexception"),
                *pytest_arguments,
            ],
            plugins=[collector],
        )
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise UsageError(NO_TESTS.format(" ".join(pytest_arguments)))
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageError(f"pytest refuses {' '.join(pytest_arguments)}: it says why above")
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    exit_code = _exit_code(collector.verdicts)
    if code != pytest.ExitCode.OK and exit_code == 0:
        raise HarnessError("a test failed without a verdict: pytest says why above")
    return tuple(collector.verdicts), exit_code


def _exit_code(verdicts: Sequence[Verdict]) -> int:
    """0 as its baseline says; 1 differs from it; 3 could not be checked."""
    standings = {verdict.outcome.standing for verdict in verdicts}
    if standings & {Standing.REGRESSED, Standing.FIXED}:
        return 1
    if Standing.INCONCLUSIVE in standings:
        return 3
    return 0


class _Collector:
    """A pytest plugin that picks up the verdicts which the tests recorded as properties."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "teardown":
            properties = [value for _, value in report.user_properties]
            self.verdicts += [value for value in properties if isinstance(value, Verdict)]
