"""A plain script on many targets: its trace on each, as the targets are done."""

import functools
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from harness.base.errors import HarnessError, UsageError
from harness.base.files import reserved
from harness.base.project import Project
from harness.environments.candidates import prepared
from harness.environments.extras import Extras, ensure_extras
from harness.environments.targets import Target
from harness.environments.virtual_environments import ensure_environment, reserved_environment
from harness.observing.numerics import Tolerances
from harness.observing.probing import Limits, PlainScript, observe_script
from harness.observing.records import load_record
from harness.observing.scripts import Trace, trace
from harness.observing.snapshots import RUNS
from harness.running.parcels import Cluster, done_elsewhere, packed, sent_script
from harness.running.results import files_of
from harness.running.workers import in_workers

MORE_RUNS = 6  # where two runs may have agreed by chance


@dataclass(frozen=True, kw_only=True)
class Trial:
    """A script, the packages that it needs besides TensorFlow, and how to run and compare it.

    `results` is the directory with its records, `results/TARGET/record.json`. `wheels` is one for
    the projects that `extras` names, which all trials of a command share.
    """

    script: PlainScript
    results: Path
    extras: Extras
    wheels: Path
    limits: Limits
    tolerances: Tolerances
    runs: int = RUNS


@dataclass(frozen=True, kw_only=True)
class Tried:
    """A target on which a script was tried: the trace, or the `failure` that prevented it."""

    target: Target
    trace: Trace | None = None
    failure: str = ""
    seconds: float = 0.0


def try_script(
    trial: Trial,
    targets: Sequence[Target],
    project: Project,
    jobs: int,
    cluster: Cluster | None = None,
) -> Iterator[Tried]:
    """Try a script on targets, at most `jobs` at once, and yield each when it is done.

    With a `cluster`, its workers run the script.
    """
    if cluster:
        yield from _in_cluster(trial, targets, project, cluster)
        return
    work = functools.partial(_try, trial=trial, project=project)
    for target, tried in in_workers(work, targets, jobs):
        yield tried or Tried(target=target, failure="the process that ran it was killed, twice")


def repeated(
    trial: Trial,
    doubtful: Sequence[Target],
    project: Project,
    jobs: int,
    cluster: Cluster | None = None,
) -> Iterator[Tried]:
    """Try a script again, with more runs: two runs can draw the same numbers by chance."""
    return try_script(replace(trial, runs=MORE_RUNS), doubtful, project, jobs, cluster)


def _in_cluster(
    trial: Trial, targets: Sequence[Target], project: Project, cluster: Cluster
) -> Iterator[Tried]:
    """Each target as it is done; the Python files and packages beside the script go with it."""
    home = replace(project, scenarios=trial.script.path.parent, results=trial.results)
    files = sent_script(trial.script.path)
    script = replace(trial.script, path=Path(trial.script.path.name))
    by_name = {target.name: target for target in targets}
    parcels = [
        packed(
            target,
            home,
            functools.partial(_try_elsewhere, target=target, trial=replace(trial, script=script)),
            files,
        )
        for target in targets
    ]
    for name, answer in done_elsewhere(parcels, home, cluster):
        if isinstance(answer, Exception):
            yield Tried(target=by_name[name], failure=str(answer))
            continue
        came = msgspec.json.decode(answer, type=_CameTo)
        tried = Tried(target=by_name[name], failure=came.failure, seconds=came.seconds)
        if not tried.failure:
            try:
                record = load_record(files_of(name, trial.results).record)
                tried = replace(tried, trace=trace(record, trial.tolerances))
            except HarnessError as error:
                tried = replace(tried, failure=str(error))
        yield tried


class _CameTo(msgspec.Struct):
    failure: str
    seconds: float


def _try_elsewhere(project: Project, *, target: Target, trial: Trial) -> bytes:
    """Try the script of a parcel; the record is among the results that go home."""
    script = replace(trial.script, path=project.scenarios / trial.script.path)
    there = replace(trial, script=script, results=project.results)
    tried = _try(target, trial=there, project=project)
    return msgspec.json.encode(_CameTo(failure=tried.failure, seconds=tried.seconds))


def _try(target: Target, *, trial: Trial, project: Project) -> Tried:
    began = time.monotonic()
    try:
        with (
            reserved(trial.results, target.name, "--results"),
            reserved_environment(target, project.environments),
        ):
            environment = ensure_environment(target, prepared(target, project))
            packages = ensure_extras(
                trial.extras, target, environment, project.environments, trial.wheels
            )
            record = observe_script(
                replace(trial.script, packages=packages),
                target,
                environment,
                trial.results / target.name,
                trial.limits,
                trial.runs,
            )
        found = trace(record, trial.tolerances)
    except UsageError:
        raise
    except HarnessError as error:
        return Tried(target=target, failure=str(error), seconds=time.monotonic() - began)
    return Tried(target=target, trace=found, seconds=time.monotonic() - began)
