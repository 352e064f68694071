"""Holds the accepted changes against everything that changes between neighbouring targets."""

import datetime
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.diff import Finding, diff
from harness.known import KnownChange, load_known
from harness.numerics import Tolerances
from harness.observed import Observed, accepted
from harness.targets import FAMILIES, Target, followed, load_targets


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A change between two neighbouring targets that no accepted change explains."""

    before: str
    after: str
    finding: Finding


@dataclass(frozen=True, kw_only=True)
class Audit:
    """What is out of step: changes that nothing explains, lines of accepted changes that explain
    nothing, and accepted changes at which somebody should look again.
    """

    findings: int  # how many changes there are
    unknown: tuple[Unknown, ...]
    idle: tuple[tuple[KnownChange, str], ...]
    expired: tuple[KnownChange, ...]

    @property
    def alarms(self) -> int:
        return len(self.unknown) + len(self.idle) + len(self.expired)


def audit(baselines: Path) -> Audit:
    """Audit the accepted changes over the baselines of all targets. Raises BaselineError."""
    targets = load_targets()
    observed = {target.name: accepted(target, baselines) for target in targets.values()}
    pairs = [(observed[a], observed[b]) for a, b in neighbours(list(targets.values()))]
    return hold(pairs, load_known(), datetime.datetime.now(datetime.UTC).date())


def hold(
    pairs: Sequence[tuple[Observed, Observed]],
    known: tuple[KnownChange, ...],
    today: datetime.date,
) -> Audit:
    """Hold accepted changes against what changes between the sides of each pair."""
    unknown = []
    lines = {(each.title, line): (each, line) for each in known for line in each.matches}
    findings = 0
    for before, after in pairs:
        for finding in diff(before, after, known, Tolerances()).findings:
            findings += finding.change.finding
            for each in finding.known:
                for line in each.matching(finding.change):
                    lines.pop((each.title, line), None)
            if finding.change.finding and not finding.known:
                unknown.append(Unknown(before=before.name, after=after.name, finding=finding))
    return Audit(
        findings=findings,
        unknown=tuple(unknown),
        idle=tuple(lines.values()),
        expired=tuple(each for each in known if each.expires < today),
    )


def neighbours(targets: Sequence[Target]) -> Iterator[tuple[str, str]]:
    """The pairs of targets of which one follows the other, in its family or from another one."""
    for family in FAMILIES:
        members = [target for target in targets if target.family == family]
        yield from ((before.name, t.name) for t in members if (before := followed(t, targets)))
        yield from itertools.pairwise(target.name for target in members)
