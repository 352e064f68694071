"""Which targets the releases of the package index ask for, and the lock that each would have."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.version import Version

from harness.environments import find_interpreter, make_lock
from harness.errors import HarnessError, MissingInterpreterError
from harness.releases import Minor, assure, first_day, newest_by_minor, refusal
from harness.targets import Target

# the packages that differ from one target of a family to the next; Keras keeps its TensorFlow
MOVING = {
    "tensorflow": ("tensorflow",),
    "legacy": ("tensorflow", "tf-keras"),
    "keras": ("keras",),
    "fresh": ("tensorflow",),
}
PYTHONS = 3  # how many newer minors are tried where a release has no wheel for that of the target
DAY = datetime.timedelta(days=1)
SETTLED = 2 * DAY  # so old is a release when the day after its upload is over, in UTC

Released = Mapping[str, Mapping[Minor, Version]]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A target as releases ask for it: `like` with newer requirements, or one to come after it.

    Its Python and its day are still those of `like`.
    """

    target: Target
    like: Target

    @property
    def new(self) -> bool:
        return self.target.name != self.like.name


@dataclass(frozen=True, kw_only=True)
class Proposal(Candidate):
    """A target that can be made; `lock` is the text of its lock, if it has one."""

    lock: str | None


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A target that is not proposed, and why; one that `waits` only has to grow older."""

    target: Target
    why: str
    waits: bool = False


def released(targets: Sequence[Target]) -> Released:
    """The newest release of each minor of the packages that targets are made of.

    Raises UnusableEnvironmentError if the index cannot be asked.
    """
    found = {}
    for package in sorted({package for packages in MOVING.values() for package in packages}):
        made_of = [
            (version, target.python) for target in targets if (version := pinned(target, package))
        ]
        if made_of:
            assure(package, *max(made_of))
            found[package] = newest_by_minor(package, *min(made_of))
    return found


def candidates(targets: Sequence[Target], releases: Released) -> Iterator[Candidate]:
    """A candidate for each newer patch of a target, and for each minor after a family's newest."""
    for family, packages in MOVING.items():
        members = [target for target in targets if target.family == family]
        for like in members:
            moved = _moved(like, packages, _minor(like, packages[0]), releases)
            if moved and moved.requirements != like.requirements:
                yield Candidate(target=moved, like=like)
        for like in members[-1:]:
            newest = _minor(like, packages[0])
            for minor in releases[packages[0]]:
                moved = _moved(like, packages, minor, releases)
                if moved and minor > newest and minor[0] == newest[0]:
                    yield Candidate(target=moved, like=like)


def majors(targets: Sequence[Target], releases: Released) -> Iterator[str]:
    """The newest release of each package that has come to a major version which no target has."""
    for package, minors in releases.items():
        newest = max(version for target in targets if (version := pinned(target, package)))
        if max(minors)[0] > newest.major:
            yield f"{package} {minors[max(minors)]}"


def settle(candidate: Candidate, today: datetime.date) -> Proposal | LeftOut:
    """The candidate with its Python, its day and its lock, or why it has none.

    Its Python is that of the target that it is like or, if it is new and has no wheel for that, the
    next one that is installed and has. Its day is the one after the youngest of its requirements
    was uploaded, and not before that of the target that it is like.
    """
    reasons = []
    for python in _pythons(candidate):
        target = replace(candidate.target, python=python)
        try:
            day = _uploaded(target, today)
            if day is not None:
                find_interpreter(python)
                if not target.locked:
                    return Proposal(target=target, like=candidate.like, lock=None)
                target = replace(target, as_of=day + DAY)
                return Proposal(target=target, like=candidate.like, lock=make_lock(target))
        except MissingInterpreterError as error:
            reasons.append(str(error))
            continue
        ...
