"""Proposes targets for the releases of the package index, each with its lock."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.base.errors import HarnessError, MissingInterpreterError
from harness.base.packages import PACKAGES
from harness.environments.index import (
    Minor,
    first_day,
    newest_by_minor,
    require_index,
    resolution_error,
)
from harness.environments.interpreters import find_interpreter
from harness.environments.locks import make_lock
from harness.environments.targets import Target

# the packages that differ from one target of a family to the next; the TensorFlow of the family
# keras stays the same
MOVING = {
    "tensorflow": ("tensorflow",),
    "legacy": ("tensorflow", "tf-keras"),
    "keras": ("keras",),
    "fresh": ("tensorflow",),
}
PYTHONS = 3  # newer minors of CPython to try if a new target has no wheel for an older one
DAY = datetime.timedelta(days=1)

Released = Mapping[str, Mapping[Minor, Version]]


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A target for new releases: `like` with newer requirements, or a new target after `like`.

    Its Python and its day are still those of `like`.
    """

    target: Target
    like: Target

    @property
    def new(self) -> bool:
        return self.target.name != self.like.name


@dataclass(frozen=True, kw_only=True)
class Proposal(Candidate):
    """A candidate with its own Python, day and lock; a fresh one has no day, and `lock` is None."""

    lock: str | None


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A target that is not proposed, and why.

    `waits` is true if a later update can propose it unchanged: its release is too new, or its
    Python is not installed.
    """

    target: Target
    why: str
    waits: bool = False


def released(targets: Sequence[Target]) -> Released:
    """The newest release of each minor of the packages that targets are made of.

    Raises UnusableEnvironmentError if the index cannot be reached.
    """
    found = {}
    for package in PACKAGES:
        used = [(version, t.python) for t in targets if (version := pinned_to(t, package))]
        if used:
            require_index(package, *max(used))
            found[package] = newest_by_minor(package, *min(used))
    return found


def candidates(targets: Sequence[Target], releases: Released) -> Iterator[Candidate]:
    """Candidates: each target with a newer patch release, and a target for each newer minor.

    A newer minor is one after the newest target of a family, with the same major version.
    """
    for family, packages in MOVING.items():
        members = [
            (target, (version.major, version.minor))
            for target in targets
            if target.family == family and (version := pinned_to(target, packages[0]))
        ]
        for like, minor in members:
            yield from _candidate(like, packages, minor, releases)
        for like, newest in members[-1:]:
            for minor in releases[packages[0]]:
                if minor > newest and minor[0] == newest[0]:
                    yield from _candidate(like, packages, minor, releases)


def majors(targets: Sequence[Target], releases: Released) -> Iterator[str]:
    """The newest release of each package whose major version is newer than that of all targets."""
    for package, minors in releases.items():
        used = max(version for target in targets if (version := pinned_to(target, package)))
        newest = max(minors.values(), default=used)
        if newest.major > used.major:
            yield f"{package} {newest}"


def settle(candidate: Candidate, today: datetime.date) -> Proposal | LeftOut:
    """The candidate with its Python, its day and its lock, or the reason why it has none.

    The Python is that of `like` or, for a new target without a wheel for that Python, the next
    newer one that is installed. The day is the day after the upload of the youngest requirement,
    but not before the day of `like`.
    """
    tried = list(_on_pythons(candidate))
    reasons: list[HarnessError] = []
    for target in tried:
        uploaded = _uploaded(target, today)
        if uploaded is not None:
            try:
                return _proposal(target, candidate.like, uploaded + DAY)
            except HarnessError as error:
                reasons.append(error)
    refused = [resolution_error(target, today) for target in tried]
    if not reasons and not all(refused):
        why = "was uploaded less than two days ago; it is left for the next update"
        return LeftOut(target=candidate.target, why=why, waits=True)
    pythons = ", ".join(target.python for target in tried)
    why = f"cannot be made on CPython {pythons}: {next(iter([*reasons, *refused]))}"
    missing = [isinstance(each, MissingInterpreterError) for each in reasons]
    return LeftOut(target=candidate.target, why=why, waits=bool(missing) and all(missing))


def pinned_to(target: Target, package: str) -> Version | None:
    """The release of a package that a target requires by `==`; None if there is none."""
    for requirement in map(Requirement, target.requirements):
        for each in requirement.specifier:
            exact = each.operator == "==" and not each.version.endswith("*")
            if exact and canonicalize_name(requirement.name) == package:
                return Version(each.version)
    return None


def _candidate(
    like: Target, packages: Sequence[str], minor: Minor, releases: Released
) -> Iterator[Candidate]:
    """`like` with the newest release of each of `packages` in a minor.

    Yields no candidate if a package has no release in the minor, or none of them is newer.
    """
    newer = {}
    name = like.name
    for package in packages:
        old, new = pinned_to(like, package), releases.get(package, {}).get(minor)
        if old is None or new is None:
            return
        if new > old:  # `new` is older if the required release was withdrawn
            newer[package] = f"{package}=={new}"
        if package == packages[0]:
            name = name.replace(f"{old.major}.{old.minor}", f"{minor[0]}.{minor[1]}", 1)
    if newer:
        requirements = tuple(newer.get(_package(text), text) for text in like.requirements)
        target = replace(like, name=name, requirements=requirements)
        if name != like.name:  # `follows` and `pins` are decisions about `like` alone
            target = replace(target, follows=None, pins=())
        yield Candidate(target=target, like=like)


def _package(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def _on_pythons(candidate: Candidate) -> Iterator[Target]:
    """The candidate on each Python that it may have, the preferred one first."""
    major, minor = candidate.like.python.split(".")
    for ahead in range(PYTHONS + 1 if candidate.new else 1):
        yield replace(candidate.target, python=f"{major}.{int(minor) + ahead}")


def _uploaded(target: Target, today: datetime.date) -> datetime.date | None:
    """The day of the upload of a target's last requirement; None if less than two days ago.

    The lock is made as of the next day, which has to be over before the lock is final.
    """
    last = today - 2 * DAY
    first = target.as_of - DAY if target.as_of else last
    return first_day(lambda day: not resolution_error(target, day), first, last)


def _proposal(target: Target, like: Target, day: datetime.date) -> Proposal:
    """The target as of a day, with its lock. Raises UnusableEnvironmentError or UsageError."""
    if not target.locked:
        find_interpreter(target.python)
        return Proposal(target=target, like=like, lock=None)
    target = replace(target, as_of=day)
    return Proposal(target=target, like=like, lock=make_lock(target))
