"""Mixes of two environments: some packages as in the one, all others as in the other.

A mix has the lines of the two locks, so that each package has the hashes of its own lock.
"""

import contextlib
import datetime
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions

import msgspec
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from harness.base.errors import UnusableEnvironmentError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.candidates import (
    CANDIDATES,
    DIGITS,
    RELEASES,
    locked_family,
    prepared,
)
from harness.environments.locks import digest, lock_path, pinned, read_lock, resolve
from harness.environments.targets import Target
from harness.environments.uv import call_uv, failure_of
from harness.environments.virtual_environments import REQUIREMENTS, Environment

CPYTHON = "CPython"
ABSENT = "absent"
BLOCK = re.compile(r"^([A-Za-z0-9._-]+)==.*(?:\n[ \t]+.*)*", re.MULTILINE)  # a package of a lock
# the packages that decide most often, in this order, behind the variables of a target
SUSPECTS = ("tf-keras", "keras", "tensorflow", "numpy")


@dataclass(frozen=True)
class Side:
    """One of the two environments: a target, and the text of its lock."""

    target: Target
    lock: str

    @cached_property
    def has(self) -> dict[str, str]:
        """Its packages, its environment variables and its CPython, each with the version.

        A nightly has the name of its package, whose modules it has.
        """
        packages = {_released(name): version for name, version in pinned(self.lock).items()}
        return {CPYTHON: self.target.python, **self.target.variables, **packages}

    @cached_property
    def blocks(self) -> dict[str, str]:
        """The lines of the lock by the name of the package."""
        found = BLOCK.finditer(self.lock)
        return {_released(canonicalize_name(match[1])): match[0] for match in found}


@dataclass(frozen=True)
class Pair:
    """The two environments between which packages are exchanged."""

    old: Side
    new: Side

    @cached_property
    def differing(self) -> tuple[str, ...]:
        """What differs between them, the most suspicious first.

        CPython is the last: few packages can be installed for another one.
        """
        has, gets = self.old.has, self.new.has
        names = [name for name in {**has, **gets} if has.get(name) != gets.get(name)]
        return tuple(sorted(names, key=self._rank))

    def _rank(self, name: str) -> tuple[int, str]:
        if name in SUSPECTS:
            return 1 + SUSPECTS.index(name), name
        place = 0 if name in self.variables else len(SUSPECTS) + 1 + (name == CPYTHON)
        return place, name

    @cached_property
    def variables(self) -> frozenset[str]:
        """The environment variables of the two targets."""
        return frozenset({*self.old.target.variables, *self.new.target.variables})

    def of(self, name: str, new: Collection[str]) -> Side:
        """The side from which a mix has a package, if `new` is what it has from the new one."""
        return self.new if name in new else self.old

    def described(self, name: str) -> str:
        """Such as `keras 2.15.0 → 3.0.5`."""
        old, new = (side.has.get(name, ABSENT) for side in (self.old, self.new))
        return f"{name} {old} → {new}"

    def mixed(self, new: Collection[str]) -> Side:
        """The old environment, in which what `new` names is as in the new one."""
        both = sorted(self.old.blocks.keys() | self.new.blocks.keys())
        chosen = [self.of(name, new).blocks.get(name) for name in both]
        lock = "".join(f"{block}\n" for block in chosen if block)
        variables = {
            name: side.target.variables[name]
            for name in sorted(self.variables)
            if name in (side := self.of(name, new)).target.variables
        }
        python = self.of(CPYTHON, new).target.python
        target = msgspec.structs.replace(
            self.old.target,
            name=f"mix-{digest(f'{lock}{python}{variables}')[:DIGITS]}",
            family=locked_family(self.old.target),
            python=python,
            requirements=tuple(
                f"{name}=={version}"
                for name, version in pinned(lock).items()
                if _released(name) in self.differing
            ),
            without=tuple({*self.old.target.without, *self.new.target.without}),
            as_of=max(map(_day, (self.old.target, self.new.target))),
            variables=variables,
            follows=None,
            pins=(),
        )
        return Side(target, lock)


def side(target: Target, project: Project) -> Side:
    """A target with its lock; without a lock as it is installed, or else as it is resolved now."""
    if target.locked:
        return Side(target, read_lock(target, prepared(target, project).locks))
    installed = project.environments / target.name / REQUIREMENTS
    with contextlib.suppress(OSError):
        return Side(target, installed.read_text(encoding="utf-8"))
    return Side(target, resolve(target))


def keep_lock(mix: Side, project: Project) -> None:
    """Write the lock of a mix, from which its environment is made."""
    path = lock_path(mix.target, project.environments / CANDIDATES)
    if not path.exists():
        write_whole(path, f"# sha256 of the lines below: {digest(mix.lock)}\n{mix.lock}".encode())


def complaints(environment: Environment) -> set[str]:
    """The requirements that an environment does not meet, a sentence of uv each.

    Raises UnusableEnvironmentError if uv does not say.
    """
    done = call_uv("pip", "check", "--python", environment.python)
    if done.returncode and "incompatibilit" not in done.stderr:
        raise UnusableEnvironmentError(f"`uv pip check`: {failure_of(done)}")
    return {line.strip() for line in done.stderr.splitlines() if line.startswith("The package ")}


class Needs:
    """What the packages of two environments require, read from what is installed.

    `parts` are what can be exchanged. A package that only one side has, and that others require
    there, is none of them: a mix has it if a package of the mix requires it.
    """

    def __init__(self, pair: Pair, old: Environment, new: Environment) -> None:
        self._pair = pair
        self._required = {
            side.target.name: dict(_requirements(environment, side))
            for environment, side in ((old, pair.old), (new, pair.new))
        }
        self.parts = tuple(name for name in pair.differing if not self._follows(name))

    def with_required(self, new: Collection[str]) -> frozenset[str]:
        """What a mix has from the new side: `new`, and what follows the packages of the mix."""
        found = set(new)
        following = [name for name in self._pair.differing if name not in self.parts]
        while True:  # what follows may have requirements itself
            wanted = {name for _, requirement in self._of(found) for name in [_name(requirement)]}
            now = set(new) | {
                name for name in following if (name in wanted) == (name in self._pair.new.has)
            }
            if now == found:
                return frozenset(found)
            found = now

    def unmet(self, new: Collection[str]) -> str:
        """The first requirement that a mix does not meet; empty if there is none."""
        for name, requirement in self._of(new):
            if not self._meets(requirement, new):
                version, has = (
                    self._pair.of(each, new).has.get(each, "none")
                    for each in (name, _name(requirement))
                )
                return f"{name} {version} requires {requirement}, and the mix has {has}"
        return ""

    def together(self) -> list[tuple[str, ...]]:
        """The parts in groups that can only be exchanged together.

        The most suspicious group first, but behind those that its new packages require.
        """
        forces = {name: self.forced({name}) for name in self.parts}
        groups: list[tuple[str, ...]] = []
        placed: set[str] = set()
        for name in self.parts:
            for each in (*sorted(forces[name] - {name}, key=lambda e: len(forces[e])), name):
                if each not in placed:
                    group = [o for o in self.parts if o in forces[each] and each in forces[o]]
                    groups.append(tuple(group))
                    placed |= set(group)
        return groups

    def _follows(self, name: str) -> bool:
        sides = [side for side in (self._pair.old, self._pair.new) if name in side.blocks]
        if len(sides) != 1:
            return False
        required = self._required[sides[0].target.name].values()
        return any(_name(each) == name for requirements in required for each in requirements)

    def forced(self, parts: Collection[str], *, old: bool = False) -> set[str]:
        """The parts that must be new if some are, these included; or `old`, in the new side."""
        found = set(parts)
        while True:
            new = self.with_required(set(self.parts) - found if old else found)
            more = {
                part
                for each, requirement in self._of(new)
                if not self._meets(requirement, new)
                for part in (each, _name(requirement))
                if part in self.parts and part not in found
            }
            if not more:
                return found
            found |= more

    def _meets(self, requirement: Requirement, new: Collection[str]) -> bool:
        name = _name(requirement)
        has = self._pair.of(name, new).has.get(name)
        return has is not None and requirement.specifier.contains(has, prereleases=True)

    def _of(self, new: Collection[str]) -> Iterator[tuple[str, Requirement]]:
        """Each requirement of a mix, except those that the two environments do not meet either."""
        for name in {**self._pair.old.has, **self._pair.new.has}:
            required = self._required[self._pair.of(name, new).target.name]
            for requirement in required.get(name, ()):
                yield name, requirement


def _name(requirement: Requirement) -> str:
    return _released(canonicalize_name(requirement.name))


def _released(name: str) -> str:
    """The name of a package without that of its nightly."""
    return RELEASES.get(name, name)


def _requirements(environment: Environment, side: Side) -> Iterator[tuple[str, list[Requirement]]]:
    """The requirements of each package that hold here, and that the environment itself meets."""
    if environment.packages is None:
        raise UnusableEnvironmentError(f"{environment.directory} has lost its packages")
    marks = {"python_version": side.target.python, "python_full_version": f"{side.target.python}.0"}
    for distribution in distributions(path=[str(environment.packages)]):
        found = []
        for text in distribution.requires or ():
            try:
                requirement = Requirement(text)
            except InvalidRequirement:  # of an old package, which installers ignore too
                continue
            if requirement.marker and not requirement.marker.evaluate({**marks, "extra": ""}):
                continue
            has = side.has.get(_name(requirement))
            if has is not None and requirement.specifier.contains(has, prereleases=True):
                found.append(requirement)
        yield _released(canonicalize_name(distribution.metadata["Name"])), found


def _day(target: Target) -> datetime.date:
    return target.as_of or datetime.datetime.now(datetime.UTC).date()
