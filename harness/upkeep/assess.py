"""Assesses a night: its judged records, beside those of the nights before."""

import datetime
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.environments.targets import Target
from harness.judging.changes import Change
from harness.judging.criteria import Criteria
from harness.judging.judge import Judgement
from harness.judging.verdicts import DIFFERS, TRUTH, Outcome, Standing
from harness.observing.records import started_at
from harness.observing.snapshots import Snapshot
from harness.running.results import TargetResult, files_of
from harness.upkeep.archive import Archive, Entry
from harness.upkeep.jobs import jobs
from harness.upkeep.night import Night, Seen
from harness.upkeep.regressions import Origin, Sighting, fingerprint_of
from harness.upkeep.windows import Past, build_of, tells_of


def collect(directory: Path, targets: Sequence[Target], results: Path) -> None:
    """Copy the files that jobs left, `directory/records-JOB/TARGET/`, to where a local run has
    them.

    A target is taken from the job that had to check it: another job says nothing true of it.
    """
    for target, job in jobs(targets).items():
        files = files_of(target, results)
        files.clear()
        for place in files.all:
            path = directory / f"records-{job}" / target / place.name
            if path.is_file() and not path.is_symlink():
                place.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, place)


def assess(
    results: Sequence[TargetResult],
    targets: Mapping[str, Target],
    archive: Archive,
    criteria: Criteria,
    now: datetime.datetime,
) -> Night:
    """The night of these results, beside the nights before; keeps it in the archive.

    `targets` are all that there are. Nothing is run.
    """
    seen = [_seen_or_failed(result, archive, criteria) for result in results]
    wanted = tuple(result.target.name for result in results)
    before = [entry for entry in archive.nights() if entry.began != now]
    known = {name for entry in before for name in entry.wanted or entry.checked}
    whole = targets.keys() & known <= set(wanted)
    complete = whole and all(each.checked for each in seen)
    night = Night(
        began=now,
        seen=tuple(_moved_by_the_ground(seen, [result.target for result in results])),
        fresh=now if complete or not before else before[-1].fresh or before[-1].began,
        whole=whole,
    )
    archive.enter(Entry(began=now, checked=night.checked, wanted=wanted, fresh=night.fresh))
    return night


def _moved_by_the_ground(seen: Sequence[Seen], targets: Sequence[Target]) -> Iterator[Seen]:
    """All that was seen; a finding that a locked target shows on the ground too is no news.

    A target without a lock nearly always has other packages, also where a machine has moved.
    """
    locked = {target.name for target in targets if target.locked}
    moved = {
        each.fingerprint
        for one in seen
        if one.target in locked
        for each in one.sightings
        if each.window.origin is Origin.GROUND
    }
    for one in seen:
        sightings = (
            replace(each, window=replace(each.window, moved=True))
            if each.window.packages and each.window.machine and each.fingerprint in moved
            else each
            for each in one.sightings
        )
        yield replace(one, sightings=tuple(sightings))


def _seen_or_failed(result: TargetResult, archive: Archive, criteria: Criteria) -> Seen:
    """One target as `_seen` has it; an error in it is its failure, and ends no night."""
    try:
        return _seen(result, archive, criteria)
    except Exception as error:  # noqa: BLE001 - the outer boundary: no target ends a night
        failure = f"it could not be assessed: {type(error).__name__}: {error}"
        return Seen(target=result.target.name, standing=Standing.INCONCLUSIVE, failure=failure)


def _seen(result: TargetResult, archive: Archive, criteria: Criteria) -> Seen:
    """What a night saw of one target."""
    checked, record, judgement = result.checked, result.record, result.judgement
    seen = Seen(
        target=result.target.name,
        standing=result.standing,
        earlier=checked.earlier if checked else "",
        seconds=checked.seconds if checked else 0.0,
    )
    if record is None or judgement is None or judgement.observed is None:
        missing = "there is no record of it: it was not run to its end"
        return replace(seen, failure=result.failure or missing)
    observed = judgement.observed
    once = _shown_once(judgement, observed, result.first)
    earlier = archive.records(result.target.name, started_at(record))
    before = judgement.baseline.accepted
    past = Past(result.target, before, build_of(record, observed), earlier, criteria.tolerances)
    sightings = tuple(
        Sighting(change=each.change, window=past.window(each.change))
        for each in judgement.changes
        if each.unexplained and fingerprint_of(each.change) not in once
    )
    archive.keep(record)
    return replace(
        seen,
        started=started_at(record),
        distributions=observed.distributions,
        sightings=sightings,
        wrong=tuple(
            str(verdict)
            for verdict in judgement.verdicts
            if verdict.axis in TRUTH and verdict.outcome.standing in DIFFERS
        ),
        known=tuple(dict.fromkeys(k.title for each in judgement.changes for k in each.known)),
        lost=tuple(_lost(judgement, observed)),
        once=tuple(f"{change.kind}: {change.where}" for change in once.values()),
    )


def _lost(judgement: Judgement, observed: Snapshot) -> Iterator[str]:
    """What could not be checked of a target that was observed, and why."""
    yield from map(str, observed.gaps)
    yield from judgement.baseline.unread.values()
    without = [v for v in judgement.verdicts if v.outcome is Outcome.NO_BASELINE]
    for heading in dict.fromkeys(verdict.heading for verdict in without):
        count = sum(verdict.heading == heading for verdict in without)
        yield f"{' / '.join(filter(None, heading))}: no baseline for {count} of its verdicts"


def _shown_once(
    judgement: Judgement, observed: Snapshot, first: Judgement | None
) -> dict[str, Change]:
    """What only one of two tries shows and the other does not, though it could, by fingerprint.

    Only what both show is blamed on anybody.
    """
    if first is None or first.observed is None:
        return {}
    one, other = _unexplained(judgement), _unexplained(first)
    return _missing(one, other, first.observed) | _missing(other, one, observed)


def _missing(
    shown: Mapping[str, Change], elsewhere: Mapping[str, Change], observed: Snapshot
) -> dict[str, Change]:
    return {
        name: change
        for name, change in shown.items()
        if name not in elsewhere and tells_of(change, observed)
    }


def _unexplained(judgement: Judgement) -> dict[str, Change]:
    """The findings that nothing explains, by fingerprint."""
    return {
        fingerprint_of(each.change): each.change for each in judgement.changes if each.unexplained
    }
