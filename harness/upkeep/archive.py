"""The archive: what earlier nights recorded, so that one can say since when something differs."""

import datetime
import logging
import lzma
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from harness.base.errors import RecordError
from harness.base.files import write_whole
from harness.observing.records import Record, decode_record, started_at

log = logging.getLogger(__name__)

KEPT = 4  # records of a target; an issue keeps the window that it was opened with
NIGHTS = 100  # lines of the log
Moment = Annotated[datetime.datetime, msgspec.Meta(tz=True)]


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A night in the log: when it began, the targets that it wanted and those that it checked.

    `fresh` is when, up to this night, all of them were last checked in one. Old entries have
    neither that nor `wanted`.
    """

    began: Moment
    checked: tuple[str, ...]
    wanted: tuple[str, ...] = ()
    fresh: Moment | None = None


@dataclass(frozen=True, kw_only=True)
class Archive:
    """A directory with `TARGET/MOMENT.json.xz` for the last nights, and their log, `nights.json`.

    What cannot be read in it is as good as not there, and is warned of.
    """

    directory: Path

    def records(self, target: str, before: datetime.datetime) -> Iterator[Record]:
        """What was kept of a target from before a moment, newest first."""
        paths = (self.directory / target).glob("*.json.xz")
        for path in sorted((path for path in paths if path.name < _name(before)), reverse=True):
            try:
                record = decode_record(lzma.decompress(path.read_bytes()), path)
            except (OSError, lzma.LZMAError, RecordError) as error:
                log.warning("%s: left out: %s", path, error)
                continue
            yield record

    def keep(self, record: Record) -> None:
        """Keep a record, and forget the oldest of its target."""
        directory = self.directory / record.target
        path = directory / _name(started_at(record))
        write_whole(path, lzma.compress(msgspec.json.encode(record)))
        for old in sorted(directory.glob("*.json.xz"))[:-KEPT]:
            old.unlink()

    def nights(self) -> tuple[Entry, ...]:
        """The log, oldest first."""
        path = self.directory / "nights.json"
        try:
            return msgspec.json.decode(path.read_bytes(), type=tuple[Entry, ...])
        except FileNotFoundError:
            return ()
        except (OSError, ValueError, msgspec.MsgspecError) as error:
            log.warning("%s: left out: %s", path, error)
            return ()

    def enter(self, entry: Entry) -> None:
        """Add a night to the log; one that began at the same moment is replaced."""
        nights = [each for each in self.nights() if each.began != entry.began]
        text = msgspec.json.encode([*nights, entry][-NIGHTS:])
        write_whole(self.directory / "nights.json", text)


def _name(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y%m%dT%H%M%S.json.xz")
