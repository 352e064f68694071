"""The files that a run leaves in `results/TARGET/`: the one place that writes and reads them.

record.json        all that was observed      verdicts.json  what it came to
record-first.json  the same of a first try    junit.xml      the verdicts as tests
probe.log          the output of the probe    pytest.txt     the output of pytest, in a matrix
cause.json         what a search has found of the cause of what is new
"""

import contextlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

from harness.base.errors import HarnessError, UncheckedError
from harness.base.files import write_whole
from harness.base.loading import Layout
from harness.base.project import Project
from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.judging.judge import Judgement, judge
from harness.judging.verdicts import WORST_FIRST, Outcome, Standing, Verdict, standing_of
from harness.observing.records import Record, load_record, started_at
from harness.observing.snapshots import load_baseline

SCHEMA_VERSION = 1
T = TypeVar("T")
DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How the check of one target ended, and why it has no verdicts (`failure`).

    `earlier` says how a first try ended, where there was a second. `seconds` is what all took.
    """

    target: str
    schema_version: int = SCHEMA_VERSION
    failure: str | None = None
    exit_code: int = 0
    seconds: float = 0.0
    earlier: str = ""


@dataclass(frozen=True, kw_only=True)
class Checked(Ended):
    """What became of one target: how its check ended, and its verdicts."""

    verdicts: tuple[Verdict, ...] = ()

    @property
    def standing(self) -> Standing:
        """The standing of the whole target, also of one that failed and has no verdicts."""
        if self.failure is not None and not self.verdicts:
            return Standing.INCONCLUSIVE
        return standing_of(verdict.outcome for verdict in self.verdicts)


def _layout(kind: type[T]) -> Layout[T]:
    return Layout(
        content=kind,
        title="verdicts",
        error=UncheckedError,
        way_out="run the target again",
        version=SCHEMA_VERSION,
    )


LAYOUT, _END = _layout(Checked), _layout(Ended)


@dataclass(frozen=True, kw_only=True)
class TargetFiles:
    """The files of one target in a directory of results."""

    directory: Path

    @property
    def record(self) -> Path:
        return self.directory / "record.json"

    @property
    def first_record(self) -> Path:
        return self.directory / "record-first.json"

    @property
    def verdicts(self) -> Path:
        return self.directory / "verdicts.json"

    @property
    def junit(self) -> Path:
        return self.directory / "junit.xml"

    @property
    def printed(self) -> Path:
        return self.directory / "pytest.txt"

    @property
    def log(self) -> Path:
        return self.directory / "probe.log"

    @property
    def cause(self) -> Path:
        return self.directory / "cause.json"

    @property
    def all(self) -> tuple[Path, ...]:
        return (
            *(self.record, self.first_record, self.verdicts),
            *(self.junit, self.printed, self.log, self.cause),
        )

    def clear(self) -> None:
        """Remove the files of an earlier run, so that nobody takes them for those of this one."""
        for path in self.all:
            path.unlink(missing_ok=True)

    def write_verdicts(self, checked: Checked) -> None:
        write_whole(self.verdicts, msgspec.json.encode(checked))

    def read_verdicts(self) -> Checked | None:
        """What the last check came to; None if there was none. Raises UncheckedError."""
        return LAYOUT.load(self.verdicts) if self.verdicts.exists() else None

    def read_end(self) -> Ended | None:
        """As `read_verdicts`, without the verdicts, which take long to read; None if damaged."""
        try:
            return _END.load(self.verdicts) if self.verdicts.exists() else None
        except UncheckedError:
            return None


def files_of(target: str, results: Path) -> TargetFiles:
    return TargetFiles(directory=results / target)


@dataclass(frozen=True, kw_only=True)
class TargetResult:
    """The last run of a target, as its files tell of it, and judged.

    `failure` says why there is no record that can be judged, and is empty if there is one. `first`
    is the judgement of a first try, where there was a second. `checked` is what the run itself
    said, where it said anything, without its verdicts if the record could be judged. `damaged` are
    files that could not be read, each with the reason.
    """

    target: Target
    checked: Ended | None = None
    record: Record | None = None
    judgement: Judgement | None = None
    first: Judgement | None = None
    failure: str = ""
    damaged: tuple[str, ...] = ()

    @property
    def ran(self) -> bool:
        """Whether the target was run, whatever became of it."""
        return self.checked is not None or self.record is not None or bool(self.failure)

    @property
    def verdicts(self) -> tuple[Verdict, ...]:
        """The verdicts of the judge; where nothing was recorded, those of the run."""
        if self.judgement is not None:
            return self.judgement.verdicts
        return self.checked.verdicts if isinstance(self.checked, Checked) else ()

    @property
    def left_out(self) -> tuple[str, ...]:
        """The scenarios that were not to be run, and `internals` if those were not."""
        return self.record.left_out if self.record else ()

    @property
    def outcomes(self) -> list[Outcome]:
        return [verdict.outcome for verdict in self.verdicts]

    @property
    def standing(self) -> Standing:
        """The standing of the whole target, which is not run if a part of it was left out."""
        if not self.ran:
            return Standing.NOT_RUN
        found = standing_of(self.outcomes) if self.verdicts else Standing.INCONCLUSIVE
        best = Standing.NOT_RUN if self.left_out else Standing.UNCHANGED
        return min(found, best, key=WORST_FIRST.index)


def read_result(
    target: Target, project: Project, criteria: Criteria, now: datetime
) -> TargetResult:
    """Read and judge the last run of a target. Whatever is wrong with its files is a `failure`."""
    files = files_of(target.name, project.results)
    if not files.record.exists():
        try:
            checked = files.read_verdicts()
        except HarnessError as error:
            return TargetResult(target=target, failure=str(error), damaged=(str(error),))
        return TargetResult(
            target=target, checked=checked, failure=(checked.failure or "") if checked else ""
        )
    try:
        record = _sound_record(files.record, target, now)
        judgement = _judged(record, target, project, criteria, files.record)
    except HarnessError as error:
        checked = None
        with contextlib.suppress(HarnessError):  # one reason is enough
            checked = files.read_verdicts()
        damaged = (str(error),)
        return TargetResult(target=target, checked=checked, failure=str(error), damaged=damaged)
    return TargetResult(
        target=target,
        checked=files.read_end(),
        record=record,
        judgement=judgement,
        first=_first_try(files.first_record, target, project, criteria, now),
        failure=judgement.failure,
        damaged=tuple(judgement.baseline.unread.values()),
    )


def _sound_record(path: Path, target: Target, now: datetime) -> Record:
    """The record of a target. Raises HarnessError if it is damaged or another target's."""
    record = load_record(path)
    if record.target != target.name:
        raise UncheckedError(f"{path}: a record of {record.target!r}, not of {target.name!r}")
    if started_at(record) > now + DAY:  # it would hide the records of the nights to come
        raise UncheckedError(f"{path}: began on {record.started}: is a clock wrong?")
    return record


def _judged(
    record: Record, target: Target, project: Project, criteria: Criteria, path: Path
) -> Judgement:
    try:
        return judge(record, load_baseline(target, project), criteria)
    except HarnessError:
        raise
    except Exception as error:
        said = f"{type(error).__name__}: {error}"
        raise UncheckedError(f"{path}: not a sound record: {said}; run the target again") from error


def _first_try(
    path: Path, target: Target, project: Project, criteria: Criteria, now: datetime
) -> Judgement | None:
    """The judgement of a first try; None if there was no second, or it observed nothing."""
    if not path.exists():
        return None
    try:
        found = _judged(_sound_record(path, target, now), target, project, criteria, path)
    except HarnessError:
        return None
    return found if found.observed else None
