"""Reads what a report is made of: records, what became of targets without one, baselines."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from harness.audit import neighbours
from harness.changes import Standing
from harness.check import Checked
from harness.diff import diff
from harness.eras import eras
from harness.errors import HarnessError, RecordError
from harness.history import defined_by_its_class, reasons, stretches
from harness.judge import Judged, judge_record
from harness.known import load_known
from harness.numerics import Tolerances
from harness.observed import Observed, accepted
from harness.records import Accepted, Error, Record, load_record, started_at
from harness.report.legible import legible
from harness.report.model import (
    Comparison,
    Curve,
    History,
    Numbers,
    Observation,
    Report,
    TargetReport,
    explained,
)
from harness.report.outcomes import standing_of
from harness.targets import FAMILIES, Target, load_targets, select
from harness.truth import ORACLE, VARIANT, hold

# the steps whose means the report draws: scenario, variant, step
CURVES = (
    ("stateful", "strict", "first pass"),
    ("stateful", "fixed", "first pass"),
    ("reset", "fixed", "reset to ones"),
    ("initial_state", "fixed", "stateful, initial_state in a later call"),
    ("layers", "fixed", "LSTM, recurrent_activation hard_sigmoid"),
)


@dataclass(frozen=True, kw_only=True)
class Read:
    """A record that was read and judged, or why it was not."""

    name: str
    report: TargetReport | None = None
    observed: Observed | None = None
    refused: tuple[str, ...] = ()


def gather(results: Path, baselines: Path, names: Sequence[str], now: datetime.datetime) -> Report:
    """The report on the targets (or families) `names`, or on all that have something in `results`.

    Raises UsageError for a name that is neither.
    """
    targets = load_targets()
    chosen = select(targets, names) if names else list(targets.values())
    refused = [] if names else list(_strangers(results, targets))
    read = [_read(target, results, baselines, targets) for target in chosen]
    shown = [each for each in read if each.report or names]
    reports = [each.report or _not_run(targets[each.name]) for each in shown]
    sides = _Sides(
        targets=targets,
        baselines=baselines,
        records={each.name: each.observed for each in read if each.observed},
    )
    comparisons, uncompared = _comparisons(sides, {t.name for t in chosen})
    everything = sides.known()
    today = now.date()
    found = Report(
        made=now,
        targets=tuple(reports),
        comparisons=tuple(comparisons),
        uncompared=tuple(uncompared),
        explained=tuple(explained(comparisons)),
        expired=tuple(each for each in load_known() if each.expires < today),
        histories=tuple(_histories(everything)),
        numbers=_numbers(everything, reports),
        refused=(*refused, *(why for each in read for why in each.refused)),
    )
    return legible(found)


class _Sides:
    """What is known of each target: what its record says, else what is accepted of it."""

    def __init__(
        self, *, targets: Mapping[str, Target], baselines: Path, records: Mapping[str, Observed]
    ) -> None:
        self.targets = targets
        self.records = records
        self._baselines = baselines
        self._accepted: dict[str, Observed | str] = {}

    def accepted(self, name: str) -> Observed | str:
        """What is accepted of a target, or why nothing is."""
        if name not in self._accepted:
            try:
                self._accepted[name] = accepted(self.targets[name], self._baselines)
            except HarnessError as error:
                self._accepted[name] = str(error)
        return self._accepted[name]

    def known(self) -> dict[str, list[Observed]]:
        """All of which anything is known, by family."""
        families: dict[str, list[Observed]] = {family: [] for family in FAMILIES}
        for target in self.targets.values():
            side = self.records.get(target.name)
            if side is None:
                found = self.accepted(target.name)
                side = found if isinstance(found, Observed) else None
            if side is not None:
                families[target.family].append(side)
        return {family: sides for family, sides in families.items() if sides}


def _strangers(results: Path, targets: Mapping[str, Target]) -> Iterator[str]:
    """Records of targets that there are not."""
    for path in sorted(results.glob("*/record.json")):
        if path.parent.name not in targets:
            yield f"{path}: there is no target {path.parent.name!r}"


def _read(target: Target, results: Path, baselines: Path, targets: Mapping[str, Target]) -> Read:
    path = results / target.name / "record.json"
    if not path.exists():
        return _unobserved(target, results / target.name / "verdicts.json")
    try:
        record, started = _load(path, target)
    except RecordError as error:
        return _unread(target, str(error))
    judged = judge_record(record, baselines / target.name, targets, Tolerances())
    return Read(
        name=target.name,
        report=_target_report(target, record, judged, started),
        observed=judged.observed,
        refused=judged.unread,
    )


def _load(path: Path, target: Target) -> tuple[Record, datetime.datetime]:
    """A record and when it began. Raises RecordError."""
    record = load_record(path)
    if record.target != target.name:
        raise RecordError(f"{path}: a record of {record.target!r}, not of {target.name!r}")
    return record, started_at(record)


def _unread(target: Target, why: str) -> Read:
    report = TargetReport(target=target, standing=Standing.INCONCLUSIVE, reason=why)
    return Read(name=target.name, report=report, refused=(why,))


def _unobserved(target: Target, path: Path) -> Read:
    """What the last check said of a target that it left without a record."""
    try:
        checked = msgspec.json.decode(path.read_bytes(), type=Checked)
    except FileNotFoundError:
        return Read(name=target.name)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        return _unread(target, f"{path}: not a whole check: {error}; run the target again")
    if checked.failure is None:
        return Read(name=target.name)
    report = TargetReport(
        target=target,
        standing=standing_of(checked.verdicts) if checked.verdicts else Standing.INCONCLUSIVE,
        observations=tuple(Observation(target=target.name, verdict=v) for v in checked.verdicts),
        seconds=checked.seconds,
        reason=checked.failure,
    )
    return Read(name=target.name, report=report)


def _not_run(target: Target) -> TargetReport:
    reason = f"there is no record of it; `nox -s {target.name}` makes one"
    return TargetReport(target=target, standing=Standing.NOT_RUN, reason=reason)


def _target_report(
    target: Target, record: Record, judged: Judged, started: datetime.datetime
) -> TargetReport:
    failure = record.failure
    return TargetReport(
        target=target,
        standing=standing_of(judged.verdicts) if judged.verdicts else Standing.INCONCLUSIVE,
        observations=tuple(_observations(record, judged)),
        environment=record.environment,
        keras=judged.observed.version("keras") if judged.observed else None,
        started=started,
        seconds=record.seconds.get("total"),
        reason=f"{failure.type}: {failure.message}" if failure else "",
    )


def _observations(record: Record, judged: Judged) -> Iterator[Observation]:
    raised = {
        (run.scenario, run.variant, observation.step): Error(type=error.type, message=error.message)
        for run in record.runs
        for observation in run.observations
        if (error := observation.error)
    }
    held = {(v.variant, v.step): v for v in judged.verdicts if v.scenario == ORACLE}
    steps = judged.observed.steps if judged.observed else {}
    for verdict in judged.verdicts:
        pair = verdict.scenario, verdict.variant
        step = steps.get(pair, {}).get(verdict.step)
        fixed = verdict.variant == VARIANT
        yield Observation(
            target=record.target,
            verdict=verdict,
            means={name: array.mean for name, array in step.arrays.items()} if step else {},
            error=raised.get((*pair, verdict.step)),
            oracle=held.get((verdict.scenario, verdict.step)) if fixed else None,
        )


def _comparisons(
    sides: _Sides, chosen: set[str]
) -> tuple[list[Comparison], list[tuple[str, str, str]]]:
    """What changes between neighbours of which one is chosen, and what could not be compared."""
    known, tolerances = load_known(), Tolerances()
    found, uncompared = [], []
    for before, after in neighbours(list(sides.targets.values())):
        if not chosen & {before, after}:
            continue
        old, new = sides.records.get(before), sides.records.get(after)
        source = "records"
        if old is None or new is None:
            source = "baselines"
            either = [sides.accepted(name) for name in (before, after)]
            if why := [side for side in either if isinstance(side, str)]:
                uncompared.append((before, after, "; ".join(why)))
                continue
            old, new = (side for side in either if isinstance(side, Observed))
        family = sides.targets[after].family
        found.append(
            Comparison(diff=diff(old, new, known, tolerances), family=family, source=source)
        )
    return found, uncompared


def _histories(families: Mapping[str, Sequence[Observed]]) -> Iterator[History]:
    """The histories of what changed at all; the rest has none to tell."""
    watches = {
        family: {each.name: each.internals for each in sides if each.internals}
        for family, sides in families.items()
    }
    every = [watch for family in watches.values() for watch in family.values()]
    for name, why in reasons(every).items():
        if defined_by_its_class(name, every):
            for family, its in watches.items():
                if found := tuple(stretches(name, its)):
                    yield History(name=name, why=why, family=family, stretches=found)


def _numbers(
    families: Mapping[str, Sequence[Observed]], reports: Sequence[TargetReport]
) -> Numbers:
    observed = [each for sides in families.values() for each in sides]
    measured = {
        report.name: [o.oracle.ulp for o in report.observations if o.oracle and o.oracle.ulp]
        for report in reports
    }
    distances = {}
    for each in observed:
        far = measured.get(each.name) or list(_distances(each))
        if far:
            distances[each.name] = max(far)
    return Numbers(
        curves=tuple(
            Curve(
                scenario=scenario,
                variant=variant,
                step=step,
                means={each.name: _mean(each, scenario, variant, step) for each in observed},
            )
            for scenario, variant, step in CURVES
        ),
        distances=distances,
        eras={family: tuple(eras(sides)) for family, sides in families.items()},
        bits=_bits(observed),
    )


def _mean(observed: Observed, scenario: str, variant: str, step: str) -> float | None:
    found = observed.steps.get((scenario, variant), {}).get(step)
    output = found.arrays.get("output") if found else None
    return output.mean if output else None


def _distances(observed: Observed) -> Iterator[float]:
    for (scenario, variant), steps in observed.steps.items():
        if variant == VARIANT:
            for step, found in steps.items():
                if held := hold(scenario, step, found):
                    yield held.distance.ulp


def _bits(observed: Sequence[Observed]) -> dict[str, dict[str, int]]:
    """For each step with fixed weights, which targets give the same bits."""
    seen: dict[str, dict[object, int]] = {}
    bits: dict[str, dict[str, int]] = {}
    for each in observed:
        for (scenario, variant), steps in each.steps.items():
            if variant == VARIANT:
                for step, found in steps.items():
                    where = f"{scenario} / {step}"
                    numbers = seen.setdefault(where, {})
                    row = bits.setdefault(where, {})
                    row[each.name] = (
                        -1 if found.error else numbers.setdefault(_values(found), len(numbers))
                    )
    return bits


def _values(found: Accepted) -> tuple[object, ...]:
    return tuple((name, array.values) for name, array in sorted(found.arrays.items()))
