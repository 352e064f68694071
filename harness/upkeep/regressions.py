"""Regressions: what differs from what is accepted, since when, and what else differs. Pure."""

import datetime
import enum
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from harness.judging.changes import Change, ChangeKind

KINDS = list(ChangeKind)


class Origin(enum.StrEnum):
    """What a regression tells of: that upstream changed something, or that the ground moved."""

    NEWS = "news"  # other packages, other behaviour
    GROUND = "ground"  # other behaviour, whatever the packages: the machine, or chance


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A fact that is another one in the bad build than in the good one, such as a package."""

    name: str
    good: str
    bad: str


@dataclass(frozen=True, kw_only=True)
class Window:
    """When a target came to differ: the last good build, the first bad one, and what differs.

    `good` and `bad` are the moments at which they began to run. `good` is None where no earlier
    night is known to be good; the packages that the baseline was made with then stand in for the
    good build, if `from_baseline` says so. `sources` are internals whose code differs: where to
    look first. `moved` says that the machine did it, though packages differ as well: the same came
    to a target that has the same packages.
    """

    target: str
    good: datetime.datetime | None
    bad: datetime.datetime
    from_baseline: bool = False
    packages: tuple[Difference, ...] = ()
    machine: tuple[Difference, ...] = ()
    sources: tuple[Difference, ...] = ()
    moved: bool = False

    @property
    def origin(self) -> Origin:
        return Origin.NEWS if self.packages and not self.moved else Origin.GROUND


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A change from what is accepted, on one target, and since when it is there."""

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
    """Sightings that have one cause, as far as one can tell; what hurts most stands first.

    `fingerprint` is that of the findings with which it was first seen; it stays as they vary.
    """

    fingerprint: str
    origin: Origin
    sightings: tuple[Sighting, ...]

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
        """Whether all that differs is that something works which did not."""
        return all(each.change.kind is ChangeKind.WORKS for each in self.sightings)


def fingerprint_of(change: Change) -> str:
    """What a finding is found again by: its kind and where it is, on whatever target."""
    return _digest(f"{change.kind}: {change.where}")


def shown_by(sightings: Iterable[Sighting]) -> str:
    """What a finding shows, in short, to see whether it shows something else in another night.

    Of a mean three digits count, since another processor may round the rest otherwise.
    """
    told = {f"{each.change.variants}: {_in_short(each.change)}" for each in sightings}
    return _digest("\n".join(sorted(told)))[:8]


def another(fingerprint: str) -> str:
    """What stands in for a fingerprint that is taken, the same every time."""
    return _digest(fingerprint)


def group(sightings: Iterable[Sighting]) -> list[Regression]:
    """The regressions that sightings amount to.

    On one target whatever came in the same window is one regression; so are findings of several
    targets that have one in common. Whatever the ground did is one.
    """
    groups: list[list[Sighting]] = []
    for sighting in sightings:
        related = [found for found in groups if any(_related(sighting, each) for each in found)]
        groups = [found for found in groups if found not in related]
        groups.append([*(each for found in related for each in found), sighting])
    return [regression(found) for found in groups]


def regression(sightings: Sequence[Sighting], fingerprint: str = "") -> Regression:
    """One regression of sightings; a new fingerprint, if none is given."""
    origin = sightings[0].window.origin
    names = sorted({each.fingerprint for each in sightings})
    return Regression(
        fingerprint=fingerprint or _digest("\n".join([origin, *names])),
        origin=origin,
        sightings=tuple(sorted(sightings, key=_hurt)),
    )


def _related(one: Sighting, other: Sighting) -> bool:
    if one.window.origin is not other.window.origin:
        return False
    return (
        one.window.origin is Origin.GROUND
        or one.fingerprint == other.fingerprint
        or one.window == other.window
    )


def _hurt(sighting: Sighting) -> tuple[int, str, str]:
    return KINDS.index(sighting.change.kind), sighting.change.where, sighting.target


def _in_short(change: Change) -> str:
    return change.after if change.after_mean is None else f"mean {change.after_mean:.3g}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
