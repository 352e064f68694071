"""Targets: the named environments to test, loaded from `resources/targets.toml` and checked."""

import datetime
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement

from harness.errors import TargetsError, UsageError
from harness.paths import RESOURCES

FAMILIES = ("tensorflow", "legacy", "keras", "fresh", "nightly")
SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Pin:
    """A requirement held by hand, why, and the day on which somebody looks at it again."""

    requirement: str
    reason: str
    expires: datetime.date


@dataclass(frozen=True, kw_only=True)
class Target:
    """A named environment to test.

    `as_of` is the day whose package index the lock holds; a target without it has no lock and is
    resolved anew whenever it runs.
    """

    name: str
    family: str
    python: str
    requirements: tuple[str, ...]
    as_of: datetime.date | None = None
    prereleases: bool = False
    variables: Mapping[str, str]
    pins: tuple[Pin, ...] = ()

    @property
    def locked(self) -> bool:
        return self.as_of is not None

    @property
    def summary(self) -> str:
        """One line for people, e.g. `tensorflow==2.15.1 on Python 3.11, as of 2024-03-09`."""
        when = f"as of {self.as_of}" if self.locked else "resolved today"
        return f"{' '.join(self.requirements)} on Python {self.python}, {when}"


def load_targets(path: Path = RESOURCES / "targets.toml") -> dict[str, Target]:
    """Every target by name, in the order of the file.

    Raises TargetsError, which names the entry and the field.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TargetsError(f"{path}: cannot be read as TOML: {error}") from error
    if document.pop("schema_version", None) != SCHEMA_VERSION:
        raise TargetsError(f"{path}: schema_version must be {SCHEMA_VERSION}")
    entries = document.pop("target", None)
    if document or not isinstance(entries, dict):
        stray = ", ".join(document) or "no target"
        raise TargetsError(f"{path}: expected [target.NAME] tables and nothing else, found {stray}")
    return {name: _target(f"{path}: target {name!r}", name, entry) for name, entry in entries.items()}


def select(targets: Mapping[str, Target], names: Iterable[str]) -> list[Target]:
    """The targets that `names` (of targets or families, or `all`) stand for, in file order.

    Raises UsageError for a name that is neither.
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


def _target(where: str, name: str, entry: Any) -> Target:
    if not re.fullmatch(r"[a-z][a-z0-9.-]*", name):
        raise TargetsError(f"{where}: the name must be lower-case letters, digits, '.' and '-'")
    if not isinstance(entry, dict):
        raise TargetsError(f"{where}: must be a table")
    fields = dict(entry)

    def take(field: str, kind: type, default: Any = None) -> Any:
        value = fields.pop(field, default)
        if value is None and default is None and field != "as_of":
            raise TargetsError(f"{where}, field {field!r}: is missing")
        if value is not None and type(value) is not kind:
            raise TargetsError(
                f"{where}, field {field!r}: must be {kind.__name__}, not {type(value).__name__}"
            )
        return value

    family = take("family", str)
    if family not in FAMILIES:
        raise TargetsError(f"{where}, field 'family': {family!r} is none of {', '.join(FAMILIES)}")
    python = take("python", str)
    if not re.fullmatch(r"3\.\d+", python):
        raise TargetsError(f"{where}, field 'python': {python!r} is not a version such as '3.11'")
    requirements = tuple(take("requirements", list))
    if not requirements:
        raise TargetsError(f"{where}, field 'requirements': is empty")
    for requirement in requirements:
        _check_requirement(f"{where}, field 'requirements'", requirement)
    as_of = take("as_of", datetime.date)
    if (as_of is None) is not (family in ("fresh", "nightly")):
        must = "must have no" if as_of else "needs an"
        raise TargetsError(f"{where}, field 'as_of': the family {family!r} {must} as_of")
    prereleases = take("prereleases", bool, False)
    variables = take("variables", dict, {})
    if not all(isinstance(value, str) for value in variables.values()):
        raise TargetsError(f"{where}, field 'variables': values must be strings")
    pins = tuple(_pin(where, number, pin) for number, pin in enumerate(take("pins", list, []), 1))
    if fields:
        raise TargetsError(f"{where}, field {next(iter(fields))!r}: is not known")
    return Target(
        name=name,
        family=family,
        python=python,
        requirements=requirements,
        as_of=as_of,
        prereleases=prereleases,
        variables=variables,
        pins=pins,
    )


def _pin(where: str, number: int, entry: Any) -> Pin:
    where = f"{where}, field 'pins', pin {number}"
    if not isinstance(entry, dict) or set(entry) != {"requirement", "reason", "expires"}:
        raise TargetsError(f"{where}: must have requirement, reason and expires")
    _check_requirement(where, entry["requirement"])
    if type(entry["expires"]) is not datetime.date:
        raise TargetsError(f"{where}: expires must be a day such as 2027-01-31")
    if not isinstance(entry["reason"], str) or not entry["reason"].strip():
        raise TargetsError(f"{where}: reason must say why")
    return Pin(**entry)


def _check_requirement(where: str, text: Any) -> None:
    try:
        Requirement(text)
    except (InvalidRequirement, TypeError) as error:
        raise TargetsError(f"{where}: {text!r} is not a requirement: {error}") from error
