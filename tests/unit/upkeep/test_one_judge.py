"""A check, a night and a report agree on the same record: there is one judge."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.known import Knowledge
from harness.judging.oracle.meanings import IGNORED
from harness.judging.verdicts import Axis, Outcome, Standing, Verdict, standing_of
from harness.observing.records import Record, Run
from harness.report.gather import gather
from harness.upkeep.conclude import conclude
from harness.upkeep.tracker.folder import FolderTracker
from tests.support.makers import LATER as LATER_STATE
from tests.support.makers import gives, raises, run, taken_as, twice
from tests.support.nights import BAD, FRESH, GOOD, KERAS, LOCKED, NOW, Place, recorded
from tests.support.places import TARGETS
from tests.support.suite import judge

LATER = gives(5.0, step="later")
KERAS_2 = {**KERAS, "keras": "2.15.0"}
KNOWN = "reset_states takes no values any more"  # with Keras 3.0
ONES = "reset to ones"  # the step that shows the known change
WORKED = twice(gives(1.0, step=ONES), scenario="reset")
RAISED = twice(raises("no", step=ONES), scenario="reset")


MEANS = LATER_STATE
FALSE = twice(taken_as(MEANS, IGNORED, off=1e-3), scenario="initial_state")


def crashing(*reached: Run) -> list[Run]:
    """A run that completes both steps, and a run that crashes in the second."""
    [first] = reached
    seen = replace(first, observations=first.observations[:1])
    return [
        first,
        replace(seen, number=2, end="crashed", unfinished_step="later", detail="SIGSEGV"),
    ]


def observing(
    runs: Sequence[Run], *, target: str = FRESH, distributions: dict[str, str] = KERAS
) -> Record:
    return replace(recorded(target=target, distributions=distributions), runs=tuple(runs))


@dataclass(frozen=True, kw_only=True)
class Case:
    """A baseline, a record, and the judgement that check, night and report have to give.

    `outcomes` are those of the steps, `sightings` the kinds and places of the unexplained changes.
    """

    accepted: Record
    record: Record
    outcomes: dict[str, Outcome]
    standing: Standing
    code: int
    sightings: list[tuple[ChangeKind, str]] = field(default_factory=list)
    known: tuple[str, ...] = ()
    covered: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    wrong: int = 0  # steps that disagree with the oracle

    @property
    def target(self) -> str:
        return self.record.target


CASES = {
    "nothing": Case(
        accepted=observing(twice(GOOD)),
        record=observing(twice(GOOD)),
        outcomes={"step": Outcome.IDENTICAL},
        standing=Standing.UNCHANGED,
        code=0,
    ),
    "a planted change": Case(
        accepted=observing(twice(GOOD)),
        record=observing(twice(BAD)),
        outcomes={"step": Outcome.DRIFT},
        standing=Standing.REGRESSED,
        code=1,
        sightings=[(ChangeKind.VALUES, "stateful / step")],
    ),
    "a crashed run": Case(
        accepted=observing(twice(GOOD, LATER)),
        record=observing(crashing(run(GOOD, LATER))),
        outcomes={"step": Outcome.IDENTICAL, "later": Outcome.CRASHED},
        standing=Standing.INCONCLUSIVE,
        code=3,
        lost=("stateful / fixed: run 2 crashed: SIGSEGV",),
    ),
    "a crashed run after a planted change": Case(
        accepted=observing(twice(GOOD, LATER)),
        record=observing(crashing(run(BAD, LATER))),
        outcomes={"step": Outcome.DRIFT, "later": Outcome.CRASHED},
        standing=Standing.REGRESSED,
        code=1,
        sightings=[(ChangeKind.VALUES, "stateful / step")],
        lost=("stateful / fixed: run 2 crashed: SIGSEGV",),
    ),
    "a fixed step": Case(
        accepted=observing(twice(raises("no"))),
        record=observing(twice(GOOD)),
        outcomes={"step": Outcome.FIXED},
        standing=Standing.FIXED,
        code=1,
        sightings=[(ChangeKind.WORKS, "stateful / step")],
    ),
    "a step that the baseline accepts and the oracle does not": Case(
        accepted=observing(FALSE),
        record=observing(FALSE),
        outcomes={MEANS: Outcome.IDENTICAL},
        standing=Standing.REGRESSED,
        code=1,
        wrong=1,
    ),
    "a known change on an unlocked target": Case(
        accepted=observing(WORKED, distributions=KERAS_2),
        record=observing(RAISED),
        outcomes={ONES: Outcome.KNOWN_CHANGE},
        standing=Standing.NOTICED,
        code=0,
        known=(KNOWN,),
    ),
    "the same with the same packages": Case(
        accepted=observing(WORKED),
        record=observing(RAISED),
        outcomes={ONES: Outcome.NEWLY_RAISES},
        standing=Standing.REGRESSED,
        code=1,
        sightings=[(ChangeKind.NEWLY_RAISES, f"reset / {ONES}")],
    ),
    "the same on a locked target": Case(
        accepted=observing(WORKED, target=LOCKED, distributions=KERAS_2),
        record=observing(RAISED, target=LOCKED, distributions=KERAS_2),
        outcomes={ONES: Outcome.NEWLY_RAISES},
        standing=Standing.REGRESSED,
        code=1,
        sightings=[(ChangeKind.NEWLY_RAISES, f"reset / {ONES}")],
    ),
}


def in_order(verdicts: Sequence[Verdict]) -> list[Verdict]:
    return sorted(verdicts, key=lambda v: (v.axis, v.scenario, v.variant, v.step))


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_check_a_night_and_a_report_agree(case: Case, tmp_path: Path) -> None:
    place = Place(root=tmp_path)
    place.accept(case.accepted)
    place.store(case.record)

    checked = judge(case.record, place.baselines / case.target, writable=False)
    drift = {v.step: v.outcome for v in checked.verdicts if v.axis is Axis.DRIFT}
    standing = standing_of(v.outcome for v in checked.verdicts)
    assert (drift, standing, checked.code) == (case.outcomes, case.standing, case.code)

    night = place.see(case.target)
    conclusion = conclude(night, TARGETS, FolderTracker(tmp_path / "issues"), place.results)
    [seen] = night.seen
    assert (seen.standing, conclusion.exit_code) == (case.standing, case.code)
    assert [(s.change.kind, s.change.where) for s in seen.sightings] == case.sightings
    assert (seen.known, seen.covered) == (case.known, case.covered)
    assert seen.findings.get(Knowledge.UNKNOWN, 0) == len(case.sightings)
    assert (seen.lost, seen.failure) == (case.lost, "")
    assert len(seen.wrong) == case.wrong
    attributed = [each for v in checked.verdicts for each in v.changes]
    assert [s.change for s in seen.sightings] == [a.change for a in attributed if a.unknown]

    report = gather(place.project, TARGETS, place.criteria, [case.target], NOW)
    [target] = report.targets
    assert (target.standing, report.exit_code) == (case.standing, case.code)
    reported = [each.verdict for each in target.observations]
    assert in_order(reported) == in_order(checked.verdicts)
