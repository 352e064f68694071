"""Candidates between two targets, in order: the builds of one package, or the days of the index.

Releases are in the order of their versions, nightlies in that of their days. Each candidate has the
other packages of the target whose place it takes.
"""

import datetime
import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import msgspec
from packaging.version import Version

from harness.base.errors import UsageError
from harness.base.project import Project
from harness.environments.builds import builds
from harness.environments.candidates import RELEASES, TF_NIGHTLY, by_name, prepared, with_version
from harness.environments.locks import pinned, read_lock, resolve
from harness.environments.targets import UNLOCKED, Target


class Axis(enum.StrEnum):
    """What the candidates between two targets differ in."""

    TENSORFLOW = "tensorflow"
    KERAS = "keras"
    TF_KERAS = "tf-keras"
    NUMPY = "numpy"
    CALENDAR = "calendar"  # the day as of which the index is read


NIGHTLY = {release: nightly for nightly, release in RELEASES.items()}


@dataclass(frozen=True, kw_only=True)
class Ends:
    """The two targets between which candidates lie, and the targets of the project."""

    first: Target
    last: Target
    targets: Mapping[str, Target]
    project: Project

    def version(self, target: Target, axis: Axis) -> Version:
        """The version of the axis's package in a target. Raises UsageError if it has none."""
        locks = prepared(target, self.project).locks
        lock = read_lock(target, locks) if target.locked else resolve(target)
        has = pinned(lock)
        version = has.get(axis) or has.get(NIGHTLY.get(axis, ""))
        if version is None:
            raise UsageError(f"{target.name} has no {axis}; name another axis with --by")
        return Version(version)


def axis_of(first: Target, last: Target) -> Axis:
    """The axis along which two targets differ: Keras alone, or TensorFlow."""
    old, new = (by_name(each) for each in (first, last))
    if "tensorflow" in old and old.get("tensorflow") == new.get("tensorflow"):
        return Axis.TF_KERAS if "tf-keras" in old else Axis.KERAS
    return Axis.TENSORFLOW


def candidates(axis: Axis, ends: Ends, *, nightlies: bool) -> list[Target]:
    """The ends and all candidates between them, in order; `nightlies` are builds of each day.

    Raises UsageError if the ends are not in order, UnusableEnvironmentError without an index.
    """
    if axis is Axis.CALENDAR:
        return list(_days(ends))
    first, last = (ends.version(each, axis) for each in (ends.first, ends.last))
    if first >= last:
        raise UsageError(
            f"{ends.first.name} has {axis} {first}, and {ends.last.name} has {last}: the first "
            "must be the older one"
        )
    if axis is Axis.TENSORFLOW:
        along = dict(_tensorflow(ends, first, last))
        along |= {last: ends.last} if ends.last.locked else {}
    else:
        along = dict(_package(axis, ends))
    along.setdefault(last, ends.last)  # the index may have it no more
    kept = _nightlies(along, first, last) if nightlies else _releases(along, first, last)
    return [ends.first, *(along[each] for each in (*kept, last))]


def _releases(along: Iterable[Version], first: Version, last: Version) -> list[Version]:
    """The releases between two versions; to a nightly, the nightlies since the last release."""
    between = sorted(each for each in along if first < each < last)
    releases = [each for each in between if not each.is_devrelease]
    since = max([first, *releases])
    return [*releases, *(each for each in between if each > since and last.is_devrelease)]


def _nightlies(along: Iterable[Version], first: Version, last: Version) -> list[Version]:
    """The nightlies between two versions, by day, then the releases that come close to the last.

    The number of a nightly does not tell whether it is older than a release: a release leaves the
    line of the nightlies some time before it is published. So nightlies of the minor release of
    the first version, and of the one after the last version, belong to the candidates too.
    """
    beyond = (last.major, last.minor + 1)
    nightlies = [
        each
        for each in along
        if each.is_devrelease
        and (each > first if first.is_devrelease else each.release[:2] >= first.release[:2])
        and (each < last if last.is_devrelease else each.release[:2] <= beyond)
    ]
    nightlies.sort(key=lambda each: each.dev or 0)
    releases = [each for each in _releases(along, first, last) if not each.is_devrelease]
    return [*nightlies, *(each for each in releases if each.release[:2] == last.release[:2])]


def _tensorflow(ends: Ends, first: Version, last: Version) -> Iterator[tuple[Version, Target]]:
    """The builds of TensorFlow, each on the Python of the target of its minor release."""
    family = ends.first.family if ends.first.family not in UNLOCKED else "tensorflow"
    for target in ends.targets.values():
        if target.family == family and "tensorflow" in by_name(target):
            has = ends.version(target, Axis.TENSORFLOW)
            if not first.release[:2] <= has.release[:2] <= last.release[:2]:
                continue
            yield has, target
            for version in builds("tensorflow", target.python):
                if version.release[:2] == has.release[:2] and version != has:
                    name = f"tensorflow-{version}"
                    yield version, with_version(target, "tensorflow", version, name, has)
    nightly = next((e for e in ends.targets.values() if e.family == "nightly"), None)
    if nightly is not None:
        for version in builds(TF_NIGHTLY, nightly.python):
            yield version, with_version(nightly, TF_NIGHTLY, version, f"{TF_NIGHTLY}-{version}")


def _package(axis: Axis, ends: Ends) -> Iterator[tuple[Version, Target]]:
    """The builds of a package, in the environment of the first end: nothing else differs."""
    days = [each.as_of for each in (ends.first, ends.last)]
    newest = max(filter(None, days)) if all(days) else None
    base = msgspec.structs.replace(ends.first, as_of=newest)
    named = {frozenset(by_name(each).items()): each for each in ends.targets.values()}
    for package in (axis, NIGHTLY.get(axis)):
        for version in builds(package, base.python) if package else ():
            name = f"{package}-{version}-in-{base.name}"
            made = with_version(base, str(package), version, name)
            yield version, named.get(frozenset(by_name(made).items()), made)


def _days(ends: Ends) -> Iterator[Target]:
    """Each day from that of the first end to that of the last, with the names of its packages."""
    today = datetime.datetime.now(datetime.UTC).date()
    first, last = (each.as_of or today for each in (ends.first, ends.last))
    if first >= last:
        raise UsageError(
            f"{ends.first.name} is as of {first}, and {ends.last.name} as of {last}: the first "
            "must be the older one"
        )
    names = tuple(by_name(ends.first))
    for number in range(first.toordinal(), last.toordinal() + 1):
        day = datetime.date.fromordinal(number)
        yield msgspec.structs.replace(
            ends.first,
            name=f"{'-'.join(names)}-{ends.first.python}-as-of-{day}",
            requirements=names,
            as_of=day,
            follows=None,
        )
