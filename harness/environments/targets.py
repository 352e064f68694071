"""Targets: the named environments to test, loaded from `targets.toml` and checked."""

import datetime
import difflib
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec
from packaging.requirements import InvalidRequirement, Requirement

from harness.base.errors import TargetsError, UsageError
from harness.base.loading import Layout, converted

FAMILIES = ("tensorflow", "legacy", "keras", "fresh", "nightly")
UNLOCKED = ("fresh", "nightly")  # families without locks, resolved again in each run
SCHEMA_VERSION = 1


class Pin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A requirement added by hand, its reason, and the day of its next review."""

    requirement: str
    reason: str
    expires: datetime.date


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A named environment to test.

    `as_of` is the day of the package index from which the lock was resolved; a target without
    `as_of` has no lock and is resolved again in each run. `follows`, on the first target of a
    family, names its predecessor: a target, or a family, which means the newest target of it.
    `without` are packages that are not installed, though others require them: another package
    provides their modules, as keras-nightly does those of keras.
    """

    name: str
    family: str
    python: str
    requirements: tuple[str, ...]
    as_of: datetime.date | None = None
    prereleases: bool = False
    variables: Mapping[str, str] = msgspec.field(default_factory=dict)
    follows: str | None = None
    pins: tuple[Pin, ...] = ()
    without: tuple[str, ...] = ()

    @property
    def locked(self) -> bool:
        return self.as_of is not None

    @property
    def wanted(self) -> tuple[str, ...]:
        """The requirements, with those of the pins."""
        return (*self.requirements, *(pin.requirement for pin in self.pins))

    @property
    def summary(self) -> str:
        """One line for people, e.g. `tensorflow==2.15.1 on Python 3.11, as of 2024-03-09`."""
        when = f"as of {self.as_of}" if self.locked else "resolved today"
        return f"{' '.join(self.requirements)} on Python {self.python}, {when}"


def load_targets(path: Path) -> dict[str, Target]:
    """Every target by name, in the order of the file.

    Raises TargetsError, which names the entry and the field.
    """
    entries = LAYOUT.load(path).target
    targets = {
        name: _target(f"{path}: target {name!r}", name, entry) for name, entry in entries.items()
    }
    for name, target in targets.items():
        before = followed(target, targets.values())
        if target.follows and (before is None or not before.locked):
            raise TargetsError(
                f"{path}: target {name!r}, field 'follows': {target.follows!r} is no target with "
                f"a lock, and no family of such targets"
            )
    return targets


def followed(target: Target, targets: Iterable[Target]) -> Target | None:
    """The predecessor that `follows` names: the last match in `targets`; None without one."""
    found = [each for each in targets if target.follows in (each.name, each.family)]
    return found[-1] if target.follows and found else None


def select(targets: Mapping[str, Target], names: Iterable[str]) -> list[Target]:
    """The targets that `names` select, in file order: names of targets or families, or `all`.

    Raises UsageError for an unknown name.
    """
    wanted = set()
    for name in names:
        found = {t.name for t in targets.values() if name in (t.name, t.family, "all")}
        if not found:
            raise UsageError(
                f"there is no target or family {name!r}; families: {', '.join(FAMILIES)}; "
                f"targets: {', '.join(targets)}"
            )
        wanted |= found
    return [target for target in targets.values() if target.name in wanted]


def named(targets: Iterable[Target], name: str) -> Target:
    """The target with a name, or of a release such as "2.9" or "3.5". Raises UsageError."""
    names: dict[str, Target] = {}
    for target in targets:
        release = target.name.removeprefix("tf-").removeprefix("keras-")
        names |= {target.name: target, release: target}
    if name not in names:
        close = difflib.get_close_matches(name, names, n=3)
        meant = f" (did you mean {', '.join(close)}?)" if close else ""
        every = ", ".join(dict.fromkeys(target.name for target in names.values()))
        raise UsageError(
            f"there is no target {name!r}{meant}; a release such as 2.9 or 3.5, or one of: {every}"
        )
    return names[name]


def _target(where: str, name: str, entry: object) -> Target:
    if not re.fullmatch(r"[a-z]+-[a-z0-9.-]+", name):  # not the name of a family or a nox session
        raise TargetsError(
            f"{where}: the name must be like 'tf-2.15': a word, '-', then a-z, 0-9, '.' and '-'"
        )
    if not isinstance(entry, dict):
        raise TargetsError(f"{where}: must be a table")
    if "name" in entry:
        raise TargetsError(
            f"{where}, field 'name': remove it, the name of the table is the name of the target"
        )
    target = converted({**entry, "name": name}, Target, where, TargetsError)
    _check_fields(where, target)
    return target


def _check_fields(where: str, target: Target) -> None:
    if target.family not in FAMILIES:
        raise TargetsError(
            f"{where}, field 'family': {target.family!r} is none of {', '.join(FAMILIES)}"
        )
    if not re.fullmatch(r"3\.\d+", target.python):
        raise TargetsError(f"{where}, field 'python': {target.python!r} is not like '3.11'")
    if not target.requirements:
        raise TargetsError(f"{where}, field 'requirements': is empty")
    if target.locked is (target.family in UNLOCKED):
        must = "must have no" if target.locked else "needs an"
        raise TargetsError(f"{where}, field 'as_of': the family {target.family!r} {must} as_of")
    for requirement in target.requirements:
        _check_requirement(f"{where}, field 'requirements'", requirement)
    for pin in target.pins:
        _check_requirement(f"{where}, field 'pins'", pin.requirement)
        if not pin.reason.strip():
            raise TargetsError(f"{where}, field 'pins': {pin.requirement!r} has no reason")


def _check_requirement(where: str, text: str) -> None:
    try:
        Requirement(text)
    except InvalidRequirement as error:
        raise TargetsError(f"{where}: {text!r} is not a requirement: {error}") from error


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: int
    target: dict[str, object]


LAYOUT = Layout(
    content=_File,
    title="targets",
    error=TargetsError,
    way_out="it has [target.NAME] tables and nothing else, as in the file of the harness",
    version=SCHEMA_VERSION,
    toml=True,
)
