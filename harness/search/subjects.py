"""What a search is about: what all of its kinds can do, and what they keep of a candidate."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from harness.base.errors import RecordError
from harness.base.project import PROBE, Project
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment
from harness.observing.probing import Limits
from harness.observing.records import Record, Run, load_record
from harness.running.parcels import Files

NOT_A_NAME = re.compile(r"[^A-Za-z0-9_.-]+")
DIGITS = 12  # of a digest in a file name

S = TypeVar("S")


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where a candidate is run: its environment, and the directory of what it shows."""

    target: Target
    environment: Environment
    project: Project
    directory: Path
    limits: Limits


class Subject(Protocol[S]):
    """The thing whose change is searched. All methods but `show` are pure."""

    @property
    def name(self) -> str:
        """How the user named it."""

    @property
    def key(self) -> str:
        """A file name for its results, another one as soon as its source is another one."""

    def require(self, old: S, new: S) -> None:
        """Raise UsageError if neither end has what the user named."""

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> S | None:
        """What an earlier call of `show` has left, of the same lock and at least as many runs."""

    def show(self, place: Place, runs: int) -> S:
        """All that a candidate does in `runs` runs, which is kept in the directory of `place`.

        Raises UncheckedError, with the reason, if that cannot be told.
        """

    def each_run(self, shown: S) -> list[S]:
        """The same, of each run alone."""

    def differences(self, old: S, new: S) -> list[str]:
        """The differences of two candidates, a sentence each; empty if none can be told."""

    def not_compared(self, old: S, new: S) -> list[str]:
        """What could not be compared between two candidates, each by its name."""


class Attributable(Subject[S], Protocol[S]):
    """A subject of whose change more can be said than where it begins."""

    def accepted(self, target: Target, project: Project) -> Any:
        """What the baseline of a target shows; None if there is none, or not of this subject."""

    def sent(self, project: Project) -> tuple[Path, Files]:
        """The directory and the files that a worker elsewhere needs to run it."""

    def within(self, project: Project) -> "Attributable[S]":
        """The same subject, with the files that were sent to the project of a parcel."""

    def traced(self, shown: S) -> tuple[str | Path, ...]:
        """The arguments of `executed.py` that run it; empty if its functions cannot be traced."""

    def judged(self, shown: S) -> dict[str, str]:
        """The oracle's verdict on each step that it knows, a sentence each."""


@dataclass(frozen=True, kw_only=True)
class Accepted(Generic[S]):
    """What a baseline says of the subject."""

    value: S


@dataclass(frozen=True, kw_only=True)
class Seen(Accepted[S]):
    """A record of a candidate, and what it says of the subject."""

    record: Record

    def runs(self) -> list[Record]:
        """A record of each run alone: a run beside itself, since one run has no noise."""
        places = {(run.scenario, run.variant) for run in self.record.runs}
        numbers = sorted({run.number for run in self.record.runs})
        return [
            replace(self.record, runs=tuple(_twice(self.record.runs, number)))
            for number in numbers
            if {(r.scenario, r.variant) for r in self.record.runs if r.number == number} == places
        ]


def alike(subject: Subject[S], runs: Sequence[S]) -> list[list[S]]:
    """The runs in groups that show the same."""
    groups: list[list[S]] = []
    for run in runs:
        group = next((each for each in groups if not subject.differences(each[0], run)), None)
        if group is None:
            groups.append([run])
        else:
            group.append(run)
    return groups


def _twice(runs: Sequence[Run], number: int) -> list[Run]:
    alone = [run for run in runs if run.number == number]
    return [replace(run, number=again) for again in (1, 2) for run in alone]


def kept_record(directory: Path, lock_sha256: str, runs: int) -> Record | None:
    """The record that an earlier search has left, if it has as many runs and no failure."""
    try:
        record = load_record(directory / "record.json")
    except RecordError:
        return None
    has = max((run.number for run in record.runs), default=runs)
    same = record.lock_sha256 == lock_sha256
    return record if same and not record.failure and has >= runs else None


def key_of(name: str, source: Path, *said: str) -> str:
    """A file name that changes with a source, with the probe, and with `said`."""
    found = hashlib.sha256()
    for path in (source, *sorted(PROBE.glob("*.py"))):
        found.update(path.read_bytes() + b"\0")
    for each in said:
        found.update(b"\0" + each.encode())
    return f"{NOT_A_NAME.sub('-', name)[:60]}-{found.hexdigest()[:DIGITS]}"
