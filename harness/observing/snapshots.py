"""All that is known of one target at one time, from a record, or from its baselines and lock."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
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
    REMEDY,
    load_distributions,
    load_internals,
    load_steps,
    scenario_files,
)
from harness.observing.internals import Described, describe
from harness.observing.numerics import Tolerances
from harness.observing.records import Record, Run
from harness.observing.results import Result, Results, combine

BUILT_IN = "built in"  # the Keras of TensorFlow before 2.6 is a part of it
RUNS = 2  # of each scenario and variant: their differences are noise
KERAS_3 = Version("3.0.dev0")
LEGACY = "TF_USE_LEGACY_KERAS"

Pair = tuple[str, str]  # a scenario and a variant
K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True, kw_only=True)
class Gap:
    """A part of a target that could not be observed: of a scenario and variant, or, where both are
    empty, of the internals.

    `end` is how a run ended untimely, None where the runs are merely too few; `at` is the step in
    which it ended, empty between two steps, None before the first. `missed` are the steps that
    another run reached and this one did not.
    """

    reason: str
    scenario: str = ""
    variant: str = ""
    end: Literal["crashed", "timed out"] | None = None
    at: str | None = None
    missed: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.scenario} / {self.variant}" if self.scenario else "internals"
        return f"{where}: {self.reason}"


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The behaviour of a target, its internals, and the distributions that it consists of.

    `steps` are by scenario and variant; `distributions` map names to versions. Of a scenario that
    did not come to its end, `steps` has those that every run reached, and `gaps` has the rest.
    """

    name: str
    distributions: Mapping[str, str]
    steps: Mapping[Pair, Results]
    internals: Mapping[str, Described]
    keras: str
    gaps: tuple[Gap, ...] = ()

    def version(self, package: str) -> str | None:
        """The release of a package.

        The release of `keras` is TensorFlow's own where Keras is built in; `tf-keras` is the later
        name of Keras 2, so that a target with Keras 3 has none.
        """
        tensorflow = self.distributions.get("tensorflow") or self.distributions.get("tf-nightly")
        keras = tensorflow if self.keras == BUILT_IN else self.keras
        if package == "tf-keras":
            return None if keras is None or Version(keras) >= KERAS_3 else keras
        found = {"tensorflow": tensorflow, "keras": keras}
        return found.get(package) or self.distributions.get(package)

    def gaps_of(self, pair: Pair) -> list[Gap]:
        """The gaps of a scenario and variant; those of the internals for a pair of empty names."""
        return [gap for gap in self.gaps if (gap.scenario, gap.variant) == pair]

    def shows(self, pair: Pair, step: str) -> bool:
        """Whether a step that the target has would show, and is not lost in a gap."""
        return step in self.steps.get(pair, ()) or not self.gaps_of(pair)


def from_record(record: Record, tolerances: Tolerances) -> Snapshot:
    """The snapshot of a record. Raises UncheckedError if TensorFlow was not observed at all."""
    if record.failure or record.environment is None:
        why = record.failure.message if record.failure else "no environment in the record"
        raise UncheckedError(f"{record.target}: nothing was observed: {why}")
    gaps = [gap for pair, runs in runs_of(record).items() for gap in _gaps(pair, runs)]
    if record.internals_failure:
        gaps.append(Gap(reason=record.internals_failure))
    return Snapshot(
        name=record.target,
        distributions=record.environment.distributions,
        steps={pair: _steps(runs, tolerances) for pair, runs in runs_of(record).items()},
        internals={} if record.internals_failure else describe(record),
        keras=keras_of(record.environment.distributions, record.environment.variables),
        gaps=tuple(gaps),
    )


@dataclass(frozen=True, kw_only=True)
class Baseline:
    """What is accepted of a target, as far as it can be read.

    `accepted` lacks the files that are missing; `unread` are files that are there and cannot be
    read, each with the reason. `directory` is where they lie.
    """

    directory: Path
    accepted: Snapshot
    unread: Mapping[Path, str]

    @property
    def places(self) -> Iterator[tuple[Pair, str]]:
        """All that is accepted: each step, and each internal under a pair of empty names."""
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
    """Read all baselines of a target. A file that is missing or damaged stops nothing."""
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
            unread[made_with] = f"{made_with}: there is no such baseline; {REMEDY}"
    accepted = Snapshot(
        name=target.name,
        distributions=distributions,
        steps={pair: steps for pair, path in files.items() if (steps := load(load_steps, path))},
        internals=load(load_internals, directory / INTERNALS),
        keras=keras_of(distributions, target.variables),
    )
    return Baseline(directory=directory, accepted=accepted, unread=unread)


def from_baseline(target: Target, project: Project) -> Snapshot:
    """The accepted snapshot of a target, whole.

    Raises BaselineError if any of its files cannot be read, or if there are no internals, no lock
    of a locked target, or no distributions of another.
    """
    baseline = load_baseline(target, project)
    for why in baseline.unread.values():
        raise BaselineError(why)
    for name in (INTERNALS,) if target.locked else (INTERNALS, DISTRIBUTIONS):
        if not (baseline.directory / name).exists():
            raise BaselineError(f"{baseline.directory / name}: there is no baseline; {REMEDY}")
    lock = lock_path(target, project.locks)
    if target.locked and not lock.exists():
        raise BaselineError(f"{lock}: there is no lock; `nox -s lock -- {target.name}` makes it")
    return baseline.accepted


def keras_of(distributions: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """The version of the Keras behind `tf.keras`; before 2.6 it is part of TensorFlow."""
    if variables.get(LEGACY, "0") not in ("", "0"):
        return distributions.get("tf-keras", BUILT_IN)
    return distributions.get("keras") or distributions.get("keras-nightly") or BUILT_IN


def runs_of(record: Record) -> dict[Pair, list[Run]]:
    """The runs of a record by scenario and variant."""
    found: dict[Pair, list[Run]] = {}
    for run in record.runs:
        found.setdefault((run.scenario, run.variant), []).append(run)
    return found


def _steps(runs: Sequence[Run], tolerances: Tolerances) -> dict[str, Result]:
    """The results of a scenario and variant; after an untimely end, of the steps that all runs
    reached. One run alone cannot show noise, and gives none.
    """
    if len(runs) < RUNS:
        return {}
    results = combine(runs, tolerances)
    if all(run.end == "completed" for run in runs):
        return results
    reached = [{o.step for o in run.observations} for run in runs]
    return {step: result for step, result in results.items() if all(step in r for r in reached)}


def _gaps(pair: Pair, runs: Sequence[Run]) -> Iterator[Gap]:
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
    if len(runs) < RUNS and all(run.end == "completed" for run in runs):
        yield Gap(
            scenario=scenario,
            variant=variant,
            reason=f"run once: only {RUNS} runs show what is reproducible",
            missed=tuple(everything),
        )
