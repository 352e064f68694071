"""All changes between two targets, in order of severity. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass

from harness.judging.changes import Change, ChangeKind, merged
from harness.judging.compare import Step, change_of, compare
from harness.judging.criteria import Criteria
from harness.judging.internals import compare_internals
from harness.judging.known import AttributedChange, attribute
from harness.judging.oracle.matching import VARIANT
from harness.observing.internals import Described
from harness.observing.numerics import Tolerances
from harness.observing.snapshots import Snapshot

KINDS = list(ChangeKind)
ABSENT = "absent"  # in place of the version of a distribution that is not installed


@dataclass(frozen=True, kw_only=True)
class Diff:
    """The changes between two targets; `lost` are the parts that could not be compared, and why."""

    before: Snapshot
    after: Snapshot
    changes: tuple[AttributedChange, ...]
    lost: tuple[str, ...] = ()

    @property
    def findings(self) -> list[AttributedChange]:
        """The changes that are findings, without rounding, bodies and packages."""
        return [each for each in self.changes if each.change.finding]


def diff(before: Snapshot, after: Snapshot, criteria: Criteria) -> Diff:
    """All changes from one target to another, the most severe first."""
    changes = [
        *_steps(before, after, criteria.tolerances),
        *_internals(before, after),
        *_packages(before, after),
    ]
    found = attribute(changes, before, after, criteria.known)
    found.sort(key=lambda each: (KINDS.index(each.change.kind), each.change.where))
    return Diff(
        before=before,
        after=after,
        changes=tuple(found),
        lost=tuple(f"{side.name}: {gap}" for side in (before, after) for gap in side.gaps),
    )


def step_changes(before: Snapshot, after: Snapshot, criteria: Criteria) -> list[AttributedChange]:
    """The changes of the steps only, in the order of the scenarios."""
    changes = _steps(before, after, criteria.tolerances)
    return attribute(changes, before, after, criteria.known)


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
        for name in dict.fromkeys([*old_steps, *new_steps]):
            if not (before.shows(pair, name) and after.shows(pair, name)):
                continue  # the step may exist, but could not be observed
            step = Step(scenario=pair[0], variant=pair[1], name=name)
            old, new = old_steps.get(name), new_steps.get(name)
            compared = compare(old, new, tolerances) if old and new else None
            change = change_of(step, old, new, compared)
            if change is not None:
                yield change


def _internals(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    """The changes of all internals; none if one side has observed no internals."""
    if before.internals and after.internals:
        for name in dict.fromkeys([*before.internals, *after.internals]):
            sides = [side.internals.get(name, Described()) for side in (before, after)]
            yield from compare_internals(name, *sides)


def _packages(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    for name in sorted(before.distributions.keys() | after.distributions.keys()):
        old, new = (side.distributions.get(name, ABSENT) for side in (before, after))
        if old != new:
            yield Change(kind=ChangeKind.PACKAGE, subject=name, before=old, after=new)
