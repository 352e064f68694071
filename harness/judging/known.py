"""Known changes: changes that were reviewed and accepted, and the changes that they explain."""

import datetime
import enum
import functools
import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Protocol

import msgspec
from packaging.version import InvalidVersion, Version

from harness.base.errors import KnownChangesError
from harness.base.loading import FilePart, Layout, converted
from harness.base.packages import PACKAGES
from harness.judging.changes import Change, ChangeKind
from harness.observing.catalogue import PORTABLE, scenario_script

SCHEMA_VERSION = 1
OR = " or "  # between words of code of which one is enough
# the kind of a change in the reverse direction, if another
MIRRORED: dict[str, ChangeKind] = {
    ChangeKind.NEWLY_RAISES: ChangeKind.WORKS,
    ChangeKind.WORKS: ChangeKind.NEWLY_RAISES,
    ChangeKind.REMOVED: ChangeKind.ADDED,
    ChangeKind.ADDED: ChangeKind.REMOVED,
    ChangeKind.NEW_RAISE: ChangeKind.REMOVED_RAISE,
    ChangeKind.REMOVED_RAISE: ChangeKind.NEW_RAISE,
}
# the changes of a private name that a general entry may cover; besides, moves of any name
PRIVATE_COVERED = (ChangeKind.REMOVED, ChangeKind.ADDED)


class Knowledge(enum.StrEnum):
    """How much is known of a finding."""

    EXPLAINED = "explained"  # an entry names this very step or internal: a person looked at it
    COVERED = "covered"  # only a general entry matches: nobody looked at it
    UNKNOWN = "unknown"


class Effect(enum.StrEnum):
    """What a change does to code of users, the most harmful first."""

    RESULTS = "other results"  # without an error
    RAISES = "raises"  # or breaks otherwise so that people notice
    INTERNALS = "other internals"  # breaks code that overrides or reads internals
    WORKS = "works now"
    TEXTS = "other texts"  # only texts, names of modules, and the like


class Released(Protocol):
    """A side of a comparison, which has releases of packages."""

    def version(self, package: str) -> str | None:
        """The version of a package; None if the side does not have the package."""


class KnownChange(msgspec.Struct, frozen=True, kw_only=True, dict=True, forbid_unknown_fields=True):
    """A change that was reviewed and accepted.

    It came with release `since` of `package`. It explains changes between an older release and
    `since` or a later release, if a line of `matches` names them: "KIND: NAME", with the scenario
    and step ("reset / reset to ones"), maybe in one variant ("reset / reset to ones (fixed)"), the
    internal ("RNN.call"), or the layer and the entry of its description ("LSTM / config dtype").
    "{a,b}" in a name stands for each of its alternatives.
    A `general` entry has shell patterns instead of names, which nobody has looked at one by one: it
    covers changes only where `_may_be_covered` says so, and explains none.

    `effect` is the effect on code of users, if the kinds of the changes do not tell. `instead` is
    the recommended replacement, `portable` the scenario that shows it on every target. `expires`
    is the day of the next review. `code` are the words that code has which may meet the change
    without an error; of a text such as "deepcopy or pickle", one is enough.
    """

    title: str
    package: str
    since: str
    matches: tuple[str, ...]
    why: str
    instead: str
    link: str
    expires: datetime.date
    portable: FilePart | None = None
    general: bool = False
    effect: Effect | None = None
    code: tuple[str, ...] = ()

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
        """The lines of `matches` that name a change; none if they do not name all its variants."""
        if self.general and not _may_be_covered(change):
            return []
        where = change.where
        found: dict[str, None] = {}
        for variant in change.variants or ("",):
            changed = {where, f"{where} ({variant})"}
            names = [
                name
                for name in self._by_kind.get(change.kind, ())
                if self._names(name, where, changed)
            ]
            if not names:
                return []
            found |= dict.fromkeys(names)
        return [f"{change.kind}: {name}" for name in found]

    def met_by(self, words: AbstractSet[str]) -> list[str]:
        """The words of code by which it may meet the change; empty if it lacks one, or if the
        change names none.
        """
        found = [words & {*each.split(OR)} for each in self.code]
        return [min(each) for each in found] if all(found) else []

    def names(self, kind: ChangeKind) -> bool:
        """Whether a line of `matches` is of a kind."""
        return kind in self._by_kind

    @functools.cached_property
    def _by_kind(self) -> Mapping[str, Sequence[str]]:
        """The names in `matches`, by the kind before them."""
        found: dict[str, list[str]] = {}
        for line in self.matches:
            kind, name = line.split(": ", 1)
            found.setdefault(kind, []).append(name)
        return found

    def _names(self, name: str, where: str, changed: set[str]) -> bool:
        if self.general:
            return fnmatchcase(where, name)
        return name in changed or not changed.isdisjoint(alternatives(name))

    def _undone(self) -> "KnownChange":
        """The change in the reverse direction, from a release that has it to an older release."""
        kinds = (line.split(": ", 1) for line in self.matches)
        return msgspec.structs.replace(
            self,
            title=f"Undone: {self.title}",
            matches=tuple(f"{MIRRORED.get(kind, kind)}: {pattern}" for kind, pattern in kinds),
            why=f"Gone with the newer release: {self.why}",
            instead="the form of the older release",
            effect=_UNDONE.get(self.effect, self.effect) if self.effect else None,
        )


_UNDONE = {Effect.RAISES: Effect.WORKS, Effect.WORKS: Effect.RAISES}


@dataclass(frozen=True, kw_only=True)
class AttributedChange:
    """A change, and the known changes that explain or cover it, those that explain it first."""

    change: Change
    known: tuple[KnownChange, ...] = ()

    @property
    def knowledge(self) -> Knowledge:
        """How much is known of the change."""
        if not self.known:
            return Knowledge.UNKNOWN
        return Knowledge.COVERED if self.known[0].general else Knowledge.EXPLAINED

    @property
    def unknown(self) -> bool:
        """Whether it is a finding that no known change explains or covers."""
        return self.change.finding and not self.known


def between(
    before: Released, after: Released, known: Iterable[KnownChange]
) -> tuple[KnownChange, ...]:
    """The known changes that may explain a change between two sides, the general ones last."""
    found = [its for each in known if (its := each.between(before, after))]
    return tuple(sorted(found, key=lambda each: each.general))


def attribute(changes: Iterable[Change], known: Sequence[KnownChange]) -> list[AttributedChange]:
    """Changes between two sides, each with what explains it of what is known `between` them."""

    @functools.cache
    def naming(kind: ChangeKind) -> list[KnownChange]:
        return [each for each in known if each.names(kind)]

    return [
        AttributedChange(
            change=each, known=tuple([k for k in naming(each.kind) if k.matching(each)])
        )
        for each in changes
    ]


def load_known(path: Path) -> tuple[KnownChange, ...]:
    """Read all known changes. Raises KnownChangesError, which names the entry and the field."""
    return _entries(LAYOUT.load(path), path)


def parse_known(text: str, path: Path) -> tuple[KnownChange, ...]:
    """The known changes in a text; `path` is for messages only. Raises KnownChangesError."""
    # an argument that is no text has surrogates, which the loader refuses
    return _entries(LAYOUT.decode(text.encode("utf-8", "surrogatepass"), path), path)


def _entries(file: "_File", path: Path) -> tuple[KnownChange, ...]:
    return tuple(_known(path, number, entry) for number, entry in enumerate(file.change, start=1))


def _known(path: Path, number: int, entry: object) -> KnownChange:
    title = entry.get("title") if isinstance(entry, dict) else None
    where = f"{path}: change {number} ({title!r})"
    known = converted(entry, KnownChange, where, KnownChangesError)
    _check_matches(where, known)
    _check_fields(where, known)
    return known


def _check_fields(where: str, known: KnownChange) -> None:
    for field in ("title", "why", "instead"):
        if not getattr(known, field).strip():
            raise KnownChangesError(f"{where}, field {field!r}: is empty")
    for word in (word for each in known.code for word in each.split(OR)):
        if not word.isidentifier():
            raise KnownChangesError(
                f"{where}, field 'code': {word!r} is no word of code; an entry is like "
                "'stateful', or 'deepcopy or pickle'"
            )
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
    if portable and not (portable.startswith(PORTABLE) and scenario_script(portable).exists()):
        raise KnownChangesError(f"{where}, field 'portable': no scenario {portable!r}")


def _check_matches(where: str, known: KnownChange) -> None:
    if not known.matches:
        raise KnownChangesError(f"{where}, field 'matches': is empty")
    for line in known.matches:
        kind, colon, name = line.partition(": ")
        if not colon or not name or kind not in set(ChangeKind):
            raise KnownChangesError(
                f"{where}, field 'matches': {line!r} is not 'KIND: NAME' with one of "
                f"{', '.join(ChangeKind)}"
            )
        if known.general and kind not in (*PRIVATE_COVERED, ChangeKind.MOVED):
            raise KnownChangesError(
                f"{where}, field 'matches': {line!r}: a general entry covers only "
                f"{', '.join((*PRIVATE_COVERED, ChangeKind.MOVED))}; name each {kind} in an entry "
                "that is not general"
            )


def _may_be_covered(change: Change) -> bool:
    """Whether a general entry may cover a change.

    It may where a rewrite of Keras moved a class to another module, or moved, removed or added a
    private attribute. A public name of another class than before is not covered: another class
    may behave otherwise.
    """
    if change.scenario:
        return False
    attribute = change.subject.rpartition(".")[2]
    private = attribute.startswith("_") and not attribute.startswith("__")
    if change.kind is ChangeKind.MOVED:
        classes = {side.rpartition(".")[2] for side in (change.before, change.after)}
        return private or len(classes) == 1
    return private and change.kind in PRIVATE_COVERED


@functools.cache
def alternatives(name: str) -> frozenset[str]:
    """The names that a name with alternatives in braces stands for.

    `{RNN,LSTM}.call` stands for `RNN.call` and `LSTM.call`.
    """
    parts = re.split(r"\{([^{}]*,[^{}]*)\}", name)  # every second part is a list of alternatives
    choices = [part.split(",") if at % 2 else [part] for at, part in enumerate(parts)]
    return frozenset(map("".join, itertools.product(*choices)))


@functools.cache
def _release(version: str) -> Version:
    """A version without its pre-release part: a nightly build counts as the coming release."""
    return Version(Version(version).base_version)


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    schema_version: int
    change: tuple[object, ...] = ()


LAYOUT = Layout(
    content=_File,
    title="known changes",
    error=KnownChangesError,
    way_out="it has [[change]] tables and nothing else, as in the file of the harness",
    version=SCHEMA_VERSION,
    toml=True,
)
