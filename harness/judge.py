"""Judges a record against the baselines of its target: the verdicts that `tests/regression` gives.

Reads baselines, runs nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.baselines import INTERNALS as INTERNALS_FILE
from harness.baselines import file_name, load_internals, load_steps, scenario_files
from harness.changes import INTERNALS, Outcome, Verdict
from harness.compare import compare_runs, compare_watch
from harness.errors import BaselineError
from harness.numerics import Tolerances
from harness.observed import Observed, from_record
from harness.published import figures_for
from harness.records import Record
from harness.runner import TIME_OUT
from harness.targets import Target
from harness.truth import VARIANT
from harness.truth import verdicts as oracle_verdicts

ALL = "(all)"  # stands for the scenario, or the step, where nothing can be said of each


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a record comes to: its verdicts, what was observed, and baselines that are not read.

    `observed` is None where TensorFlow could not be observed at all.
    """

    verdicts: tuple[Verdict, ...]
    observed: Observed | None = None
    unread: tuple[str, ...] = ()


def judge_record(
    record: Record, baselines: Path, targets: Mapping[str, Target], tolerances: Tolerances
) -> Judged:
    """Hold a record against `baselines`, the directory of its target, the oracle and the figures.

    A baseline that is missing or cannot be read is as good as none.
    """
    if record.failure or record.environment is None:
        return Judged(verdicts=tuple(_failed(record, baselines)))
    observed = from_record(record, tolerances)
    unread: list[str] = []
    verdicts = [
        *_drift(record, baselines, tolerances, unread),
        *_watch(record, observed, baselines, unread),
        *_truth(record, observed, targets),
    ]
    return Judged(verdicts=tuple(verdicts), observed=observed, unread=tuple(unread))


def accepted_places(baselines: Path) -> list[tuple[str, str, str]]:
    """All that is accepted of a target, as scenario, variant and step, or what stands for it."""
    try:
        steps = [
            (*pair, step)
            for pair, path in scenario_files(baselines).items()
            for step in load_steps(path)
        ]
        internals = [(INTERNALS, "", name) for name in load_internals(baselines / INTERNALS_FILE)]
    except BaselineError:
        return [(ALL, "", "")]
    return [*steps, *internals]


def _failed(record: Record, baselines: Path) -> Iterator[Verdict]:
    """A verdict on each thing that was to be observed, where the probe came to nothing."""
    failure = record.failure
    late = failure is not None and failure.type == TIME_OUT
    said = f"{failure.type}: {failure.message}" if failure else "no environment in the record"
    for scenario, variant, step in accepted_places(baselines):
        yield Verdict(
            scenario=scenario,
            variant=variant,
            step=step,
            outcome=Outcome.TIMED_OUT if late else Outcome.CRASHED,
            reason=next(iter(said.splitlines()), ""),
        )


def _drift(
    record: Record, baselines: Path, tolerances: Tolerances, unread: list[str]
) -> Iterator[Verdict]:
    pairs = dict.fromkeys((run.scenario, run.variant) for run in record.runs)
    for scenario, variant in dict.fromkeys([*pairs, *scenario_files(baselines)]):
        runs = [run for run in record.runs if (run.scenario, run.variant) == (scenario, variant)]
        before = _stored(load_steps, baselines / file_name(scenario, variant), unread)
        yield from compare_runs(scenario, variant, before, runs, tolerances)


def _watch(
    record: Record, observed: Observed, baselines: Path, unread: list[str]
) -> Iterator[Verdict]:
    before = _stored(load_internals, baselines / INTERNALS_FILE, unread)
    if record.internals_failure:
        yield Verdict(
            scenario=INTERNALS,
            variant="",
            step=ALL,
            outcome=Outcome.CRASHED,
            reason=record.internals_failure,
        )
    else:
        yield from compare_watch(before, observed.internals)


def _truth(record: Record, observed: Observed, targets: Mapping[str, Target]) -> Iterator[Verdict]:
    """Whether it is right at all; nothing is said of a scenario of which a run ended untimely."""
    for (scenario, variant), steps in observed.steps.items():
        if variant == VARIANT:
            yield from oracle_verdicts(scenario, steps)
    untimely = {(run.scenario, run.variant) for run in record.runs if run.end != "completed"}
    for figure in figures_for(record.target, targets):
        if (figure.scenario, "published") not in untimely:
            yield figure.verdict(observed.steps.get((figure.scenario, "published"), {}))


def _stored(
    load: Callable[[Path], Mapping[str, Any]], path: Path, unread: list[str]
) -> Mapping[str, Any]:
    """What is stored, or nothing; a file that is there and cannot be read is put on `unread`."""
    try:
        return load(path) if path.exists() else {}
    except BaselineError as error:
        unread.append(str(error))
        return {}
