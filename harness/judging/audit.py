"""Compares the known changes with all changes between neighbouring targets."""

import datetime
import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.base.project import Project
from harness.environments.targets import FAMILIES, Target, followed
from harness.judging.criteria import Criteria
from harness.judging.diff import diff
from harness.judging.known import AttributedChange, Knowledge, KnownChange
from harness.observing.snapshots import Snapshot, from_baseline


@dataclass(frozen=True, kw_only=True)
class Unknown:
    """A change between two neighbouring targets that no known change explains."""

    before: str
    after: str
    attributed: AttributedChange


@dataclass(frozen=True, kw_only=True)
class Audit:
    """The result of an audit.

    `findings` is the number of findings by how much is known of them; `unknown` are those that no
    known change explains or covers; `entries` is the number of known changes that explain, the
    entries that a person has looked at; `idle` are lines of known changes that match nothing;
    `expired` are known changes whose review is due.
    """

    findings: Mapping[Knowledge, int]
    unknown: tuple[Unknown, ...]
    entries: int
    idle: tuple[tuple[KnownChange, str], ...]
    expired: tuple[KnownChange, ...]

    @property
    def alarms(self) -> int:
        return len(self.unknown) + len(self.idle) + len(self.expired)


def audit(project: Project, targets: Mapping[str, Target], criteria: Criteria) -> Audit:
    """Audit the known changes over the baselines of all targets. Raises BaselineError."""
    observed = {target.name: from_baseline(target, project) for target in targets.values()}
    pairs = [(observed[a], observed[b]) for a, b in neighbours(list(targets.values()))]
    return audit_pairs(pairs, criteria, datetime.datetime.now(datetime.UTC).date())


def audit_pairs(
    pairs: Sequence[tuple[Snapshot, Snapshot]], criteria: Criteria, today: datetime.date
) -> Audit:
    """Compare the known changes with the changes between the two targets of each pair."""
    unknown = []
    lines = {(each.title, line): (each, line) for each in criteria.known for line in each.matches}
    findings = Counter(dict.fromkeys(Knowledge, 0))
    for before, after in pairs:
        for attributed in diff(before, after, criteria).changes:
            if attributed.change.finding:
                findings[attributed.knowledge] += 1
            for each in attributed.known:
                for line in each.matching(attributed.change):
                    lines.pop((each.title, line), None)
            if attributed.unknown:
                unknown.append(Unknown(before=before.name, after=after.name, attributed=attributed))
    return Audit(
        findings=findings,
        unknown=tuple(unknown),
        entries=sum(not each.general for each in criteria.known),
        idle=tuple(lines.values()),
        expired=tuple(each for each in criteria.known if each.expires < today),
    )


def neighbours(targets: Sequence[Target]) -> Iterator[tuple[str, str]]:
    """The pairs (predecessor, target), inside a family and from one family to another."""
    for family in FAMILIES:
        members = [target for target in targets if target.family == family]
        yield from ((before.name, t.name) for t in members if (before := followed(t, targets)))
        yield from itertools.pairwise(target.name for target in members)
