"""Gathers a report: the results of runs, and the comparisons of neighbouring targets."""

import datetime
from collections.abc import Iterator, Mapping, Sequence

from harness.base.errors import HarnessError
from harness.base.project import RESOURCES, Project
from harness.base.sharing import once
from harness.base.words import listed
from harness.environments.targets import FAMILIES, Target, select
from harness.judging.audit import neighbours
from harness.judging.criteria import Criteria
from harness.judging.diff import diff
from harness.judging.history import defined_by_its_class, reasons, stretches
from harness.judging.oracle.matching import VARIANT
from harness.judging.upgrade import load_needs
from harness.judging.verdicts import Axis, Verdict
from harness.observing.records import Error, started_at
from harness.observing.results import Result
from harness.observing.snapshots import Snapshot, from_baseline
from harness.report.behaviours import behaviours, releases
from harness.report.legible import legible
from harness.report.model import (
    Comparison,
    History,
    Report,
    ReportedVerdict,
    TargetReport,
    Trend,
)
from harness.report.plotted import plotted_numbers
from harness.running.results import TargetResult, read_result

NEEDS = RESOURCES / "needs.toml"
NAMED = 8  # scenarios that a run left out


def gather(
    project: Project,
    targets: Mapping[str, Target],
    criteria: Criteria,
    names: Sequence[str],
    now: datetime.datetime,
) -> Report:
    """The report on the targets (or families) `names`, or on all targets that were run.

    Raises UsageError for a name that is not a target or a family.
    """
    chosen = select(targets, names) if names else list(targets.values())
    results = [read_result(target, project, criteria, now) for target in chosen]
    shown = [each for each in results if each.ran or names]
    unknown = [] if names else list(_records_without_target(project, targets))
    return report_on(shown, project, targets, criteria, now, refused=unknown)


def report_on(
    results: Sequence[TargetResult],
    project: Project,
    targets: Mapping[str, Target],
    criteria: Criteria,
    now: datetime.datetime,
    *,
    refused: Sequence[str] = (),
    trend: Trend | None = None,
) -> Report:
    """The report on results that are already read and judged; a night adds its trend."""
    reports = [_target_report(each) for each in results]
    sides = _Sides(project, targets, results)
    comparisons, uncompared = _comparisons(sides, {each.target.name for each in results}, criteria)
    everything = sides.by_family()
    damaged = [why for each in results for why in each.damaged]
    found = Report(
        made=now,
        targets=tuple(reports),
        comparisons=tuple(comparisons),
        uncompared=tuple(uncompared),
        expired=tuple(each for each in criteria.known if each.expires < now.date()),
        histories=tuple(_histories(everything)),
        numbers=plotted_numbers(everything, reports, criteria.tolerances),
        behaviours=tuple(behaviours(everything, comparisons, load_needs(NEEDS))),
        trend=trend,
        releases=releases(everything),
        refused=(*refused, *damaged),
    )
    return legible(found)


class _Sides:
    """The side of each target in a comparison: its record, or else its baseline.

    A record of a part of a target is no side.
    """

    def __init__(
        self, project: Project, targets: Mapping[str, Target], results: Sequence[TargetResult]
    ) -> None:
        self.targets = targets
        self.records = {
            each.target.name: each.judgement.observed
            for each in results
            if each.judgement and each.judgement.observed and not each.left_out
        }
        self._project = project
        self._accepted: dict[str, Snapshot | str] = {}

    def accepted(self, name: str) -> Snapshot | str:
        """The baseline of a target, or the reason why it cannot be read."""
        if name not in self._accepted:
            try:
                self._accepted[name] = from_baseline(self.targets[name], self._project)
            except HarnessError as error:
                self._accepted[name] = str(error)
        return self._accepted[name]

    def by_family(self) -> dict[str, list[Snapshot]]:
        """The records, or else the baselines, of the targets that have one, by family."""
        families: dict[str, list[Snapshot]] = {family: [] for family in FAMILIES}
        for target in self.targets.values():
            side: Snapshot | str | None = self.records.get(target.name)
            if side is None:
                side = self.accepted(target.name)
            if isinstance(side, Snapshot):
                families[target.family].append(side)
        return {family: sides for family, sides in families.items() if sides}


def _records_without_target(project: Project, targets: Mapping[str, Target]) -> Iterator[str]:
    """A message for each record in the results whose target does not exist."""
    for path in sorted(project.results.glob("*/record.json")):
        if path.parent.name not in targets:
            yield f"{path}: there is no target {path.parent.name!r}"


def _target_report(result: TargetResult) -> TargetReport:
    target, record, judgement = result.target, result.record, result.judgement
    observed = judgement.observed if judgement else None
    seconds = record.seconds.get("total") if record else None
    return TargetReport(
        target=target,
        standing=result.standing,
        observations=tuple(_reported(result)),
        environment=record.environment if record else None,
        keras=observed.version("keras") if observed else None,
        started=started_at(record) if record else None,
        seconds=result.checked.seconds if seconds is None and result.checked else seconds,
        reason=_reason(result),
        partial=bool(result.left_out),
    )


def _reason(result: TargetResult) -> str:
    """Why a target, or a part of it, could not be checked; empty if all of it was."""
    command = f"`state-harness run {result.target.name}`"
    if not result.ran:
        return f"there is no record of it; {command} makes one"
    if result.left_out and not result.failure:
        return f"its last run left out {listed(result.left_out, NAMED)}; {command} runs all"
    return result.failure


def _reported(result: TargetResult) -> Iterator[ReportedVerdict]:
    """Each verdict with the means, the error, and the oracle's verdict on the same step."""
    raised = {
        (run.scenario, run.variant, observation.step): error
        for run in (result.record.runs if result.record else ())
        for observation in run.observations
        if (error := observation.error)
    }
    oracle = {(v.scenario, v.step): v for v in result.verdicts if v.axis is Axis.ORACLE}
    observed = result.judgement.observed if result.judgement else None
    steps = observed.steps if observed else {}
    for verdict in result.verdicts:
        if verdict.axis is not Axis.DRIFT:
            yield _reported_verdict(verdict, None, None, None, "")
            continue
        pair = verdict.scenario, verdict.variant
        error = raised.get((*pair, verdict.step))
        yield _reported_verdict(
            verdict,
            steps.get(pair, {}).get(verdict.step),
            oracle.get((verdict.scenario, verdict.step)) if verdict.variant == VARIANT else None,
            error.type if error else None,
            error.message if error else "",
        )


@once
def _reported_verdict(
    verdict: Verdict,
    step: Result | None,
    oracle: Verdict | None,
    error: str | None,
    message: str,
) -> ReportedVerdict:
    return ReportedVerdict(
        verdict=verdict,
        means={name: array.mean for name, array in step.arrays.items()} if step else {},
        error=None if error is None else Error(type=error, message=message),
        oracle=oracle,
    )


def _comparisons(
    sides: _Sides, chosen: set[str], criteria: Criteria
) -> tuple[list[Comparison], list[tuple[str, str, str]]]:
    """The comparisons of neighbours with a chosen target, and the pairs that cannot be compared.

    Uses records if both neighbours have one, else baselines: a record and a baseline are not mixed.
    """
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
            old, new = (side for side in either if isinstance(side, Snapshot))
        target = sides.targets[after]
        found.append(
            Comparison(
                diff=diff(old, new, criteria),
                family=target.family,
                source=source,
                as_of=target.as_of,
            )
        )
    return found, uncompared


def _histories(families: Mapping[str, Sequence[Snapshot]]) -> Iterator[History]:
    """The history of each internal that its class itself defines on some target."""
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
