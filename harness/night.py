"""A night: what each target does against what is accepted, since when, and what was not checked."""

import datetime
import logging
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import msgspec

from harness.archive import Archive, Entry
from harness.changes import Change, ChangeKind
from harness.check import FIRST_RECORD, LEFT_BEHIND, Checked
from harness.diff import Diff, diff
from harness.errors import HarnessError, UncheckedError, UsageError
from harness.known import load_known
from harness.numerics import Tolerances
from harness.observed import Observed, accepted, from_record
from harness.records import Record, Surroundings, load_record, started_at
from harness.regressions import (
    ABSENT,
    ACCEPTED,
    Axis,
    Difference,
    Regression,
    Sighting,
    Window,
    fingerprint_of,
)
from harness.shards import jobs
from harness.targets import Target, load_targets

log = logging.getLogger(__name__)

SCHEMA_VERSION = 1
STALE = datetime.timedelta(days=3)  # after this long without a complete night there is an alarm
DAY = datetime.timedelta(days=1)
SOURCES, LINE = 5, 160  # internals that a window names, and characters of a line of their code
VECTORS = ("avx", "fma", "amx", "sse4")  # the CPU's features that libraries choose their code by


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What a night saw of one target.

    `started` and `distributions` are empty where nothing was observed, and `failure` then says why;
    `lost` says what could not be checked of a target that was. `earlier` is how a first try ended,
    where there was a second, and `once` what only one of the two showed; `seconds` is what both
    took.
    """

    target: str
    started: str = ""
    distributions: Mapping[str, str] = field(default_factory=dict)
    sightings: tuple[Sighting, ...] = ()
    known: tuple[str, ...] = ()  # titles of known changes that show
    lost: tuple[str, ...] = ()
    failure: str = ""
    earlier: str = ""
    once: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def checked(self) -> bool:
        """Whether all of it was checked."""
        return not self.failure and not self.lost

    @property
    def clean(self) -> bool:
        """Whether what it does not show is gone: it was checked, and showed the same every time."""
        return self.checked and not self.once


@dataclass(frozen=True, kw_only=True)
class Night:
    """All that a night saw.

    `whole` says whether it was to see all targets that there are, as far as earlier nights know of
    them. `fresh` is when the last whole night checked all of its targets, or the first night if
    none ever did.
    """

    began: datetime.datetime
    seen: tuple[Seen, ...]
    fresh: datetime.datetime
    whole: bool = True

    @property
    def sightings(self) -> list[Sighting]:
        return [sighting for each in self.seen for sighting in each.sightings]

    @property
    def checked(self) -> tuple[str, ...]:
        return tuple(each.target for each in self.seen if each.checked)

    @property
    def clean(self) -> tuple[str, ...]:
        return tuple(each.target for each in self.seen if each.clean)

    @property
    def unchecked(self) -> tuple[Seen, ...]:
        return tuple(each for each in self.seen if not each.checked)

    @property
    def stale(self) -> bool:
        """Whether it is time for an alarm; a night of a few targets says nothing about that."""
        return self.whole and self.began - self.fresh > STALE


@dataclass(frozen=True, kw_only=True)
class Conclusion:
    """What a night came to, as `results/night.json` has it.

    `issues` says what became of the issue of each regression, by fingerprint, and where that is;
    `dismissed` are those that a person does not want to hear of; `troubles` is what kept an issue
    from being seen to.
    """

    schema_version: int = SCHEMA_VERSION
    night: Night
    regressions: tuple[Regression, ...]
    issues: Mapping[str, str] = field(default_factory=dict)
    dismissed: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()

    @property
    def exit_code(self) -> int:
        """1 if anything regressed that somebody wants to hear of, 3 if not all could be done."""
        heard = [each for each in self.regressions if each.fingerprint not in self.dismissed]
        if any(not each.welcome for each in heard):
            return 1
        return 3 if self.night.unchecked or self.night.stale or self.troubles else 0


def load_conclusion(path: Path) -> Conclusion:
    """Read what the last night came to. Raises UsageError, since somebody has to run one first."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=Conclusion)
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise UsageError(
            f"{path}: cannot be read: {error}; `nox -s nightly` writes it, and a run of the "
            "nightly workflow has it in its artifact `night`"
        ) from error
    if found.schema_version != SCHEMA_VERSION:
        raise UsageError(
            f"{path}: schema version {found.schema_version}, this harness reads {SCHEMA_VERSION}; "
            "`nox -s nightly` writes it anew"
        )
    return found


def collect(directory: Path, targets: Sequence[Target], results: Path) -> None:
    """Lay what jobs recorded, `directory/records-JOB/TARGET/record.json`, where a local run does.

    A target is taken from the job that had to check it: what another one says of it is not true.
    """
    for target, job in jobs(targets).items():
        place = results / target
        for name in LEFT_BEHIND:
            (place / name).unlink(missing_ok=True)
            path = directory / f"records-{job}" / target / name
            if path.is_file() and not path.is_symlink():
                place.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place / name)


def see(
    targets: Sequence[Target],
    results: Path,
    baselines: Path,
    archive: Archive,
    now: datetime.datetime,
) -> Night:
    """Hold the records at hand against what is accepted, and against the nights before; keep them.

    Everything is read from files, nothing is run.
    """
    seen = [_see(target, results, baselines, archive, now) for target in targets]
    wanted = tuple(target.name for target in targets)
    before = [entry for entry in archive.nights() if entry.began != now]
    known = {name for entry in before for name in entry.wanted or entry.checked}
    whole = load_targets().keys() & known <= set(wanted)
    complete = whole and all(each.checked for each in seen)
    night = Night(
        began=now,
        seen=tuple(_told_by_the_ground(seen, targets)),
        fresh=now if complete or not before else before[-1].fresh or before[-1].began,
        whole=whole,
    )
    archive.enter(Entry(began=now, checked=night.checked, wanted=wanted, fresh=night.fresh))
    return night


def _told_by_the_ground(seen: Sequence[Seen], targets: Sequence[Target]) -> Iterator[Seen]:
    """What was seen, and nothing taken for news that the ground does to a locked target as well.

    A target without a lock nearly always has other packages, also where a machine has moved.
    """
    locked = {target.name for target in targets if target.locked}
    moved = {
        each.fingerprint
        for one in seen
        if one.target in locked
        for each in one.sightings
        if each.window.axis is Axis.GROUND
    }
    for one in seen:
        sightings = (
            replace(each, window=replace(each.window, moved=True))
            if each.window.packages and each.window.machine and each.fingerprint in moved
            else each
            for each in one.sightings
        )
        yield replace(one, sightings=tuple(sightings))


def _see(
    target: Target, results: Path, baselines: Path, archive: Archive, now: datetime.datetime
) -> Seen:
    """One target; whatever keeps it from being checked is told, not raised."""
    checked = _verdicts(results / target.name / "verdicts.json")
    seen = Seen(
        target=target.name,
        earlier=checked.earlier if checked else "",
        seconds=checked.seconds if checked else 0.0,
    )
    path = results / target.name / "record.json"
    try:
        record = _record(path, target, now, checked.failure if checked else None)
        first = _first(path.with_name(FIRST_RECORD), target)
        return _held(seen, target, record, first, baselines, archive)
    except HarnessError as error:
        return replace(seen, failure=str(error))
    except Exception as error:  # noqa: BLE001 - the rim: others' code wrote it, no night ends by it
        said = f"{type(error).__name__}: {error}"
        return replace(seen, failure=f"{path}: not a sound record: {said}; run the target again")


def _record(path: Path, target: Target, now: datetime.datetime, failure: str | None) -> Record:
    """The record of a target; `failure` is why there may be none. Raises HarnessError."""
    if not path.exists():
        raise UncheckedError(failure or "there is no record of it: it was not run to its end")
    record = load_record(path)
    if record.target != target.name:
        raise UncheckedError(f"{path}: a record of {record.target!r}, not of {target.name!r}")
    if started_at(record) > now + DAY:  # it would stand in the way of the nights to come
        raise UncheckedError(f"{path}: began on {record.started}: is a clock wrong?")
    return record


def _first(path: Path, target: Target) -> Observed | None:
    """What the first of two tries observed; None if there was only one, or it observed nothing."""
    if not path.exists():
        return None
    try:
        record = load_record(path)
        return from_record(record, Tolerances()) if record.target == target.name else None
    except HarnessError:
        return None


def _held(
    seen: Seen,
    target: Target,
    record: Record,
    first: Observed | None,
    baselines: Path,
    archive: Archive,
) -> Seen:
    """A target of which there is a record, held against what is accepted of it.

    Of two tries only what both show is blamed on anybody.
    """
    known = load_known()
    before = accepted(target, baselines)
    after = from_record(record, Tolerances())
    found = diff(before, after, known, Tolerances())
    findings = [each for each in found.findings if each.change.finding]
    tried = diff(before, first, known, Tolerances()) if first else found
    once = _shown_alone(found, tried) | _shown_alone(tried, found)
    earlier = archive.records(target.name, started_at(record))
    past = _Past(target, before, _build(record, after), earlier)
    sightings = tuple(
        Sighting(change=each.change, window=past.window(each.change))
        for each in findings
        if not each.known and fingerprint_of(each.change) not in once
    )
    archive.keep(record)
    return replace(
        seen,
        started=record.started,
        distributions=after.distributions,
        sightings=sightings,
        known=tuple(dict.fromkeys(k.title for each in findings for k in each.known)),
        lost=found.lost,
        once=tuple(f"{change.kind}: {change.where}" for change in once.values()),
    )


def _shown_alone(one: Diff, other: Diff) -> dict[str, Change]:
    """What one of two tries shows and the other does not, though it could, by fingerprint."""
    shown = _unknown(other)
    return {
        name: change
        for name, change in _unknown(one).items()
        if name not in shown and _tells_of(change, other.after)
    }


def _unknown(found: Diff) -> dict[str, Change]:
    """The findings that nothing explains, by fingerprint."""
    return {
        fingerprint_of(each.change): each.change
        for each in found.findings
        if each.change.finding and not each.known
    }


@dataclass(frozen=True, kw_only=True)
class _Build:
    """One night's build of a target, and the fingerprints of all in which it differs."""

    started: str
    observed: Observed
    machine: Mapping[str, str] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()


class _Past:
    """What the archive tells of a target, read as far back as anybody asks."""

    def __init__(self, target: Target, before: Observed, now: _Build, records: Iterator[Record]):
        self._target = target
        self._before = before
        self._now = now
        self._records = records
        self._read: list[_Build] = []
        self._windows: dict[tuple[str, str], Window] = {}

    def window(self, change: Change) -> Window:
        """From the last build without a change to the first of those, up to now, that show it."""
        bad = self._now
        for build in self._earlier():
            if fingerprint_of(change) in build.shown:
                bad = build
            elif _tells_of(change, build.observed):
                return self._between(build, bad)
        if self._target.locked:  # the same packages, but nobody knows on which machine
            return Window(target=self._target.name, good=None, bad=bad.started)
        # nor is it known here, so that the machine is taken to be the same
        accepted = _Build(started=ACCEPTED, observed=self._before, machine=bad.machine)
        return self._between(accepted, bad)

    def _between(self, good: _Build, bad: _Build) -> Window:
        moments = good.started, bad.started
        if moments not in self._windows:
            self._windows[moments] = _window(good, bad)
        return self._windows[moments]

    def _earlier(self) -> Iterator[_Build]:
        """The builds, newest first."""
        yield from self._read
        for record in self._records:
            try:
                observed = from_record(record, Tolerances())
                found = diff(self._before, observed, (), Tolerances()).findings
            except (HarnessError, ValueError, ArithmeticError) as error:
                log.warning("what is kept from %s is left out: %s", record.started, error)
                continue
            shown = frozenset(fingerprint_of(each.change) for each in found)
            self._read.append(_build(record, observed, shown))
            yield self._read[-1]


def _tells_of(change: Change, observed: Observed) -> bool:
    """Whether a change would show: not if the part in which it is could not be observed."""
    places = [f"{change.scenario} / {variant}" for variant in change.variants] or ["internals"]
    return not any(why.startswith(f"{place}: ") for place in places for why in observed.lost)


def _build(record: Record, observed: Observed, shown: frozenset[str] = frozenset()) -> _Build:
    return _Build(
        started=record.started,
        observed=observed,
        machine=_machine(record.environment) if record.environment else {},
        shown=shown,
    )


def _window(good: _Build, bad: _Build) -> Window:
    """What differs between two builds of a target."""
    return Window(
        target=bad.observed.name,
        good=good.started,
        bad=bad.started,
        packages=_differences(good.observed.distributions, bad.observed.distributions),
        machine=_differences(good.machine, bad.machine),
        sources=tuple(_sources(good.observed, bad.observed)),
    )


def _sources(good: Observed, bad: Observed) -> Iterator[Difference]:
    """The first internals whose code differs, and the first lines in which it does."""
    found = diff(good, bad, (), Tolerances()).findings
    bodies = [each.change for each in found if each.change.kind is ChangeKind.BODY]
    for change in bodies[:SOURCES]:
        lines = {
            sign: [line[1:] for line in change.diff()[2:] if line.startswith(sign)] for sign in "-+"
        }
        good_line, bad_line = (" ".join(lines[sign][:1])[:LINE].strip() for sign in "-+")
        yield Difference(name=change.subject, good=good_line, bad=bad_line)


def _differences(good: Mapping[str, str], bad: Mapping[str, str]) -> tuple[Difference, ...]:
    return tuple(
        Difference(name=name, good=good.get(name, ABSENT), bad=bad.get(name, ABSENT))
        for name in sorted(good.keys() | bad.keys())
        if good.get(name) != bad.get(name)
    )


def _machine(where: Surroundings) -> dict[str, str]:
    """What can move under a lock: processor, system, interpreter, the image of a runner."""
    flags = where.cpu.get("flags")
    vectors = [f for f in flags if f.startswith(VECTORS)] if isinstance(flags, list) else []
    facts = {
        "CPU": str(where.cpu.get("model")),
        "CPU features": " ".join(vectors),
        "processors": str(where.cpu.get("count")),
        "system": where.platform,
        "Python": where.python,
    }
    image = " ".join(v for k, v in where.variables.items() if k.startswith("Image"))
    return {**facts, "runner image": image} if image else facts


def _verdicts(path: Path) -> Checked | None:
    """What the last check of a target said, if it can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checked)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
