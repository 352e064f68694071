"""Targets that run again each time that a file is saved: `--watch` of `run` and of `try`."""

import contextlib
import functools
import time
from collections.abc import Generator, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from harness.base.errors import HarnessError, UsageError
from harness.base.files import reserved
from harness.base.project import Project
from harness.environments.extras import ensure_extras
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment
from harness.judging.criteria import Criteria
from harness.judging.judge import judge
from harness.judging.repeats import run_counts
from harness.judging.verdicts import exit_code
from harness.observing.catalogue import scenario_scripts
from harness.observing.probing import Probe, start_probe, start_script
from harness.observing.records import Record, RunCount
from harness.observing.scripts import trace
from harness.observing.snapshots import Baseline, load_baseline
from harness.running.check import Checking, asked_for, require_probed, unchecked
from harness.running.results import Checked, files_of
from harness.running.trying import Trial, Tried
from harness.running.warm import Memory, Warm, changes


def watch_target(
    target: Target, project: Project, criteria: Criteria, how: Checking, memory: Memory
) -> Generator[tuple[float, Checked]]:
    """Check a target, then each scenario that is saved, and all if a file beside them is saved.

    Yields the time at which the last file was saved, in seconds since the epoch. No baseline is
    written, and the records are in `results/watch`. Raises HarnessError.
    """
    results = project.results / "watch"
    only = asked_for(target, project, criteria, how)
    with contextlib.ExitStack() as stack:
        stack.enter_context(reserved(results, target.name, "--results"))
        start = functools.partial(
            _start_target, target=target, project=project, how=how, results=results / target.name
        )
        warm = Warm(target=target, project=project, memory=memory, start=start)
        stack.callback(warm.end)
        for number, changed in enumerate(changes(lambda: _files(project))):
            began = time.monotonic()
            baseline = load_baseline(target, project)
            names = _names(changed, project, only) if number else only
            counts = functools.partial(_counts, baseline=baseline, criteria=criteria)
            record = warm.record(names, None if how.runs else counts)
            try:
                require_probed(record, files_of(target.name, results))
            except HarnessError as error:  # the next change may be the remedy
                checked = unchecked(target, project, error)
            else:
                verdicts = judge(record, baseline, criteria).verdicts
                code = exit_code(each.outcome for each in verdicts)
                checked = Checked(target=target.name, verdicts=verdicts, exit_code=code)
            yield max(changed.values()), replace(checked, seconds=time.monotonic() - began)


def watch_script(
    trial: Trial, targets: Sequence[Target], project: Project, jobs: int, memory: Memory
) -> Generator[tuple[float, list[Tried]]]:
    """Try a script, and again each time that a Python file in its directory is saved.

    Yields the time at which the last file was saved, in seconds since the epoch. The records are in
    `results/watch`. What the script needs is installed once, at the start.
    """
    trial = replace(trial, results=trial.results / "watch")
    script = trial.script.path
    with contextlib.ExitStack() as stack:
        stack.enter_context(reserved(trial.results, script.stem[:100], "--results"))
        # A probe ends with the thread that started it, so the threads stay until the end.
        pool = stack.enter_context(ThreadPoolExecutor(jobs))
        warm: list[Warm] = []
        for target in targets:
            start = functools.partial(_start_script, trial=trial, target=target, project=project)
            warm.append(Warm(target=target, project=project, memory=memory, start=start))
            stack.callback(warm[-1].end)
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        for changed in changes(lambda: {script, *script.parent.glob("*.py")}):
            tried = list(pool.map(functools.partial(_tried, trial=trial), warm))
            yield max(changed.values()), tried


def _start_script(
    environment: Environment, _: Sequence[str], *, trial: Trial, target: Target, project: Project
) -> Probe:
    packages = ensure_extras(trial.extras, target, environment, project.environments, trial.wheels)
    script = replace(trial.script, packages=packages)
    results = trial.results / target.name
    return start_script(script, target, environment, results, trial.limits, trial.runs, asks=True)


def _tried(warm: Warm, *, trial: Trial) -> Tried:
    began = time.monotonic()
    try:
        found = trace(warm.record(), trial.tolerances)
    except UsageError:
        raise
    except HarnessError as error:
        seconds = time.monotonic() - began
        return Tried(target=warm.target, failure=str(error), seconds=seconds)
    return Tried(target=warm.target, trace=found, seconds=time.monotonic() - began)


def _start_target(
    environment: Environment,
    names: Sequence[str],
    *,
    target: Target,
    project: Project,
    how: Checking,
    results: Path,
) -> Probe:
    return start_probe(
        target,
        environment,
        project.scenarios,
        results,
        jobs=how.jobs,
        limits=how.limits,
        runs=how.runs,
        only=names,
        asks=True,
    )


def _counts(first: Record, *, baseline: Baseline, criteria: Criteria) -> tuple[RunCount, ...]:
    return run_counts(first, baseline, criteria.tolerances)


def _files(project: Project) -> list[Path]:
    return [*project.scenarios.glob("*.py"), *project.scenarios.glob("*/*.py")]


def _names(changed: Iterable[Path], project: Project, only: tuple[str, ...]) -> tuple[str, ...]:
    """The scenarios that were saved; all of those asked for if another file was saved."""
    scripts = scenario_scripts(project.scenarios)
    if set(changed) <= {*scripts.values()}:
        return tuple(sorted(path.stem for path in changed))
    return only or tuple(scripts)
