"""Regressions: findings grouped by their probable cause. Pure."""

import datetime
import enum
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from harness.base.loading import refuse_odd_moments
from harness.judging.causes import severity
from harness.judging.changes import Change, ChangeKind


class Origin(enum.StrEnum):
    """The cause of a regression: a new package release, or the ground under the packages."""

    NEWS = "news"  # the behaviour changed together with packages
    GROUND = "ground"  # the packages are not the cause: the machine is, or chance


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A fact, such as a package version, that differs between the good and the bad build."""

    name: str
    good: str
    bad: str


@dataclass(frozen=True, kw_only=True)
class Window:
    """The last good and the first bad build of a target, and the facts that differ between them.

    `good` and `bad` are the moments at which the builds began to run. `good` is None if no earlier
    night is known to be good; with `from_baseline` the good build is then that of the baseline.
    `sources` are internals whose code differs, the first places to look at. `moved` is true if the
    machine is the cause although packages differ as well: a target with unchanged packages shows
    the same finding.
    """

    target: str
    good: datetime.datetime | None
    bad: datetime.datetime
    from_baseline: bool = False
    packages: tuple[Difference, ...] = ()
    machine: tuple[Difference, ...] = ()
    sources: tuple[Difference, ...] = ()
    moved: bool = False

    def __post_init__(self) -> None:
        refuse_odd_moments(self.good, self.bad)

    @property
    def origin(self) -> Origin:
        return Origin.NEWS if self.packages and not self.moved else Origin.GROUND


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A change from the baseline on one target, and the window in which it began."""

    change: Change
    window: Window

    @property
    def target(self) -> str:
        return self.window.target

    @property
    def fingerprint(self) -> str:
        return fingerprint_of(self.change)


@dataclass(frozen=True, kw_only=True)
class Regression:
    """Sightings that probably have one cause, the most harmful first.

    `fingerprint` comes from the findings of the first night of the regression, and does not change
    when later nights add or lose findings.
    """

    fingerprint: str
    origin: Origin
    sightings: Annotated[tuple[Sighting, ...], msgspec.Meta(min_length=1)]

    @property
    def targets(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(each.target for each in self.sightings))

    @property
    def findings(self) -> dict[str, list[Sighting]]:
        """The sightings of each finding, by its fingerprint."""
        found: dict[str, list[Sighting]] = {}
        for each in self.sightings:
            found.setdefault(each.fingerprint, []).append(each)
        return found

    @property
    def windows(self) -> tuple[Window, ...]:
        """The window of each target: the one of its worst finding."""
        found: dict[str, Window] = {}
        for each in self.sightings:
            found.setdefault(each.target, each.window)
        return tuple(found.values())

    @property
    def welcome(self) -> bool:
        """Whether every change is that a step works which failed before."""
        return all(each.change.kind is ChangeKind.WORKS for each in self.sightings)


def fingerprint_of(change: Change) -> str:
    """The fingerprint of a finding: a hash of its kind and place, the same on all targets."""
    return _digest(f"{change.kind}: {change.where}")


def content_digest(sightings: Iterable[Sighting]) -> str:
    """A hash of the observations of a finding, to detect that a later night observes others.

    Only three digits of a mean count, since another processor may round the other digits
    differently.
    """
    texts = {f"{each.change.variants}: {_observation(each.change)}" for each in sightings}
    return _digest("\n".join(sorted(texts)))[:8]


def next_fingerprint(fingerprint: str) -> str:
    """The fingerprint to use if `fingerprint` is taken; the same input gives the same result."""
    return _digest(fingerprint)


def group(sightings: Iterable[Sighting]) -> list[Regression]:
    """Group sightings into regressions, the connected components of the relation `_related`.

    All sightings of origin GROUND are one regression. Sightings of origin NEWS are related if they
    are the same finding on two targets, or began in the same window of one target.
    """
    groups: list[list[Sighting]] = []
    for sighting in sightings:
        related = [found for found in groups if any(_related(sighting, each) for each in found)]
        groups = [found for found in groups if found not in related]
        groups.append([*(each for found in related for each in found), sighting])
    return [regression(found) for found in groups]


def regression(sightings: Sequence[Sighting], fingerprint: str = "") -> Regression:
    """The regression of these sightings; without a `fingerprint` it gets a new one."""
    origin = sightings[0].window.origin
    names = sorted({each.fingerprint for each in sightings})
    return Regression(
        fingerprint=fingerprint or _digest("\n".join([origin, *names])),
        origin=origin,
        sightings=tuple(sorted(sightings, key=_severity)),
    )


def _related(one: Sighting, other: Sighting) -> bool:
    if one.window.origin is not other.window.origin:
        return False
    return (
        one.window.origin is Origin.GROUND
        or one.fingerprint == other.fingerprint
        or one.window == other.window
    )


def _severity(sighting: Sighting) -> tuple[tuple[int, int, int, str], str]:
    return severity(sighting.change), sighting.target


def _observation(change: Change) -> str:
    return change.after if change.after_mean is None else f"mean {change.after_mean:.3g}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
