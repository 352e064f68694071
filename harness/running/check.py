"""One target from its environment to its verdicts: what `nox -s TARGET` does."""

import os
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

from harness.base.errors import (
    HarnessError,
    MissingInterpreterError,
    ProbeTimeoutError,
    UncheckedError,
    UnusableEnvironmentError,
    UsageError,
)
from harness.base.files import content, reserved, write_whole
from harness.base.project import Project
from harness.environments.targets import Target
from harness.environments.virtual_environments import ensure_environment, reserved_environment
from harness.judging.criteria import Criteria
from harness.judging.judge import judge, unobserved
from harness.judging.repeats import run_counts
from harness.judging.verdicts import FINE, Outcome, Verdict
from harness.observing.baselines import DISTRIBUTIONS, distributions_text
from harness.observing.probing import Limits, start_probe
from harness.observing.records import TIME_OUT, Record
from harness.observing.snapshots import RUNS, load_baseline
from harness.running.results import Checked, TargetFiles, files_of
from harness.running.suite.options import SuiteOptions

# the outcome of all observations of a target that could not be checked
OUTCOMES = {
    MissingInterpreterError: Outcome.NO_INTERPRETER,
    UnusableEnvironmentError: Outcome.ENVIRONMENT_FAILED,
    ProbeTimeoutError: Outcome.TIMED_OUT,
}


@dataclass(frozen=True, kw_only=True)
class Checking:
    """How targets are checked.

    `jobs` scenarios run at once, within `limits`, each `runs` times; without `runs`, once where
    that equals the baseline. `writable` is whether baselines may be written; None for those of the
    project outside of CI. `quiet` sends the output of pytest to a file. With `again`, a check that
    does not end well is tried a second time, and the second end counts, unless the first has
    written baselines, with which the second would agree. A second try, and one that writes
    differing baselines, has `RUNS` runs of each scenario at least.
    """

    jobs: int
    limits: Limits = field(default_factory=Limits)
    runs: int | None = None
    suite: SuiteOptions = field(default_factory=SuiteOptions)
    writable: bool | None = None
    quiet: bool = False
    again: bool = False


def check(target: Target, project: Project, criteria: Criteria, how: Checking) -> Checked:
    """Run the probe in the target's environment and judge its record.

    The first record of two tries stays beside the second. Whatever keeps a target from being
    checked is a `failure`, except wrong use. Raises UsageError.
    """
    if how.suite.force_regen:
        require_writable(project, how)
    began = time.monotonic()
    files = files_of(target.name, project.results)
    with reserved(project.results, target.name, "--results"):
        checked = _check(target, project, criteria, how, files)
        if how.again and checked.exit_code != 0 and not _wrote(checked, project, how):
            first = _in_short(checked)
            record = content(files.record)
            second = replace(how, runs=max(how.runs or 0, RUNS))
            checked = replace(_check(target, project, criteria, second, files), earlier=first)
            if record is not None:
                write_whole(files.first_record, record)
        checked = replace(checked, seconds=time.monotonic() - began)
        files.write_verdicts(checked)
    return checked


def _wrote(checked: Checked, project: Project, how: Checking) -> bool:
    """Whether a check wrote what it was to be compared with."""
    missing = any(each.outcome is Outcome.NO_BASELINE for each in checked.verdicts)
    return how.suite.force_regen or (missing and writable(project, how))


def unchecked(target: Target, project: Project, error: Exception) -> Checked:
    """A target that `error` kept from being checked: a verdict on everything that is accepted."""
    outcome = next((o for kind, o in OUTCOMES.items() if isinstance(error, kind)), Outcome.CRASHED)
    reason = str(error) or type(error).__name__
    return Checked(
        target=target.name,
        verdicts=tuple(unobserved(load_baseline(target, project), outcome, reason)),
        failure=reason,
        exit_code=HarnessError.exit_code,
    )


def require_writable(project: Project, how: Checking) -> None:
    """Raise UsageError where no baseline may be written."""
    if _only_read(how):
        raise UsageError("no baseline is written in CI: regenerate on your own machine")
    project.require_baselines("--force-regen")


def writable(project: Project, how: Checking) -> bool:
    """Whether a check writes baselines where there are none."""
    return not _only_read(how) and project.may_write(project.baselines)


def _only_read(how: Checking) -> bool:
    return bool(os.environ.get("CI")) if how.writable is None else not how.writable


def _check(
    target: Target, project: Project, criteria: Criteria, how: Checking, files: TargetFiles
) -> Checked:
    only = asked_for(target, project, criteria, how)
    files.clear()
    try:
        with reserved_environment(target, project.environments):
            verdicts, code = _observe_and_judge(target, project, criteria, how, files, only)
        return Checked(target=target.name, verdicts=verdicts, exit_code=code)
    except UsageError:
        raise
    except (HarnessError, OSError) as error:
        return unchecked(target, project, error)


def asked_for(
    target: Target, project: Project, criteria: Criteria, how: Checking
) -> tuple[str, ...]:
    """The names of what is to be run; none for everything. Raises UsageError."""
    if not how.suite.expression:
        return ()
    from harness.running.suite import selecting  # pytest takes long to import

    return selecting.asked_for(target, project, criteria, how.suite)


def _observe_and_judge(
    target: Target,
    project: Project,
    criteria: Criteria,
    how: Checking,
    files: TargetFiles,
    only: tuple[str, ...],
) -> tuple[tuple[Verdict, ...], int]:
    environment = ensure_environment(target, project)
    with start_probe(
        target,
        environment,
        project.scenarios,
        files.directory,
        jobs=how.jobs,
        limits=how.limits,
        runs=max(how.runs or 0, RUNS) if how.suite.force_regen else how.runs,
        only=only,
    ) as probe:
        # read and imported only now, while TensorFlow loads on the other core
        baseline = load_baseline(target, project)
        import rich.progress  # noqa: F401

        from harness.running.suite.plugin import run_suite

        record = probe.record(lambda first: run_counts(first, baseline, criteria.tolerances))
    require_probed(record, files)
    judgement = judge(record, baseline, criteria)
    writes = writable(project, how)
    verdicts, code = run_suite(judgement, files, how.suite, writable=writes, quiet=how.quiet)
    if not target.locked and writes and not how.suite.expression:
        _keep_distributions(record, baseline.directory / DISTRIBUTIONS, how)
    return verdicts, code


def require_probed(record: Record, files: TargetFiles) -> None:
    """Raise UncheckedError or ProbeTimeoutError if a record says that the probe failed."""
    if failure := record.failure:
        kind = ProbeTimeoutError if failure.type == TIME_OUT else UncheckedError
        raise kind(
            f"{failure.type}: {failure.message}\n"
            f"(the whole story is in {files.record} and {files.log})"
        )


def _keep_distributions(record: Record, path: Path, how: Checking) -> None:
    """Write what a baseline without a lock was made with, when the baseline itself is written."""
    if record.environment and (how.suite.force_regen or not path.exists()):
        write_whole(path, distributions_text(record.environment.distributions).encode())


def _in_short(checked: Checked) -> str:
    """How a check ended, in one line."""
    if checked.failure:
        return checked.failure.splitlines()[0]
    counted = Counter(
        v.outcome
        for v in checked.verdicts
        if v.outcome.standing not in FINE and not v.outcome.silent
    )
    return ", ".join(f"{count} {outcome}" for outcome, count in counted.items())
