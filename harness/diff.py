"""What differs between two targets, ordered by what hurts. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from harness.changes import Change, ChangeKind, Outcome
from harness.compare import Judged, brief, judge
from harness.internals import Described, compare_internals
from harness.known import KnownChange
from harness.numerics import NumericClass, Tolerances
from harness.observed import Observed
from harness.records import Accepted, headline
from harness.truth import VARIANT, hold

KINDS = list(ChangeKind)
MEAN, UNREPRODUCIBLE = "mean ", "not reproducible"  # a step that gives values, in a few words
OUTCOMES = {
    Outcome.NEWLY_RAISES: ChangeKind.NEWLY_RAISES,
    Outcome.FIXED: ChangeKind.WORKS,
    Outcome.ERROR_CHANGED: ChangeKind.ERROR,
    Outcome.EQUAL: ChangeKind.ROUNDING,
}


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A change, and the accepted changes that it is one of."""

    change: Change
    known: tuple[KnownChange, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Diff:
    """All that differs between two targets, and what could not be compared, and why."""

    before: Observed
    after: Observed
    findings: tuple[Finding, ...]
    lost: tuple[str, ...] = ()

    @property
    def regressed(self) -> bool:
        return any(finding.change.finding for finding in self.findings)


def diff(
    before: Observed, after: Observed, known: tuple[KnownChange, ...], tolerances: Tolerances
) -> Diff:
    """All changes from one target to another, what hurts most first."""
    findings = [
        *step_findings(before, after, known, tolerances),
        *_explained(_internals(before, after), before, after, known),
        *_explained(_packages(before, after), before, after, known),
    ]
    findings.sort(key=lambda each: (KINDS.index(each.change.kind), each.change.where))
    return Diff(
        before=before,
        after=after,
        findings=tuple(findings),
        lost=tuple(f"{side.name}: {why}" for side in (before, after) for why in side.lost),
    )


def step_findings(
    before: Observed, after: Observed, known: tuple[KnownChange, ...], tolerances: Tolerances
) -> list[Finding]:
    """The changes of what the scenarios do, in their order."""
    return _explained(_steps(before, after, tolerances), before, after, known)


def _explained(
    changes: Iterable[Change], before: Observed, after: Observed, known: tuple[KnownChange, ...]
) -> list[Finding]:
    between = [found for each in known if (found := each.between(before, after))]
    return [
        Finding(change=change, known=tuple(each for each in between if each.matching(change)))
        for change in changes
    ]


def _steps(before: Observed, after: Observed, tolerances: Tolerances) -> Iterator[Change]:
    """The changes of all steps; one that a step shows in several variants is one change."""
    merged: dict[Change, Change] = {}
    # fixed weights first: they tell most, and a record has another order than a baseline
    pairs = sorted({*before.steps, *after.steps}, key=lambda pair: (pair[1] != VARIANT, *pair))
    for pair in pairs:
        old, new = before.steps.get(pair), after.steps.get(pair)
        missing = old is None or new is None
        if missing and any(
            w.startswith(f"{' / '.join(pair)}: ") for w in (*before.lost, *after.lost)
        ):
            continue  # not that it is gone: it could not be observed
        for step in dict.fromkeys([*(old or {}), *(new or {})]):
            change = _step(*pair, step, (old or {}).get(step), (new or {}).get(step), tolerances)
            if change is not None:
                key = _told_alike(change)
                known = merged.get(key, change)
                variants = tuple(dict.fromkeys([*known.variants, *change.variants]))
                merged[key] = replace(known, variants=variants)
    yield from merged.values()


def _told_alike(change: Change) -> Change:
    """What the changes of a step in several variants have in common if they are one.

    Means differ between variants, since each has weights of its own; whether there is one does not.
    """
    sides = []
    for told in (change.before, change.after):
        seeding = change.kind is ChangeKind.SEEDING and told == UNREPRODUCIBLE
        given = told.startswith(MEAN) or told == UNREPRODUCIBLE
        sides.append("values" if given and not seeding else told)
    # the dtypes and shapes that differ stand in the reason alone
    reason = change.reason if change.kind is ChangeKind.LAYOUT else ""
    return replace(change, variants=(), reason=reason, before=sides[0], after=sides[1])


def _step(
    scenario: str,
    variant: str,
    step: str,
    old: Accepted | None,
    new: Accepted | None,
    tolerances: Tolerances,
) -> Change | None:
    """In what a step of one scenario and variant differs, or None."""
    change = Change(
        kind=ChangeKind.STEP,
        subject=step,
        before=_told(old),
        after=_told(new),
        scenario=scenario,
        variants=(variant,),
    )
    if old is None or new is None:
        return change
    judged = judge(old, new, tolerances)
    if judged.outcome in OUTCOMES:
        return replace(change, kind=OUTCOMES[judged.outcome], reason=judged.reason)
    if judged.outcome is Outcome.CHANGED:
        kind = ChangeKind.LAYOUT if judged.numeric else ChangeKind.SEEDING
        return replace(change, kind=kind, reason=judged.reason)
    if judged.outcome is Outcome.DRIFT:
        return _drift(change, old, new, judged)
    return None


def _drift(change: Change, old: Accepted, new: Accepted, judged: Judged) -> Change:
    """Other values: of another meaning, from another draw, or neither."""
    kind = ChangeKind.VALUES
    if judged.numeric is NumericClass.NOT_FINITE:
        kind = ChangeKind.NOT_FINITE
    elif change.variants != (VARIANT,):
        reason = f"the same seeds draw other numbers: {judged.reason}"
        return replace(change, kind=ChangeKind.SEEDING, reason=reason)
    held = [hold(change.scenario, change.subject, side) for side in (old, new)]
    reason = judged.reason
    if held[0] and held[1]:
        apart = f"{held[0].distance} before, {held[1].distance} after"
        if held[0].differs(held[1]):
            return replace(
                change,
                kind=ChangeKind.SEMANTICS,
                before=held[0].meaning,
                after=held[1].meaning,
                reason=f"{change.after} instead of {change.before}; from the oracle {apart}",
            )
        reason += f"; from the oracle ({held[0].meaning}) {apart}"
    return replace(change, kind=kind, reason=reason)


def _internals(before: Observed, after: Observed) -> Iterator[Change]:
    """The changes of what both sides watch; a side that could not watch has nothing to say."""
    if before.internals and after.internals:
        for name in dict.fromkeys([*before.internals, *after.internals]):
            sides = [side.internals.get(name, Described()) for side in (before, after)]
            yield from compare_internals(name, *sides)


def _packages(before: Observed, after: Observed) -> Iterator[Change]:
    for name in sorted(before.distributions.keys() | after.distributions.keys()):
        old, new = (side.distributions.get(name, "absent") for side in (before, after))
        if old != new:
            yield Change(kind=ChangeKind.PACKAGE, subject=name, before=old, after=new)


def _told(accepted: Accepted | None) -> str:
    """A step in a few words."""
    if accepted is None:
        return "not observed"
    if accepted.error:
        return brief(accepted)
    if not accepted.reproducible:
        return UNREPRODUCIBLE
    mean = headline(accepted)
    return "no values" if mean is None else f"{MEAN}{mean:.9g}"
