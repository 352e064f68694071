"""One target from its environment to its verdicts: what `nox -s TARGET` does."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from harness.changes import Standing, Verdict
from harness.environments import ensure_environment, reserved
from harness.errors import HarnessError, UncheckedError, UsageError
from harness.paths import ROOT, Workspace
from harness.runner import Limits, start_probe
from harness.targets import Target

LEFT_BEHIND = ("record.json", "probe.log", "verdicts.json", "junit.xml", "pytest.txt")


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
            for name in LEFT_BEHIND:  # of an earlier run: nobody must take it for this one's
                (results / name).unlink(missing_ok=True)
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
    except (HarnessError, OSError) as error:
        checked = Checked(
            target=target.name,
            failure=str(error),
            exit_code=HarnessError.exit_code,
            seconds=time.monotonic() - began,
        )
    results.mkdir(parents=True, exist_ok=True)
    (results / "verdicts.json").write_bytes(msgspec.json.encode(checked))
    return checked


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
        raise UncheckedError(
            f"{failure.type}: {failure.message}\n"
            f"(the whole story is in {probe.output} and {probe.log_file})"
        )
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
                *("--tb=short", "-rN"),  # each failure once; the last lines are the harness's
                # only what the tests use: other plugins cost time, and none may change a verdict
                "--disable-plugin-autoload",
                "--assert=plain",
                *("-p", "pytest_datadir.plugin", "-p", "pytest_regressions.plugin"),
                *("-p", "no:cacheprovider", "-p", "no:unraisableexception"),
                *pytest_arguments,
            ],
            plugins=[collector],
        )
    said = f"pytest says why in {printed}" if quiet else "pytest says why above"
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageError(f"pytest refuses {' '.join(pytest_arguments)}: {said}")
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    exit_code = _exit_code(collector.verdicts)
    if not collector.verdicts and code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        raise UsageError(
            f"nothing was checked with {' '.join(pytest_arguments)}; `-k` takes parts of scenario "
            "and variant names"
        )
    if code != pytest.ExitCode.OK and exit_code == 0:
        raise UncheckedError(f"a test failed without a verdict: {said}")
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
