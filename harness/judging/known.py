"""Known changes: changes that were reviewed and accepted, and the changes that they explain."""

import datetime
import functools
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

import msgspec
from packaging.version import InvalidVersion, Version

from harness.base.errors import KnownChangesError
from harness.base.packages import PACKAGES
from harness.judging.changes import Change, ChangeKind
from harness.observing.catalogue import PORTABLE, portable_script

SCHEMA_VERSION = 1
# the kind of a change in the reverse direction, if another
MIRRORED: dict[str, ChangeKind] = {
    ChangeKind.NEWLY_RAISES: ChangeKind.WORKS,
    ChangeKind.WORKS: ChangeKind.NEWLY_RAISES,
    ChangeKind.REMOVED: ChangeKind.ADDED,
    ChangeKind.ADDED: ChangeKind.REMOVED,
}


class Released(Protocol):
    """A side of a comparison, which has releases of packages."""

    def version(self, package: str) -> str | None:
        """The version of a package; None if the side does not have the package."""


class KnownChange(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A change that was reviewed and accepted.

    It came with release `since` of `package`. It explains changes between an older release and
    `since` or a later release, if a line of `matches` names them: "KIND: PATTERN", with a shell
    pattern for the scenario and step ("reset / reset to *") or for the internal. `instead` is the
    recommended replacement, `portable` the scenario that shows it on every target. `expires` is
    the day of the next review.
    """

    title: str
    package: str
    since: str
    matches: tuple[str, ...]
    why: str
    instead: str
    link: str
    expires: datetime.date
    portable: str | None = None

    def between(self, before: Released, after: Released) -> "KnownChange | None":
        """The known change for a comparison of two sides, by their releases of `package`.

        | release of `before` | release of `after` | result             |
        |---------------------|--------------------|--------------------|
        | before `since`      | from `since` on    | the change itself  |
        | from `since` on     | before `since`     | the change, undone |

        Otherwise, or if a side does not have the package, None.
        """
        old, new = before.version(self.package), after.version(self.package)
        if old is None or new is None:
            return None
        in_old, in_new = (_release(version) >= _release(self.since) for version in (old, new))
        if in_old is in_new:
            return None
        return self if in_new else self._undone()

    def matching(self, change: Change) -> list[str]:
        """The lines of `matches` that name a change."""
        return [
            line
            for line in self.matches
            for kind, pattern in [line.split(": ", 1)]
            if kind == change.kind and fnmatchcase(change.where, pattern)
        ]

    def _undone(self) -> "KnownChange":
        """The change in the reverse direction, from a release that has it to an older release."""
        kinds = (line.split(": ", 1) for line in self.matches)
        return msgspec.structs.replace(
            self,
            title=f"Undone: {self.title}",
            matches=tuple(f"{MIRRORED.get(kind, kind)}: {pattern}" for kind, pattern in kinds),
            why=f"Gone with the newer release: {self.why}",
            instead="the form of the older release",
        )


@dataclass(frozen=True, kw_only=True)
class AttributedChange:
    """A change, and the known changes that explain it."""

    change: Change
    known: tuple[KnownChange, ...] = ()

    @property
    def unexplained(self) -> bool:
        """Whether it is a finding that no known change explains."""
        return self.change.finding and not self.known


def attribute(
    changes: Iterable[Change], before: Released, after: Released, known: Iterable[KnownChange]
) -> list[AttributedChange]:
    """The changes between two sides, each with the known changes that explain it."""
    between = [found for each in known if (found := each.between(before, after))]
    return [
        AttributedChange(
            change=change, known=tuple(each for each in between if each.matching(change))
        )
        for change in changes
    ]


def load_known(path: Path) -> tuple[KnownChange, ...]:
    """Read all known changes. Raises KnownChangesError, which names the entry and the field."""
    try:
        return parse_known(path.read_text(encoding="utf-8"), path)
    except (OSError, UnicodeDecodeError) as error:
        raise KnownChangesError(f"{path}: cannot be read: {error}") from error


def parse_known(text: str, path: Path) -> tuple[KnownChange, ...]:
    """The known changes in a text; `path` is for messages only. Raises KnownChangesError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise KnownChangesError(f"{path}: cannot be read as TOML: {error}") from error
    if document.pop("schema_version", None) != SCHEMA_VERSION:
        raise KnownChangesError(f"{path}: schema_version must be {SCHEMA_VERSION}")
    entries = document.pop("change", [])
    if document or not isinstance(entries, list):
        raise KnownChangesError(f"{path}: expected [[change]] tables and nothing else")
    return tuple(_known(path, number, entry) for number, entry in enumerate(entries, start=1))


def _known(path: Path, number: int, entry: object) -> KnownChange:
    title = entry.get("title") if isinstance(entry, dict) else None
    where = f"{path}: change {number} ({title!r})"
    try:
        known = msgspec.convert(entry, KnownChange, builtin_types=(datetime.date,))
    except msgspec.ValidationError as error:
        raise KnownChangesError(f"{where}: {str(error).replace('$.', '')}") from error
    _check_matches(where, known)
    _check_fields(where, known)
    return known


def _check_fields(where: str, known: KnownChange) -> None:
    for field in ("title", "why", "instead"):
        if not getattr(known, field).strip():
            raise KnownChangesError(f"{where}, field {field!r}: is empty")
    if known.package not in PACKAGES:
        raise KnownChangesError(
            f"{where}, field 'package': {known.package!r} is none of {', '.join(PACKAGES)}"
        )
    try:
        Version(known.since)
    except InvalidVersion as error:
        raise KnownChangesError(f"{where}, field 'since': {error}") from error
    if not known.link.startswith("https://"):
        raise KnownChangesError(f"{where}, field 'link': {known.link!r} is not an https:// address")
    portable = known.portable
    if portable and not (portable.startswith(PORTABLE) and portable_script(portable).exists()):
        raise KnownChangesError(f"{where}, field 'portable': no scenario {portable!r}")


def _check_matches(where: str, known: KnownChange) -> None:
    if not known.matches:
        raise KnownChangesError(f"{where}, field 'matches': is empty")
    for line in known.matches:
        kind, colon, pattern = line.partition(": ")
        if not colon or not pattern or kind not in set(ChangeKind):
            raise KnownChangesError(
                f"{where}, field 'matches': {line!r} is not 'KIND: PATTERN' with one of "
                f"{', '.join(ChangeKind)}"
            )


@functools.cache
def _release(version: str) -> Version:
    """A version without its pre-release part: a nightly build counts as the coming release."""
    return Version(Version(version).base_version)
