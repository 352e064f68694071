"""All changes between two targets, in order of severity. Pure."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, replace

from harness.judging.causes import Cause, causes
from harness.judging.changes import Change, ChangeKind, merged
from harness.judging.compare import Step, change_of, compare
from harness.judging.criteria import Criteria
from harness.judging.internals import compare_internals, with_inherited
from harness.judging.known import AttributedChange, Knowledge, attribute, between
from harness.judging.oracle.matching import VARIANT
from harness.observing.internals import Described, is_watched
from harness.observing.numerics import Tolerances
from harness.observing.records import WATCH
from harness.observing.snapshots import Snapshot

KINDS = list(ChangeKind)
ABSENT = "absent"  # in place of the version of a distribution that is not installed


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The changes between two targets; `lost` are the parts that could not be compared, and why.

    A scenario or an internal that one side has never observed is lost, and no change. `left_out`
    is the number of changes that are not in `changes`, because they were not selected.
    """

    before: Snapshot
    after: Snapshot
    changes: tuple[AttributedChange, ...]
    lost: tuple[str, ...] = ()
    left_out: int = 0

    @property
    def findings(self) -> list[AttributedChange]:
        """The changes that are findings, without rounding, bodies and packages."""
        return [each for each in self.changes if each.change.finding]

    @functools.cached_property
    def causes(self) -> tuple[Cause, ...]:
        """The causes of the findings, the most harmful first."""
        return causes(self.changes, self.before, self.after)

    def count(self, knowledge: Knowledge) -> int:
        """The number of findings of which so much is known."""
        return sum(each.knowledge is knowledge for each in self.findings)


def diff(before: Snapshot, after: Snapshot, criteria: Criteria) -> Diff:
    """All changes from one target to another, the most severe first."""
    changes = [
        *_steps(before, after, criteria.tolerances),
        *_internals(before, after),
        *_packages(before, after),
    ]
    found = attribute(changes, between(before, after, criteria.known))
    found.sort(key=lambda each: (KINDS.index(each.change.kind), each.change.where))
    return Diff(
        before=before,
        after=after,
        changes=tuple(found),
        lost=(*_lost(before, after), *_lost(after, before)),
    )


def select(
    diff: Diff,
    *,
    knowledge: Knowledge | None = None,
    scenario: str | None = None,
    kind: ChangeKind | None = None,
) -> Diff:
    """The diff with only the findings of one class of knowledge, of one scenario, of one kind."""
    selected = tuple(
        each
        for each in diff.changes
        if (knowledge is None or (each.change.finding and each.knowledge is knowledge))
        and scenario in (None, each.change.scenario)
        and kind in (None, each.change.kind)
    )
    left_out = diff.left_out + len(diff.changes) - len(selected)
    return replace(diff, changes=selected, left_out=left_out)


def step_changes(before: Snapshot, after: Snapshot, criteria: Criteria) -> list[AttributedChange]:
    """The changes of the steps only, in the order of the scenarios."""
    changes = _steps(before, after, criteria.tolerances)
    return attribute(changes, between(before, after, criteria.known))


def _steps(before: Snapshot, after: Snapshot, tolerances: Tolerances) -> list[Change]:
    """The changes of all steps; equal changes in several variants are one change."""
    return merged(_changes_of_steps(before, after, tolerances))


def _changes_of_steps(
    before: Snapshot, after: Snapshot, tolerances: Tolerances
) -> Iterator[Change]:
    # the variant `fixed` first: only it is compared with the oracle; records have another order
    pairs = sorted({*before.steps, *after.steps}, key=lambda pair: (pair[1] != VARIANT, *pair))
    for pair in pairs:
        old_steps, new_steps = before.steps.get(pair, {}), after.steps.get(pair, {})
        if old_steps is new_steps:  # as those of most neighbours
            continue
        for name in dict.fromkeys([*old_steps, *new_steps]):
            if not (before.shows(pair, name) and after.shows(pair, name)):
                continue  # the step may exist, but was not observed
            step = Step(scenario=pair[0], variant=pair[1], name=name)
            old, new = old_steps.get(name), new_steps.get(name)
            if old is new:
                continue
            compared = compare(old, new, tolerances) if old and new else None
            change = change_of(step, before.steps, after.steps, compared, tolerances)
            if change is not None:
                yield change


def _internals(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """The changes of all internals; none if one side has observed no internals."""
    if before.internals and after.internals:
        old, new = (with_inherited(side.internals) for side in (before, after))
        for name in dict.fromkeys([*old, *new]):
            if before.shows(("", ""), name) and after.shows(("", ""), name):
                yield from compare_internals(
                    name, old.get(name, Described()), new.get(name, Described())
                )


def _lost(side: Snapshot, other: Snapshot) -> Iterator[str]:
    """The parts of a side that cannot be compared with `other`, each with the reason.

    They are its gaps, what it left out, and the scenarios and internals of `other` that it has
    never observed; of a scenario without some of its variants, the variants.
    """
    yield from (f"{side.name}: {gap}" for gap in side.gaps)
    for name in side.left_out:
        what = name if name == WATCH else f"scenario {name}"
        yield f"{side.name}: {what}: {side.absence}"
    scenarios = {scenario for scenario, _ in side.steps}
    absent = [
        pair
        for pair in other.steps
        if not (pair in side.steps or side.gaps_of(pair) or side.leaves_out(pair[0]))
    ]
    for name in dict.fromkeys(
        " / ".join(pair) if pair[0] in scenarios else pair[0] for pair in absent
    ):
        yield f"{side.name}: scenario {name}: {side.absence}"
    for name in other.internals:
        if side.internals and not is_watched(name, side.internals):
            yield f"{side.name}: internal {name}: {side.absence}"


def _packages(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for name in sorted(before.distributions.keys() | after.distributions.keys()):
        old, new = (side.distributions.get(name, ABSENT) for side in (before, after))
        if old != new:
            yield Change(kind=ChangeKind.PACKAGE, subject=name, before=old, after=new)
