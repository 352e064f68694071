"""Chooses where a script is tried: targets, families, ranges of targets, and other releases.

A release that is no target, such as `tensorflow==2.12.0`, is a candidate: the target of its minor
release with that requirement, with a lock of its own that is kept beside the environments. A build
of `tf-nightly` is one too.
"""

import datetime
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.locks import digest, lock_path, make_lock, pinned, read_lock
from harness.environments.targets import UNLOCKED, Target, named, select

DIGITS = 12  # of a digest in the name of a candidate
CANDIDATES = ".candidates"  # of the directory of the environments: the locks of candidates
NAME = re.compile(  # of a candidate
    r"\A(tensorflow|keras|tf-keras|tf-nightly)-(\d+(?:\.\d+)+\w*(?:\.dev\d+)?)\Z"
)
WITHIN = re.compile(r"\A([a-z-]+)-(\d[\w.]*)-in-(\S+)\Z")  # such as keras-3.12.0-in-keras-3.11
DAY = re.compile(r"(\d{4})(\d{2})(\d{2})")  # of a nightly, in the number of its build
TF_NIGHTLY, KERAS_NIGHTLY, TF_KERAS_NIGHTLY = "tf-nightly", "keras-nightly", "tf-keras-nightly"
RELEASES = {TF_NIGHTLY: "tensorflow", KERAS_NIGHTLY: "keras", TF_KERAS_NIGHTLY: "tf-keras"}


@dataclass(frozen=True, kw_only=True)
class _Candidate:
    """A candidate, and the target of its minor release, which may have an older release."""

    target: Target
    of: str
    version: Version
    newer: bool


def choose(targets: Mapping[str, Target], names: Iterable[str], locks: Path) -> list[Target]:
    """The targets that `names` select, in the order of the file; candidates beside theirs.

    A name is that of a target or family, a range `A..B` of one family, a release such as `2.9`, a
    requirement such as `tensorflow==2.12.0`, or the name of its candidate, `tensorflow-2.12.0`, or
    that of a package in a target, `keras-3.12.0-in-keras-3.11`. Raises UsageError, which names the
    input.
    """
    found: set[str] = set()
    candidates: dict[str, _Candidate] = {}
    for name in names:
        release = name if name in targets else NAME.sub(r"\1==\2", name)
        if name not in targets and WITHIN.match(name):
            candidates[name] = _within(name, targets, locks)
        elif "==" in release:
            candidate = _candidate(release, targets, locks)
            candidates[candidate.target.name] = candidate
        elif ".." in name:
            found |= {each.name for each in _range(name, targets)}
        else:
            try:
                found |= {each.name for each in select(targets, [name])}
            except UsageError:
                found.add(named(targets.values(), name).name)  # its error suggests a name
    ordered = sorted(candidates.values(), key=lambda each: each.version)
    chosen = []
    for name, target in targets.items():
        beside = [each for each in ordered if each.of == name]
        chosen += [each.target for each in beside if not each.newer]
        chosen += [target] if name in found else []
        chosen += [each.target for each in beside if each.newer]
    return chosen


def prepared(target: Target, project: Project) -> Project:
    """The project in which a target has its lock: a candidate's is made if necessary."""
    if not target.locked or lock_path(target, project.locks).exists():
        return project
    locks = project.environments / CANDIDATES
    path = lock_path(target, locks)
    if not path.exists():
        write_whole(path, make_lock(target).encode())
    read_lock(target, locks)
    return project.with_places(locks=locks)


def _range(name: str, targets: Mapping[str, Target]) -> list[Target]:
    ends = name.split("..")
    if len(ends) != 2 or not all(ends):
        raise UsageError(f"{name!r} is no range; a range is like tf-2.9..tf-2.21")
    first, last = (named(targets.values(), each) for each in ends)
    if first.family != last.family:
        raise UsageError(
            f"{name!r}: {first.name} is of the family {first.family}, and {last.name} of "
            f"{last.family}; name one range for each family"
        )
    family = [each for each in targets.values() if each.family == first.family]
    start, end = sorted((family.index(first), family.index(last)))
    return family[start : end + 1]


def _candidate(text: str, targets: Mapping[str, Target], locks: Path) -> _Candidate:
    try:
        requirement = Requirement(text)
        [specifier] = list(requirement.specifier)
        version = Version(specifier.version)
    except (InvalidRequirement, InvalidVersion, ValueError) as error:
        raise UsageError(f"{text!r} is no release; one is like tensorflow==2.12.0") from error
    package = str(canonicalize_name(requirement.name))
    for target in targets.values():
        if package not in by_name(target):
            continue
        name = f"{package}-{version}"
        if package == TF_NIGHTLY:  # in the order of the file, it comes before the newest build
            made = with_version(target, package, version, name)
            return _Candidate(target=made, of=target.name, version=version, newer=False)
        if target.locked:
            has = Version(pinned(read_lock(target, locks))[package])
            if has.release[:2] == version.release[:2]:
                made = with_version(target, package, version, name, has)
                newer = version > has
                return _Candidate(target=made, of=target.name, version=version, newer=newer)
    minor = ".".join(map(str, version.release[:2]))
    raise UsageError(
        f"{text!r}: there is no target of {package} {minor}, whose Python and other packages it "
        "would take; a release is one of tensorflow or keras, of a minor release that is a target, "
        "or a build of tf-nightly"
    )


def _within(name: str, targets: Mapping[str, Target], locks: Path) -> _Candidate:
    """A candidate of a search: a target with another version of one of its packages."""
    match = WITHIN.match(name)
    package, number, base = match.groups() if match else ("", "", "")
    target = named(targets.values(), base)
    try:
        version = Version(number)
    except InvalidVersion as error:
        raise UsageError(f"{name!r}: {number!r} is no version") from error
    if RELEASES.get(package, package) not in by_name(target) or not target.locked:
        raise UsageError(f"{name!r}: {target.name} names no {package}, or has no lock")
    release = f"{package}=={version}"
    day = None if package in RELEASES else _candidate(release, targets, locks).target.as_of
    later = max(filter(None, [target.as_of, day]))
    made = with_version(msgspec.structs.replace(target, as_of=later), package, version, name)
    return _Candidate(target=made, of=target.name, version=version, newer=True)


def with_version(
    target: Target, package: str, version: Version, name: str, has: Version | None = None
) -> Target:
    """A candidate: a target with another version of a package, which may be new to it.

    A nightly replaces the release of its package, whose modules it has. `has` is the version in
    the target, if that is of the same package.
    """
    wanted = by_name(target)
    release = RELEASES.get(package, package)
    if release != package:
        wanted.pop(release, None)
    wanted[package] = f"{package}=={version}"
    return msgspec.structs.replace(
        target,
        name=name,
        family=locked_family(target),
        requirements=tuple(wanted.values()),
        as_of=_day(target, version, has),
        follows=None,
        # TensorFlow requires Keras by the name of its releases
        without=(release,) if package in (KERAS_NIGHTLY, TF_KERAS_NIGHTLY) else (),
    )


def with_distributions(target: Target, versions: Mapping[str, str]) -> Target:
    """A candidate: a target with exactly these versions of all its packages."""
    wanted = tuple(f"{name}=={version}" for name, version in sorted(versions.items()))
    return msgspec.structs.replace(
        target,
        name=f"{target.name}-with-{digest(' '.join(wanted))[:DIGITS]}",
        family=locked_family(target),
        requirements=wanted,
        as_of=datetime.datetime.now(datetime.UTC).date(),
        follows=None,
        pins=(),
    )


def by_name(target: Target) -> dict[str, str]:
    """The requirements of a target by normalised name."""
    return {str(canonicalize_name(Requirement(e).name)): e for e in target.requirements}


def locked_family(target: Target) -> str:
    """A family with locks, which a candidate always has."""
    return "tensorflow" if target.family in UNLOCKED else target.family


def _day(target: Target, version: Version, has: Version | None) -> datetime.date:
    """The day as of which a candidate is resolved, on which its build is in the index.

    A nightly tells its day, and is there on the next. A release has the day of its target, unless
    it is newer.
    """
    today = datetime.datetime.now(datetime.UTC).date()
    match = DAY.match(str(version.dev or ""))
    if match:
        built = datetime.date(*map(int, match.groups()))
        return max(built + datetime.timedelta(days=1), target.as_of or built)
    return today if has and version > has else target.as_of or today
