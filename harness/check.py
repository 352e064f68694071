"""One target from its environment to its verdicts: what `nox -s TARGET` does."""

import contextlib
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from harness.changes import Outcome, Standing, Verdict
from harness.environments import ensure_environment, reserved
from harness.errors import (
    HarnessError,
    MissingInterpreterError,
    ProbeTimeoutError,
    UncheckedError,
    UnusableEnvironmentError,
    UsageError,
)
from harness.judge import accepted_places
from harness.paths import ROOT, Workspace, write_whole
from harness.runner import TIME_OUT, Limits, start_probe
from harness.targets import Target

# what became of the observations of a target that could not be checked
UNCHECKED = {
    MissingInterpreterError: Outcome.NO_INTERPRETER,
    UnusableEnvironmentError: Outcome.ENVIRONMENT_FAILED,
    ProbeTimeoutError: Outcome.TIMED_OUT,
}
QUIET = (Standing.UNCHANGED, Standing.NOTICED, Standing.NOT_RUN)
DESELECTED = "(deselected)"  # stands for the scenario in verdicts on what was left out
RECORD, FIRST_RECORD = "record.json", "record-first.json"
LEFT_BEHIND = (RECORD, FIRST_RECORD, "probe.log", "verdicts.json", "junit.xml", "pytest.txt")


@dataclass(frozen=True, kw_only=True)
class Checked:
    """What became of one target: its verdicts, and why none could be reached (`failure`).

    `earlier` says how a first try ended, where there was a second.
    """

    target: str
    verdicts: tuple[Verdict, ...] = ()
    failure: str | None = None
    exit_code: int = 0
    seconds: float = 0.0
    earlier: str = ""


def check(
    target: Target,
    workspace: Workspace,
    *,
    limits: Limits,
    jobs: int,
    pytest_arguments: Sequence[str] = (),
    quiet: bool = False,
    again: bool = False,
) -> Checked:
    """Run the probe in the target's environment and compare its record with the baseline.

    `jobs` scenarios run at once; `pytest_arguments` go to pytest; `quiet` sends what pytest prints
    to `pytest.txt`. With `again`, what does not end as it should is tried a second time, and that
    end counts; the first record stays beside the second. Whatever keeps a target from being checked
    is a `failure`, except wrong use.
    """
    began = time.monotonic()
    results = workspace.results / target.name
    checked = _check(target, workspace, limits, jobs, pytest_arguments, quiet)
    if again and checked.exit_code != 0:
        first = _in_short(checked)
        path = results / RECORD
        record = path.read_bytes() if path.exists() else None
        checked = _check(target, workspace, limits, jobs, pytest_arguments, quiet)
        checked = replace(checked, earlier=first)
        if record is not None:
            write_whole(results / FIRST_RECORD, record)
    checked = replace(checked, seconds=time.monotonic() - began)
    write_whole(results / "verdicts.json", msgspec.json.encode(checked))
    return checked


def _check(
    target: Target,
    workspace: Workspace,
    limits: Limits,
    jobs: int,
    pytest_arguments: Sequence[str],
    quiet: bool,
) -> Checked:
    results = workspace.results / target.name
    try:
        with reserved(target, workspace.environments):
            for name in LEFT_BEHIND:  # of an earlier run: nobody must take it for this one's
                (results / name).unlink(missing_ok=True)
            verdicts, code = _observe_and_judge(
                target, workspace, limits, jobs, pytest_arguments, results / "pytest.txt", quiet
            )
        return Checked(target=target.name, verdicts=verdicts, exit_code=code)
    except UsageError:
        raise
    except (HarnessError, OSError) as error:
        return unchecked(target, workspace, error)


def _in_short(checked: Checked) -> str:
    """How a check ended, in one line."""
    if checked.failure:
        return checked.failure.splitlines()[0]
    counted = Counter(v.outcome for v in checked.verdicts if v.outcome.standing not in QUIET)
    return ", ".join(f"{count} {outcome}" for outcome, count in counted.items())


def unchecked(target: Target, workspace: Workspace, error: Exception) -> Checked:
    """A target that `error` kept from being checked: a verdict on each thing that was to be."""
    outcome = next((o for kind, o in UNCHECKED.items() if isinstance(error, kind)), Outcome.CRASHED)
    return Checked(
        target=target.name,
        verdicts=tuple(
            Verdict(
                scenario=scenario,
                variant=variant,
                step=step,
                outcome=outcome,
                reason=next(iter(str(error).splitlines()), type(error).__name__),
            )
            for scenario, variant, step in accepted_places(workspace.baselines / target.name)
        ),
        failure=str(error),
        exit_code=HarnessError.exit_code,
    )


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
        kind = ProbeTimeoutError if failure.type == TIME_OUT else UncheckedError
        raise kind(
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
    held = [v for v in collector.verdicts if v.outcome is not Outcome.NOT_APPLICABLE]
    if not held and code in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
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
    return 3 if any(verdict.outcome.unchecked for verdict in verdicts) else 0


class _Collector:
    """A pytest plugin that picks up the verdicts which the tests recorded as properties."""

    def __init__(self) -> None:
        self.verdicts: list[Verdict] = []

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "teardown":
            properties = [value for _, value in report.user_properties]
            self.verdicts += [value for value in properties if isinstance(value, Verdict)]

    def pytest_deselected(self, items: Sequence[Any]) -> None:
        """What the arguments leave out was not run, and is counted as that."""
        for item in items:
            self.verdicts.append(
                Verdict(
                    scenario=DESELECTED,
                    variant="",
                    step=item.name,
                    outcome=Outcome.NOT_APPLICABLE,
                    reason="left out by the arguments",
                )
            )
