"""Assesses a night: compares its judged records with those of the nights before."""

import datetime
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.base.words import listed
from harness.environments.targets import Target
from harness.judging.criteria import Criteria
from harness.judging.judge import Judgement
from harness.judging.known import Knowledge
from harness.judging.verdicts import DIFFERS, TRUTH, Outcome, Standing
from harness.observing.records import started_at
from harness.observing.snapshots import Snapshot
from harness.running.results import TargetResult, files_of
from harness.upkeep.archive import Archive, Entry
from harness.upkeep.causes import Cause
from harness.upkeep.findings import shown_once
from harness.upkeep.jobs import jobs
from harness.upkeep.night import Night, Seen
from harness.upkeep.regressions import Origin, Sighting, fingerprint_of
from harness.upkeep.windows import Past, build_of, earlier_builds

NAMED = 8  # scenarios that a record left out


def collect(directory: Path, targets: Sequence[Target], results: Path) -> None:
    """Copy the files of jobs, `directory/records-JOB/TARGET/`, to the places of a local run.

    The files of a target come from its own job alone; files of the target in the artifact of
    another job are not results of this night.
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
    causes: Mapping[str, Cause] | None = None,
) -> Night:
    """The night of these results, compared with the nights before; also stored in the archive.

    `targets` are all targets of the project, `causes` what searches found, by target. Runs no
    target.
    """
    seen = [
        replace(
            _seen_or_failed(result, archive, criteria),
            causes=_found(causes, result.target),
        )
        for result in results
    ]
    return night_of(seen, [result.target for result in results], targets, archive, now)


def _found(causes: Mapping[str, Cause] | None, target: Target) -> tuple[Cause, ...]:
    cause = (causes or {}).get(target.name)
    return (cause,) if cause else ()


def night_of(
    seen: Sequence[Seen],
    wanted: Sequence[Target],
    targets: Mapping[str, Target],
    archive: Archive,
    now: datetime.datetime,
) -> Night:
    """The night of the targets that were `wanted`, also entered into the log of the archive.

    `targets` are all targets of the project.
    """
    names = tuple(target.name for target in wanted)
    others = [entry for entry in archive.nights() if entry.began != now]
    # a target that no earlier night knew may be missing: it is new, or never ran at night
    known = {name for entry in others for name in entry.wanted or entry.checked}
    before = [entry for entry in others if entry.began < now]  # the clock was wrong in a later one
    whole = targets.keys() & known <= set(names)
    complete = whole and all(each.checked for each in seen)
    night = Night(
        began=now,
        seen=tuple(_with_moved_windows(seen, wanted)),
        fresh=now if complete or not before else before[-1].fresh or before[-1].began,
        whole=whole,
    )
    archive.enter(
        Entry(
            began=now,
            checked=night.checked,
            wanted=names,
            fresh=night.fresh,
            standings=Counter(each.standing for each in seen),
        )
    )
    return night


def _with_moved_windows(seen: Sequence[Seen], targets: Sequence[Target]) -> Iterator[Seen]:
    """The same targets, with `moved` set in each window that another machine explains.

    A target without a lock nearly always has other packages than in its last good build, also when
    only the machine is another. So a finding of it has the origin GROUND if its machine differs
    too and a locked target shows the same finding with the origin GROUND.
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
    """The result of `_seen`; an exception becomes the failure of this target alone."""
    try:
        return _seen(result, archive, criteria)
    except Exception as error:  # noqa: BLE001 - the outer boundary of a target
        failure = f"it could not be assessed: {type(error).__name__}: {error}"
        return Seen(target=result.target.name, standing=Standing.INCONCLUSIVE, failure=failure)


def _seen(result: TargetResult, archive: Archive, criteria: Criteria) -> Seen:
    """The part of a night on one target; stores its record in the archive."""
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
    if record.left_out:  # it would hide a whole record, and be taken for one by the next nights
        missing = listed(record.left_out, NAMED)
        return replace(seen, failure=f"its record is that of a part: it left out {missing}")
    observed = judgement.observed
    once = shown_once(judgement, observed, result.first)
    before = judgement.baseline.accepted
    records = archive.records(result.target.name, started_at(record))
    earlier = earlier_builds(before, records, criteria.tolerances)
    past = Past(result.target, before, build_of(record, observed), earlier, criteria.tolerances)
    sightings = tuple(
        Sighting(change=each.change, window=past.window(each.change))
        for each in judgement.changes
        if each.unknown and fingerprint_of(each.change) not in once
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
        findings=Counter(
            each.knowledge
            for each in judgement.changes
            if each.change.finding and fingerprint_of(each.change) not in once
        ),
        known=_titles(judgement, Knowledge.EXPLAINED),
        covered=_titles(judgement, Knowledge.COVERED),
        lost=tuple(_lost(judgement, observed)),
        once=tuple(f"{change.kind}: {change.where}" for change in once.values()),
    )


def _titles(judgement: Judgement, knowledge: Knowledge) -> tuple[str, ...]:
    """The titles of the known changes that explain, or that cover."""
    general = knowledge is Knowledge.COVERED
    known = (k for e in judgement.changes if e.knowledge is knowledge for k in e.known)
    return tuple(dict.fromkeys(each.title for each in known if each.general is general))


def _lost(judgement: Judgement, observed: Snapshot) -> Iterator[str]:
    """The parts of an observed target that could not be checked, each with the reason."""
    yield from map(str, observed.gaps)
    yield from judgement.baseline.unread.values()
    without = [v for v in judgement.verdicts if v.outcome is Outcome.NO_BASELINE]
    for heading in dict.fromkeys(verdict.heading for verdict in without):
        count = sum(verdict.heading == heading for verdict in without)
        yield f"{' / '.join(filter(None, heading))}: no baseline for {count} of its verdicts"
    for each in judgement.verdicts:  # such as an absent internal that is no longer watched
        if each.axis not in TRUTH and each.outcome.standing in DIFFERS and not each.changes:
            yield str(each)
