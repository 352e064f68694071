"""What is known of one target, wherever it comes from: a record, or its baseline and its lock."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.version import Version

from harness.baselines import (
    DISTRIBUTIONS,
    INTERNALS,
    load_distributions,
    load_internals,
    load_steps,
    scenario_files,
)
from harness.compare import combine
from harness.errors import UncheckedError
from harness.internals import Described, describe
from harness.locks import pinned, read_lock
from harness.numerics import Tolerances
from harness.records import Record, Steps
from harness.targets import Target

BUILT_IN = "built in"  # the Keras of TensorFlow before 2.6 is a part of it
RUNS = 2  # of each scenario and variant, at least: what differs between them is noise
KERAS_3 = Version("3.0.dev0")
LEGACY = "TF_USE_LEGACY_KERAS"


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What a target does, what its internals are, and which distributions it consists of.

    `steps` are by scenario and variant; `distributions` map names to versions; `lost` says of each
    scenario and variant, or of the internals, why a part of it could not be observed.
    """

    name: str
    distributions: Mapping[str, str]
    steps: Mapping[tuple[str, str], Steps]
    internals: Mapping[str, Described]
    keras: str
    lost: tuple[str, ...] = ()

    def version(self, package: str) -> str | None:
        """The release of a package.

        That of `keras` is TensorFlow's own where it is built in; `tf-keras` is what Keras 2 came to
        be called, so that a target with Keras 3 has none.
        """
        tensorflow = self.distributions.get("tensorflow") or self.distributions.get("tf-nightly")
        keras = tensorflow if self.keras == BUILT_IN else self.keras
        if package == "tf-keras":
            return None if keras is None or Version(keras) >= KERAS_3 else keras
        found = {"tensorflow": tensorflow, "keras": keras}
        return found.get(package) or self.distributions.get(package)


def from_record(record: Record, tolerances: Tolerances) -> Observed:
    """What a record says. Raises UncheckedError if TensorFlow could not be observed at all."""
    if record.failure or record.environment is None:
        why = record.failure.message if record.failure else "no environment in the record"
        raise UncheckedError(f"{record.target}: nothing was observed: {why}")
    pairs = dict.fromkeys((run.scenario, run.variant) for run in record.runs)
    runs = {pair: [r for r in record.runs if (r.scenario, r.variant) == pair] for pair in pairs}
    lost = [
        f"{run.scenario} / {run.variant}: run {run.number} {run.end}: {run.detail}"
        for run in record.runs
        if run.end != "completed"
    ]
    lost += [
        f"{' / '.join(pair)}: run once: two runs tell what is reproducible"
        for pair, each in runs.items()
        if len(each) < RUNS and all(run.end == "completed" for run in each)
    ]
    if record.internals_failure:
        lost.append(f"internals: {record.internals_failure}")
    whole = {
        pair: each
        for pair, each in runs.items()
        if len(each) >= RUNS and all(run.end == "completed" for run in each)
    }
    return Observed(
        name=record.target,
        distributions=record.environment.distributions,
        steps={pair: combine(each, tolerances) for pair, each in whole.items()},
        internals={} if record.internals_failure else describe(record),
        keras=keras_of(record.environment.distributions, record.environment.variables),
        lost=tuple(lost),
    )


def accepted(target: Target, baselines: Path) -> Observed:
    """What is accepted of a target, and what that was made with. Raises BaselineError."""
    directory = baselines / target.name
    if target.locked:
        distributions: Mapping[str, str] = pinned(read_lock(target))
    else:
        distributions = load_distributions(directory / DISTRIBUTIONS)
    return Observed(
        name=target.name,
        distributions=distributions,
        steps={pair: load_steps(path) for pair, path in scenario_files(directory).items()},
        internals=load_internals(directory / INTERNALS),
        keras=keras_of(distributions, target.variables),
    )


def keras_of(distributions: Mapping[str, str], variables: Mapping[str, str]) -> str:
    """The version of the Keras behind `tf.keras`; before 2.6 it is part of TensorFlow."""
    if variables.get(LEGACY, "0") not in ("", "0"):
        return distributions.get("tf-keras", BUILT_IN)
    return distributions.get("keras") or distributions.get("keras-nightly") or BUILT_IN
