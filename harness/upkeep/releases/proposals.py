"""Which targets the releases of the package index ask for, and the lock that each would have."""

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from harness.base.errors import HarnessError, MissingInterpreterError
from harness.base.packages import PACKAGES
from harness.environments.index import Minor, assure, first_day, newest_by_minor, refusal
from harness.environments.interpreters import find_interpreter
from harness.environments.locks import make_lock
from harness.environments.targets import Target

# the packages that differ from one target of a family to the next; Keras keeps its TensorFlow
MOVING = {
    "tensorflow": ("tensorflow",),
    "legacy": ("tensorflow", "tf-keras"),
    "keras": ("keras",),
    "fresh": ("tensorflow",),
}
PYTHONS = 3  # newer minors of CPython that a new target may have to go to, for a wheel
DAY = datetime.timedelta(days=1)

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
    """A candidate with a Python and a day of its own; a fresh one has no day and no `lock`."""

    lock: str | None


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """A target that is not proposed, and why.

    One that `waits` has nothing wrong with it: it has to grow older, or its Python is not here.
    """

    target: Target
    why: str
    waits: bool = False


def released(targets: Sequence[Target]) -> Released:
    """The newest release of each minor of the packages that targets are made of.

    Raises UnusableEnvironmentError if the index cannot be asked.
    """
    found = {}
    for package in PACKAGES:
        used = [(version, t.python) for t in targets if (version := pinned_to(t, package))]
        if used:
            assure(package, *max(used))
            found[package] = newest_by_minor(package, *min(used))
    return found


def candidates(targets: Sequence[Target], releases: Released) -> Iterator[Candidate]:
    """A candidate for each target of which there is a newer patch, and for each minor that came
    after the newest target of a family.
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
    """The newest release of each package that has come to a major version which no target has."""
    for package, minors in releases.items():
        used = max(version for target in targets if (version := pinned_to(target, package)))
        newest = max(minors.values(), default=used)
        if newest.major > used.major:
            yield f"{package} {newest}"


def settle(candidate: Candidate, today: datetime.date) -> Proposal | LeftOut:
    """The candidate with its Python, its day and its lock, or why it has none.

    Its Python is that of the target that it is like or, if it is new and has no wheel for that, the
    next one that is installed. Its day is the one after the youngest of its requirements was
    uploaded, but not before that of the target that it is like.
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
    refused = [refusal(target, today) for target in tried]
    if not reasons and not all(refused):
        why = "was uploaded less than two days ago; it is left for the next time"
        return LeftOut(target=candidate.target, why=why, waits=True)
    pythons = ", ".join(target.python for target in tried)
    why = f"cannot be made on CPython {pythons}: {next(iter([*reasons, *refused]))}"
    missing = [isinstance(each, MissingInterpreterError) for each in reasons]
    return LeftOut(target=candidate.target, why=why, waits=bool(missing) and all(missing))


def pinned_to(target: Target, package: str) -> Version | None:
    """The release of a package that a target asks for by `==`."""
    for requirement in map(Requirement, target.requirements):
        for each in requirement.specifier:
            exact = each.operator == "==" and not each.version.endswith("*")
            if exact and canonicalize_name(requirement.name) == package:
                return Version(each.version)
    return None


def _candidate(
    like: Target, packages: Sequence[str], minor: Minor, releases: Released
) -> Iterator[Candidate]:
    """`like` with the newest release of each of `packages` in a minor, if all have one there and
    any of them is newer.
    """
    newer = {}
    name = like.name
    for package in packages:
        old, new = pinned_to(like, package), releases.get(package, {}).get(minor)
        if old is None or new is None:
            return
        if new > old:  # older, if the one that is asked for was withdrawn
            newer[package] = f"{package}=={new}"
        if package == packages[0]:
            name = name.replace(f"{old.major}.{old.minor}", f"{minor[0]}.{minor[1]}", 1)
    if newer:
        requirements = tuple(newer.get(_package(text), text) for text in like.requirements)
        target = replace(like, name=name, requirements=requirements)
        if name != like.name:  # what came first, and what is held by hand, was so for that one
            target = replace(target, follows=None, pins=())
        yield Candidate(target=target, like=like)


def _package(requirement: str) -> str:
    return canonicalize_name(Requirement(requirement).name)


def _on_pythons(candidate: Candidate) -> Iterator[Target]:
    """The candidate on the Python that it may have, the one to prefer first."""
    major, minor = candidate.like.python.split(".")
    for ahead in range(PYTHONS + 1 if candidate.new else 1):
        yield replace(candidate.target, python=f"{major}.{int(minor) + ahead}")


def _uploaded(target: Target, today: datetime.date) -> datetime.date | None:
    """The day on which the last of what a target needs was uploaded; None if that was not at least
    two days ago, since the day after it has to be over for its lock to be final.
    """
    last = today - 2 * DAY
    first = target.as_of - DAY if target.as_of else last
    return first_day(lambda day: not refusal(target, day), first, last)


def _proposal(target: Target, like: Target, day: datetime.date) -> Proposal:
    """A target as of a day, with its lock. Raises UnusableEnvironmentError or UsageError."""
    if not target.locked:
        find_interpreter(target.python)
        return Proposal(target=target, like=like, lock=None)
    target = replace(target, as_of=day)
    return Proposal(target=target, like=like, lock=make_lock(target))
