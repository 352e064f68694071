"""Snapshots: the behaviour of one target, from a record, or from its baselines and lock."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeVar

from packaging.version import Version

from harness.base.errors import BaselineError, HarnessError, UncheckedError
from harness.base.project import Project
from harness.environments.locks import lock_path, pinned, read_lock
from harness.environments.targets import Target
from harness.observing.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    load_distributions,
    load_internals,
    load_steps,
    scenario_files,
)
from harness.observing.internals import Described, describe, is_watched
from harness.observing.numerics import Tolerances
from harness.observing.records import WATCH, Record, Run, Surroundings, Why
from harness.observing.results import Results, combine
from harness.observing.shared import REMEDY

BUILT_IN = "built in"  # before TensorFlow 2.6, Keras is a part of TensorFlow
RUNS = 2  # of each scenario and variant that has to show noise: the differences of its runs
KERAS_3 = Version("3.0.dev0")
LEGACY = "TF_USE_LEGACY_KERAS"
NO_BASELINE = "no baseline"

Pair = tuple[str, str]  # a scenario and a variant
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A part of a target that could not be observed.

    It is in a scenario and variant; `variant` is empty for a gap in all variants, and `scenario`
    is empty for the internals.

    `end` is the premature end of a run, None if the scenario only has too few runs. `at` is the
    step in which the run ended, empty between two steps, None before the first step. `missed` are
    the steps that another run reached, and this run did not; all steps, if `end` is None.
    """

    reason: str
    scenario: str = ""
    variant: str = ""
    end: Literal["crashed", "timed out", "broken"] | None = None
    at: str | None = None
    missed: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.scenario} / {self.variant}" if self.scenario else "internals"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The behaviour of a target, its internals, and the distributions that it consists of.

    `steps` are by scenario and variant; `distributions` map names to versions. If a run of a
    scenario ended early, `steps` has the steps that every run reached, and `gaps` has the rest.
    `absence` is the reason why `steps` lacks other scenarios and variants; `left_out` are those
    that were not to be run, and `internals` if those were not. `settings` are facts of the machine
    and the run that may bring other rounding; a baseline has none. `reproduced` are the scenarios
    and variants that ran once, since that run equals a baseline, which has runs of another day.
    """

    name: str
    distributions: Mapping[str, str]
    steps: Mapping[Pair, Results]
    internals: Mapping[str, Described]
    keras: str
    gaps: tuple[Gap, ...] = ()
    absence: str = "not run"
    left_out: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    reproduced: frozenset[Pair] = frozenset()

    def version(self, package: str) -> str | None:
        """The version of a package; None if the target does not have the package.

        `keras` has the version of TensorFlow if Keras is built in. `tf-keras` is the later name of
        Keras 2, so that a target with Keras 3 has no version of `tf-keras`.
        """
        tensorflow = self.distributions.get("tensorflow") or self.distributions.get("tf-nightly")
        keras = tensorflow if self.keras == BUILT_IN else self.keras
        if package == "tf-keras":
            return None if keras is None or Version(keras) >= KERAS_3 else keras
        found = {"tensorflow": tensorflow, "keras": keras}
        return found.get(package) or self.distributions.get(package)

    def gaps_of(self, pair: Pair) -> list[Gap]:
        """The gaps of a scenario and variant; for a pair of empty names, of the internals."""
        return [
            gap
            for gap in self.gaps
            # a file that cannot be run at all has a gap without a variant, which is in all of them
            if gap.scenario == pair[0] and gap.variant in (pair[1], "")
        ]

    def leaves_out(self, scenario: str) -> bool:
        """Whether a scenario was not to be run; for an empty name, the internals."""
        return (scenario or WATCH) in self.left_out

    def shows(self, pair: Pair, step: str) -> bool:
        """Whether the target was seen to have a step, or not to have it.

        False if a gap may hide the step, and for a scenario and variant without any observation.
        For a pair of empty names, the same of the internal or layer `step`.
        """
        if self.leaves_out(pair[0]):
            return False
        if pair == ("", ""):
            return not self.gaps_of(pair) and is_watched(step, self.internals)
        return step in self.steps.get(pair, ()) or (pair in self.steps and not self.gaps_of(pair))


def from_record(record: Record, tolerances: Tolerances) -> Snapshot:
    """The snapshot of a record. Raises UncheckedError if TensorFlow was not observed at all."""
    if record.failure or record.environment is None:
        why = record.failure.message if record.failure else "no environment in the record"
        raise UncheckedError(f"{record.target}: nothing was observed: {why}")
    runs = runs_of(record)
    equal = {(each.scenario, each.variant) for each in record.run_counts if each.why is Why.EQUALS}
    reproduced = frozenset(pair for pair in equal if len(runs.get(pair, ())) == 1)
    short = {pair for pair, its in runs.items() if len(its) < RUNS} - reproduced
    gaps = [gap for pair, its in runs.items() for gap in _gaps(pair, its, short)]
    if record.internals_failure:
        gaps.append(Gap(reason=record.internals_failure))
    return Snapshot(
        name=record.target,
        distributions=record.environment.distributions,
        steps={
            pair: {} if pair in short else _steps(its, tolerances) for pair, its in runs.items()
        },
        internals={} if record.internals_failure else describe(record),
        keras=keras_of(record.environment.distributions, record.environment.variables),
        gaps=tuple(gaps),
        left_out=record.left_out,
        settings=_settings(record.environment),
        reproduced=reproduced,
    )


def _settings(found: Surroundings) -> dict[str, str]:
    """The facts of a machine and a run that may bring other rounding."""
    cpu = {f"cpu {name}": str(value) for name, value in found.cpu.items()}
    threads = {f"{name} threads": str(count) for name, count in found.threads.items()}
    return {"machine": found.machine, "oneDNN": found.onednn, **cpu, **threads}


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """The accepted snapshot of a target, as far as its files can be read.

    `accepted` lacks the contents of missing and of unreadable files. `unread` has, each with the
    reason, the files that exist and cannot be read, a damaged lock included, and the
    distributions.json that a target with accepted scenarios and without a lock must have. Other
    missing files, a missing lock included, are not in `unread`. `directory` is the directory of
    the baselines.
    """

    directory: Path
    accepted: Snapshot
    unread: Mapping[Path, str]

    @property
    def places(self) -> Iterator[tuple[Pair, str]]:
        """Every accepted step, and every accepted internal with a pair of empty names."""
        for pair, steps in self.accepted.steps.items():
            yield from ((pair, step) for step in steps)
        yield from ((("", ""), name) for name in self.accepted.internals)

    @property
    def unread_scenarios(self) -> Iterator[tuple[Pair, str]]:
        """The scenarios and variants whose files cannot be read, each with the reason."""
        for path, reason in self.unread.items():
            scenario, dash, variant = path.stem.rpartition("-")
            if dash and path.parent == self.directory:
                yield (scenario, variant), reason


def load_baseline(target: Target, project: Project) -> Baseline:
    """Read all baselines of a target. Missing and damaged files raise no error."""
    directory = project.baselines / target.name
    unread: dict[Path, str] = {}

    def load(read: Callable[[Path], Mapping[K, V]], path: Path) -> Mapping[K, V]:
        try:
            return read(path) if path.exists() else {}
        except HarnessError as error:
            unread[path] = str(error)
            return {}

    files = scenario_files(directory)
    if target.locked:
        lock = lock_path(target, project.locks)
        distributions = load(lambda _: pinned(read_lock(target, project.locks)), lock)
    else:
        made_with = directory / DISTRIBUTIONS
        distributions = load(load_distributions, made_with)
        if files and not made_with.exists():
            unread[made_with] = f"{made_with}: this part of the baseline is missing; {REMEDY}"
    accepted = Snapshot(
        name=target.name,
        distributions=distributions,
        steps={pair: steps for pair, path in files.items() if (steps := load(load_steps, path))},
        internals=load(load_internals, directory / INTERNALS),
        keras=keras_of(distributions, target.variables),
        absence=NO_BASELINE,
    )
    return Baseline(directory=directory, accepted=accepted, unread=unread)


def from_baseline(target: Target, project: Project) -> Snapshot:
    """The complete accepted snapshot of a target.

    Raises BaselineError if a file cannot be read, or if the file of the internals, the lock of a
    locked target, or the distributions.json of another target is missing.
    """
    baseline = load_baseline(target, project)
    for why in baseline.unread.values():
        raise BaselineError(why)
    for name in (INTERNALS,) if target.locked else (INTERNALS, DISTRIBUTIONS):
        if not (baseline.directory / name).exists():
            raise BaselineError(f"{baseline.directory / name}: the baseline is missing; {REMEDY}")
    lock = lock_path(target, project.locks)
    if target.locked and not lock.exists():
        raise BaselineError(f"{lock}: the lock is missing; `nox -s lock -- {target.name}` makes it")
    return baseline.accepted


def keras_of(distributions: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """The version of the Keras behind `tf.keras`; `BUILT_IN` before TensorFlow 2.6."""
    if variables.get(LEGACY) in ("true", "True", "1"):  # as TensorFlow reads it
        return distributions.get("tf-keras", BUILT_IN)
    return distributions.get("keras") or distributions.get("keras-nightly") or BUILT_IN


def runs_of(record: Record) -> dict[Pair, list[Run]]:
    """The runs of a record by scenario and variant."""
    found: dict[Pair, list[Run]] = {}
    for run in record.runs:
        found.setdefault((run.scenario, run.variant), []).append(run)
    return found


def _steps(runs: Sequence[Run], tolerances: Tolerances) -> Results:
    """The results of the steps; of those alone that all runs reached, if one ended early."""
    results = combine(runs, tolerances)
    if all(run.end == "completed" for run in runs):
        return results
    reached = [{o.step for o in run.observations} for run in runs]
    return {step: result for step, result in results.items() if all(step in r for r in reached)}


def _gaps(pair: Pair, runs: Sequence[Run], short: Collection[Pair]) -> Iterator[Gap]:
    """The gaps of a scenario and variant; those in `short` have too few runs to show noise."""
    scenario, variant = pair
    everything = dict.fromkeys(o.step for run in runs for o in run.observations)
    for run in runs:
        if run.end != "completed":
            seen = {observation.step for observation in run.observations}
            yield Gap(
                scenario=scenario,
                variant=variant,
                reason=f"run {run.number} {run.end}: {run.detail}",
                end=run.end,
                at=run.unfinished_step or ("" if seen else None),
                missed=tuple(step for step in everything if step not in seen),
            )
    if pair in short and all(run.end == "completed" for run in runs):
        yield Gap(
            scenario=scenario,
            variant=variant,
            reason=f"run once, not {RUNS} times: the noise of its steps is unknown",
            missed=tuple(everything),
        )
