"""Sees what a night recorded: holds it against what is accepted and against the nights before."""

import datetime
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec

from harness.archive import Archive, Entry
from harness.changes import Change
from harness.check import FIRST_RECORD, LEFT_BEHIND, Checked
from harness.diff import Diff, diff
from harness.errors import HarnessError, UncheckedError
from harness.known import load_known
from harness.night import Night, Seen
from harness.numerics import Tolerances
from harness.observed import Observed, accepted, from_record
from harness.records import Record, load_record, started_at
from harness.regressions import Axis, Sighting, fingerprint_of
from harness.shards import jobs
from harness.targets import Target, load_targets
from harness.windows import Past, build_of, tells_of

DAY = datetime.timedelta(days=1)


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
    except Exception:  # noqa: BLE001 - the rim: what makes no sense has no say
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
    past = Past(target, before, build_of(record, after), earlier)
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
        if name not in shown and tells_of(change, other.after)
    }


def _unknown(found: Diff) -> dict[str, Change]:
    """The findings that nothing explains, by fingerprint."""
    return {
        fingerprint_of(each.change): each.change
        for each in found.findings
        if each.change.finding and not each.known
    }


def _verdicts(path: Path) -> Checked | None:
    """What the last check of a target said, if it can be read."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Checked)
    except (OSError, ValueError, msgspec.MsgspecError):
        return None
