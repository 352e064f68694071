"""Judges a record, for the pytest suite, the nightly check and the report alike. Pure.

Policies, each checked by a test in tests/unit/judging/test_judge*.py:

- If a run ended early, the steps that every run reached are judged normally; each step that a run
  did not reach is inconclusive, with the outcome of that run.
- A scenario that was run once shows no noise: its steps are inconclusive (`crashed`), unless the
  record says that this run equals the baseline, which has runs of another day.
- A step that raised and works now is `fixed`. That counts as a difference (exit code 1), because
  the baseline is no longer true.
- A difference that known changes explain completely is a `known change`: noticed, not regressed. A
  known change only explains differences between two releases of its package; therefore it explains
  nothing on a target with a lock, whose baseline was made with the same releases.
- A step or internal without a baseline is inconclusive (`no baseline`), and no change.
- What was not to be run is left out, step by step as far as its baseline tells, and no difference.
- If the baseline of a scenario cannot be read, each step that every run reached is `no baseline`;
  if the scenario was not run either, one verdict for the scenario is `no baseline`.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from harness.base.sharing import once
from harness.judging.changes import merged
from harness.judging.compare import Compared, Step, change_of, compare
from harness.judging.criteria import Criteria
from harness.judging.internals import compare_internals
from harness.judging.known import AttributedChange, KnownChange, attribute, between
from harness.judging.oracle.matching import VARIANT, oracle_verdicts
from harness.judging.published import VARIANT as PUBLISHED
from harness.judging.verdicts import Axis, Outcome, Verdict
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.observing.records import TIME_OUT, WATCH, Record
from harness.observing.results import Result
from harness.observing.snapshots import Baseline, Gap, Pair, Snapshot, from_record

REPRODUCED = "reproduced: equals the baseline of another day"  # by the only run
MISSING = "in the baseline, but not observed"
NO_BASELINE = "nothing is accepted for this step"
NOT_RUN = "it was not to be run"
BETWEEN, BEFORE = "(between two steps)", "(before its first step)"  # places where a run ended


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The verdicts on a record, and its snapshot.

    `observed` is None if TensorFlow was not observed at all; `failure` is then the reason.
    """

    baseline: Baseline
    verdicts: tuple[Verdict, ...]
    observed: Snapshot | None = None
    failure: str = ""

    @property
    def changes(self) -> list[AttributedChange]:
        """The differences from the baseline; equal differences in several variants are one."""
        every = [each for verdict in self.verdicts for each in verdict.changes]
        known = {
            (each.change.kind, each.change.where, variant): each.known
            for each in every
            for variant in each.change.variants or ("",)
        }
        # the variant `fixed` first: its text, with the oracle, represents all variants
        changes = sorted((each.change for each in every), key=lambda c: c.variants != (VARIANT,))
        found = []
        for change in merged(changes):
            sides = [
                known[change.kind, change.where, variant] for variant in change.variants or ("",)
            ]
            # unknown in one variant is unknown
            its = tuple(dict.fromkeys(itertools.chain(*sides))) if all(sides) else ()
            found.append(AttributedChange(change=change, known=its))
        return found


def judge(record: Record, baseline: Baseline, criteria: Criteria) -> Judgement:
    """Compare a record with the baseline of its target, the oracle, and the published figures.

    Missing and unreadable baselines raise no error: see `no baseline` in the policies above.
    """
    if record.failure or record.environment is None:
        failure = record.failure
        late = failure is not None and failure.type == TIME_OUT
        reason = f"{failure.type}: {failure.message}" if failure else "no environment in the record"
        outcome = Outcome.TIMED_OUT if late else Outcome.CRASHED
        lost = tuple(unobserved(baseline, outcome, reason))
        return Judgement(baseline=baseline, verdicts=lost, failure=reason)
    observed = from_record(record, criteria.tolerances)
    verdicts = [
        *_drift(baseline.accepted, observed, criteria.tolerances),
        *_unread(baseline, observed),
        *_watch(baseline.accepted, observed),
        *_oracle(observed),
        *_published(observed, criteria),
        *_left_out(baseline, observed, criteria),
    ]
    known = between(baseline.accepted, observed, criteria.known)
    explained = tuple([_explained(each, known) if each.changes else each for each in verdicts])
    return Judgement(baseline=baseline, verdicts=explained, observed=observed)


def unobserved(baseline: Baseline, outcome: Outcome, reason: str) -> Iterator[Verdict]:
    """A verdict on each accepted step and internal of a target that could not be observed."""
    line = next(iter(reason.splitlines()), "")
    for (scenario, variant), step in baseline.places:
        yield Verdict(
            axis=Axis.DRIFT if scenario else Axis.WATCH,
            scenario=scenario,
            variant=variant,
            step=step,
            outcome=outcome,
            reason=line,
        )


def _drift(before: Snapshot, after: Snapshot, tolerances: Tolerances) -> Iterator[Verdict]:
    for pair in dict.fromkeys([*after.steps, *before.steps]):
        if after.leaves_out(pair[0]):
            continue
        old, new = before.steps.get(pair, {}), after.steps.get(pair, {})
        lost = dict(_lost(pair, before, after))
        for name in dict.fromkeys([*new, *old, *lost]):
            step = Step(scenario=pair[0], variant=pair[1], name=name)
            if name in lost:
                yield _verdict(step.scenario, step.variant, name, lost[name])
            else:
                yield _step(step, old.get(name), new.get(name), before, after, tolerances)


def _unread(baseline: Baseline, after: Snapshot) -> Iterator[Verdict]:
    """Verdicts on the scenarios whose baselines cannot be read, and which were not observed.

    An observed scenario has verdicts on its steps instead.
    """
    for pair, reason in baseline.unread_scenarios:
        if not (after.steps.get(pair) or after.gaps_of(pair) or after.leaves_out(pair[0])):
            yield Verdict(
                axis=Axis.DRIFT,
                scenario=pair[0],
                variant=pair[1],
                outcome=Outcome.NO_BASELINE,
                reason=reason,
            )


def _step(
    step: Step,
    old: Result | None,
    new: Result | None,
    before: Snapshot,
    after: Snapshot,
    tolerances: Tolerances,
) -> Verdict:
    """The verdict on a step that could be observed, with its findings."""
    if old is None:
        return _verdict(step.scenario, step.variant, step.name, _NEW, None, new)
    one_run = (step.scenario, step.variant) in after.reproduced
    compared, verdict = _held_against(
        step.scenario, step.variant, step.name, old, new, one_run, tolerances
    )
    both = None if new is None else compared
    change = change_of(step, before.steps, after.steps, both, tolerances)
    if change is None or not change.finding:
        return verdict
    return replace(verdict, changes=(AttributedChange(change=change),))


@once
def _held_against(
    scenario: str,
    variant: str,
    step: str,
    old: Result,
    new: Result | None,
    one_run: bool,
    tolerances: Tolerances,
) -> tuple[Compared, Verdict]:
    compared = _GONE if new is None else compare(old, new, tolerances)
    return compared, _verdict(scenario, variant, step, compared, old, new, one_run)


_NEW = Compared(outcome=Outcome.NO_BASELINE, reason=NO_BASELINE)
_GONE = Compared(outcome=Outcome.MISSING, reason=MISSING)


def _verdict(
    scenario: str,
    variant: str,
    step: str,
    compared: Compared,
    old: Result | None = None,
    new: Result | None = None,
    one_run: bool = False,
) -> Verdict:
    reproduced = one_run and compared.outcome is Outcome.IDENTICAL
    noise = new.most_noise if old and new and not one_run else None
    return Verdict(
        axis=Axis.DRIFT,
        scenario=scenario,
        variant=variant,
        step=step,
        outcome=compared.outcome,
        reason=REPRODUCED if reproduced else compared.reason,
        mean=new.mean if new else None,
        baseline=old.mean if old else None,
        noise=noise,
        difference=compared.distance.absolute if compared.distance else None,
        ulp=compared.distance.ulp if compared.distance else None,
        numeric=compared.numeric,
    )


def _lost(pair: Pair, before: Snapshot, after: Snapshot) -> Iterator[tuple[str, Compared]]:
    """The steps of a scenario and variant that not every run observed, with outcome and reason.

    For each gap, which has the steps that its run missed:

    | step                                          | reason                       |
    |-----------------------------------------------|------------------------------|
    | missed by the run, but reached by another run | not reached: the run's end   |
    | accepted, and reached by no run               | not reached: a run's end     |
    | in which the run ended                        | the run's end                |
    | any step of a scenario with too few runs      | run once                     |
    """
    gaps = after.gaps_of(pair)
    # `begun`: steps that at least one run reached, so that only the runs that missed them count
    reached, begun = after.steps.get(pair, {}), {step for gap in gaps for step in gap.missed}
    for gap in gaps:
        for step in dict.fromkeys([*before.steps.get(pair, {}), *gap.missed]):
            if step not in reached and (step in gap.missed or step not in begun):
                reason = f"not reached: {_short(gap)}" if gap.end else gap.reason
                yield step, _compared(gap, reason)
    for gap in gaps:  # later, to replace the less specific "not reached" of another run
        if gap.end:
            at = BEFORE if gap.at is None else gap.at or BETWEEN
            yield at, _compared(gap, gap.reason)


def _compared(gap: Gap, reason: str) -> Compared:
    # there is no outcome for a scenario with too few runs; `crashed` is inconclusive as well
    outcomes = {"timed out": Outcome.TIMED_OUT, "broken": Outcome.BROKEN}
    return Compared(outcome=outcomes.get(gap.end or "", Outcome.CRASHED), reason=reason)


def _short(gap: Gap) -> str:
    """The first line of the reason of a gap, with the step in which the run ended."""
    first = next(iter(gap.reason.splitlines()), "")
    return f"{first} (in {gap.at!r})" if gap.at else first


def _watch(before: Snapshot, after: Snapshot) -> Iterator[Verdict]:
    """A verdict on each internal, or a single `crashed` if the internals could not be observed.

    | internal                             | outcome                                    |
    |--------------------------------------|--------------------------------------------|
    | not in the baseline                  | no baseline                                |
    | no longer watched                    | missing, or known change if explained      |
    | with findings                        | changed, or known change if all explained  |
    | with another source only             | body changed                               |
    | without a change                     | identical                                  |
    """
    if after.leaves_out(""):
        return
    gaps = after.gaps_of(("", ""))
    if gaps:
        yield Verdict(axis=Axis.WATCH, outcome=Outcome.CRASHED, reason=gaps[0].reason)
        return
    for name in dict.fromkeys([*after.internals, *before.internals]):
        old, new = before.internals.get(name), after.internals.get(name)
        if old is None:
            yield _watched(name, Outcome.NO_BASELINE, "nothing is accepted for this internal")
            continue
        changes = list(compare_internals(name, old, new or Described()))
        findings = [change for change in changes if change.finding]
        outcome, reason = Outcome.IDENTICAL, "; ".join(map(str, changes))
        if new is None:
            outcome, reason = Outcome.MISSING, "in the baseline, but no longer watched"
        elif findings:
            outcome = Outcome.CHANGED
        elif changes:
            outcome = Outcome.BODY_CHANGED
        elif not new.inspectable:
            reason = str(new.kind)
        verdict = _watched(name, outcome, reason)
        found = tuple([AttributedChange(change=each) for each in findings])
        yield replace(verdict, changes=found) if found else verdict


@once
def _watched(name: str, outcome: Outcome, reason: str) -> Verdict:
    return Verdict(axis=Axis.WATCH, step=name, outcome=outcome, reason=reason)


def _explained(verdict: Verdict, known: Sequence[KnownChange]) -> Verdict:
    """A verdict with findings and what explains them; `known change` if all are explained."""
    changes = tuple(attribute([each.change for each in verdict.changes], known))
    verdict = replace(verdict, changes=changes)
    if any(each.unknown for each in changes):
        return verdict
    titles = dict.fromkeys(known.title for each in changes for known in each.known)
    reason = f"{'; '.join(titles)}: {verdict.outcome}: {verdict.reason}"
    return replace(verdict, outcome=Outcome.KNOWN_CHANGE, reason=reason)


def _oracle(observed: Snapshot) -> Iterator[Verdict]:
    for (scenario, variant), steps in observed.steps.items():
        if variant == VARIANT:
            yield from oracle_verdicts(scenario, steps)


def _published(observed: Snapshot, criteria: Criteria) -> Iterator[Verdict]:
    """Verdicts on the published figures, without figures whose steps may be lost in a gap.

    Such a step already has an inconclusive verdict of its own.
    """
    for figure in criteria.figures.of(observed.name):
        pair = figure.scenario, PUBLISHED
        steps = observed.steps.get(pair, {})
        lost = observed.gaps_of(pair) or observed.leaves_out(figure.scenario)
        if figure.step in steps or not lost:
            yield figure.verdict(steps)


def _left_out(baseline: Baseline, observed: Snapshot, criteria: Criteria) -> Iterator[Verdict]:
    """Verdicts on what was not to be run.

    They are on the accepted steps and internals, on the axes on which a run of them has verdicts,
    and on the published figures. A scenario of which no step is known has one verdict.
    """
    places = [
        *baseline.places,
        *((pair, "") for pair, _ in baseline.unread_scenarios),
    ]
    known = {scenario or WATCH for (scenario, _), _ in places}
    places += [
        (("" if name == WATCH else name, ""), "") for name in observed.left_out if name not in known
    ]
    for (scenario, variant), step in places:
        if observed.leaves_out(scenario):
            yield _not_run(Axis.DRIFT if scenario else Axis.WATCH, scenario, variant, step)
            if variant == VARIANT:
                yield _not_run(Axis.ORACLE, scenario, variant, step)
    for figure in criteria.figures.of(observed.name):
        if observed.leaves_out(figure.scenario):
            yield _not_run(Axis.PUBLISHED, figure.scenario, PUBLISHED, figure.step)


def _not_run(axis: Axis, scenario: str, variant: str, step: str) -> Verdict:
    return Verdict(
        axis=axis,
        scenario=scenario,
        variant=variant,
        step=step,
        outcome=Outcome.LEFT_OUT,
        reason=NOT_RUN,
    )
