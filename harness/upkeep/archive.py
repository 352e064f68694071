"""The archive: the records of earlier nights, which date the start of a difference."""

import datetime
import logging
import lzma
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from harness.base.errors import RecordError
from harness.base.files import write_whole
from harness.base.loading import Layout, refuse_odd_moments
from harness.judging.verdicts import Standing
from harness.observing.records import Record, load_record, started_at

log = logging.getLogger(__name__)

KEPT = 4  # records of each target; an issue stores its own window, so older records are not needed
NIGHTS = 100  # entries of the log


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A night in the log: its start, the targets that it wanted and those that it checked.

    `fresh` is the start of the last night, up to this one, that checked all targets; `standings`
    has the number of targets of each standing. Entries of older harnesses lack `wanted`, `fresh`
    and `standings`.
    """

    began: datetime.datetime
    checked: tuple[str, ...]
    wanted: tuple[str, ...] = ()
    fresh: datetime.datetime | None = None
    standings: Mapping[Standing, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_odd_moments(self.began, self.fresh)


LOG = Layout(
    content=tuple[Entry, ...],
    title="the log of the nights",
    error=RecordError,
    way_out="the next night begins a new one",
)


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A directory with `TARGET/MOMENT.json.xz` for the last nights, and their log, `nights.json`.

    A file that cannot be read is left out, with a warning in the log of the harness.
    """

    directory: Path

    def records(self, target: str, before: datetime.datetime) -> Iterator[Record]:
        """The records of a target from before a moment, newest first."""
        paths = (self.directory / target).glob("*.json.xz")
        for path in sorted((path for path in paths if path.name < _name(before)), reverse=True):
            try:
                yield load_record(path)
            except RecordError as error:
                log.warning("left out: %s", error)

    def keep(self, record: Record) -> None:
        """Store a record, and delete all but the last KEPT of its target up to this record.

        Later records are of a clock that is or was wrong: none of them displaces this record.
        """
        directory = self.directory / record.target
        path = directory / _name(started_at(record))
        write_whole(path, lzma.compress(msgspec.json.encode(record)))
        kept = [each for each in sorted(directory.glob("*.json.xz")) if each.name <= path.name]
        for old in kept[:-KEPT]:
            old.unlink()

    def nights(self) -> tuple[Entry, ...]:
        """The log, oldest first."""
        path = self.directory / "nights.json"
        try:
            found: tuple[Entry, ...] = LOG.load(path) if path.exists() else ()
        except RecordError as error:
            log.warning("left out: %s", error)
            return ()
        # a night whose clock was behind was entered after nights that it seems to precede
        return tuple(sorted(found, key=lambda each: each.began))

    def enter(self, entry: Entry) -> None:
        """Add a night to the log; replace an entry with the same start."""
        nights = [each for each in self.nights() if each.began != entry.began]
        text = msgspec.json.encode([*nights, entry][-NIGHTS:])
        write_whole(self.directory / "nights.json", text)


def _name(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%S.json.xz")
