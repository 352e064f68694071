"""A night of the scripts of a repository: what differs from their baselines, and since when."""

import datetime
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from harness.base.errors import HarnessError
from harness.base.project import Project
from harness.base.words import listed
from harness.environments.targets import Target
from harness.judging.causes import severity
from harness.judging.changes import Change, ChangeKind
from harness.judging.differences import Difference, Sort
from harness.judging.divergence import Divergence
from harness.judging.held import STATEMENTS, Held, hold
from harness.judging.verdicts import WORST_FIRST, Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Record, Statement, load_record, started_at
from harness.observing.script_baselines import load_trace, script_baseline
from harness.observing.scripts import Trace, trace
from harness.observing.snapshots import Gap, Snapshot, keras_of
from harness.report.escaping import line
from harness.running.holding import OwnScript, ScriptCheck
from harness.upkeep.archive import Archive
from harness.upkeep.assess import night_of
from harness.upkeep.causes import Cause
from harness.upkeep.findings import missing
from harness.upkeep.night import Night, Seen
from harness.upkeep.regressions import Sighting, fingerprint_of
from harness.upkeep.windows import Build, Past, build_of

VARIANT = "as written"
NAME = 100  # characters of the path of a script in a name
SOURCE = 80  # characters of a statement in the name of a finding
DIFFERENCES = 3  # of a statement that a finding tells
KINDS = {
    Sort.VALUES: ChangeKind.VALUES,
    Sort.LAYOUT: ChangeKind.LAYOUT,
    Sort.REACHED: ChangeKind.STEP,
    Sort.STEADINESS: ChangeKind.SEEDING,
    Sort.MESSAGE: ChangeKind.ERROR,
    Sort.TEXT: ChangeKind.VALUES,
    Sort.PRINTED: ChangeKind.VALUES,
}


def assess_scripts(
    checks: Sequence[ScriptCheck],
    wanted: Sequence[Target],
    targets: Mapping[str, Target],
    project: Project,
    archive: Archive,
    now: datetime.datetime,
    tolerances: Tolerances,
    causes: Mapping[str, Sequence[Cause]] | None = None,
) -> Night:
    """The night of these checks, compared with the nights before; also stored in the archive.

    `targets` are all targets of the project, `causes` what searches found, by target. Runs
    nothing.
    """
    seen = []
    for target in wanted:
        of_target = [each for each in checks if each.target.name == target.name]
        parts = [_seen_or_failed(each, project, archive, tolerances) for each in of_target]
        found = tuple((causes or {}).get(target.name, ()))
        seen.append(replace(_together(target, parts), causes=found))
    night = night_of(seen, wanted, targets, archive, now)
    return replace(night, scripts={_name(each.script): each.script.name for each in checks})


def _together(target: Target, parts: Sequence[Seen]) -> Seen:
    """What the scripts of a target came to: the worst standing, and all findings."""
    standing = next(
        each for each in WORST_FIRST if each in {Standing.UNCHANGED, *(p.standing for p in parts)}
    )
    failed = [part.failure for part in parts if part.failure]
    observed = [part for part in parts if part.started]
    return Seen(
        target=target.name,
        standing=standing,
        started=min((part.started for part in observed if part.started), default=None),
        distributions=observed[0].distributions if observed else {},
        sightings=tuple(each for part in parts for each in part.sightings),
        lost=(*failed, *(each for part in parts for each in part.lost)) if observed else (),
        failure="" if observed else "; ".join(dict.fromkeys(failed)),
        earlier="; ".join(part.earlier for part in parts if part.earlier),
        once=tuple(each for part in parts for each in part.once),
        seconds=sum(part.seconds for part in parts),
    )


def _seen_or_failed(
    check: ScriptCheck, project: Project, archive: Archive, tolerances: Tolerances
) -> Seen:
    seen = Seen(
        target=check.target.name,
        standing=check.held.standing,
        earlier=f"{check.script.name}: {check.first.standing}" if check.first else "",
        seconds=check.tried.seconds,
    )
    try:
        return _seen(check, seen, project, archive, tolerances)
    except Exception as error:  # noqa: BLE001 - the outer boundary of a script on a target
        failure = f"{check.script.name} could not be assessed: {type(error).__name__}: {error}"
        return replace(seen, standing=Standing.INCONCLUSIVE, failure=failure)


def _seen(
    check: ScriptCheck, seen: Seen, project: Project, archive: Archive, tolerances: Tolerances
) -> Seen:
    script, target, held = check.script, check.target, check.held
    if held.trace is None:
        return replace(seen, failure=f"{script.name}: {held.failure}")
    record = load_record(script.results(project) / target.name / "record.json")
    own = Archive(directory=archive.directory / "scripts" / _name(script))
    found, once = _steady(check, record)
    sightings: tuple[Sighting, ...] = ()
    if found:
        before = load_trace(script_baseline(script.path, target.name))
        past = Past(
            target,
            _snapshot(script, before, record),
            build_of(record, _snapshot(script, held.trace, record)),
            _earlier(script, before, own.records(target.name, started_at(record)), tolerances),
            tolerances,
        )
        sightings = tuple(Sighting(change=each, window=past.window(each)) for each in found)
    own.keep(record)
    return replace(
        seen,
        started=started_at(record),
        distributions=held.trace.distributions,
        sightings=sightings,
        lost=tuple(f"{script.name}: {each}" for each in (*held.doubts, *_not_reached(held))),
        once=tuple(f"{each.kind}: {each.where}" for each in once),
    )


def _not_reached(held: Held) -> Iterator[str]:
    """What an error of an earlier statement has hidden: nobody knows what it would do."""
    if held.between and held.trace and not held.trace.ended:  # an early end is told already
        names = [e.name for e in held.between.not_reached if e.name in held.between.before.results]
        if names:
            yield f"an error came before {listed(names, STATEMENTS)}"


def _steady(check: ScriptCheck, record: Record) -> tuple[list[Change], list[Change]]:
    """The findings that no try contradicts, and those of only one try that the other could have
    shown: these are chance until proven otherwise.
    """
    now = list(changes(check.script, check.held))
    first = check.first
    if first is None or first.trace is None or check.held.trace is None:
        return now, []
    seen, seen_first = (
        _snapshot(check.script, each, record) for each in (check.held.trace, first.trace)
    )
    one = {fingerprint_of(each): each for each in now}
    other = {fingerprint_of(each): each for each in changes(check.script, first)}
    once = missing(one, other, seen_first) | missing(other, one, seen)
    return [each for name, each in one.items() if name not in once], list(once.values())


def _earlier(
    script: OwnScript, before: Trace, records: Iterator[Record], tolerances: Tolerances
) -> Iterator[Build]:
    """The builds of earlier nights; a record that cannot be used is left out."""
    for record in records:
        try:
            seen = trace(record, tolerances)
        except HarnessError:
            continue
        found = changes(script, hold(script.name, before, seen, tolerances))
        shown = frozenset(map(fingerprint_of, found))
        yield build_of(record, _snapshot(script, seen, record), shown)


def worst_finding(check: ScriptCheck, project: Project) -> tuple[Change, int] | None:
    """The most harmful finding that no try contradicts, with the line of its statement.

    The line is 0 if the statement is in the baseline alone. None if there is no finding. A
    statement that works now is none. Raises RecordError.
    """
    record = load_record(check.script.results(project) / check.target.name / "record.json")
    steady, _ = _steady(check, record)
    found = sorted((c for c in steady if c.kind is not ChangeKind.WORKS), key=severity)
    if not found or check.held.trace is None:
        return None
    subjects = _subjects(check.held.trace.statements)
    lines = {subjects[each.name]: each.line for each in check.held.trace.statements}
    return found[0], lines.get(found[0].subject, 0)


def changes(script: OwnScript, held: Held) -> Iterator[Change]:
    """A change for each statement at which a difference begins; an early end is none."""
    if held.between is None or held.trace is None:
        return
    names = _subjects(held.trace.statements)
    for each in held.between.divergences:
        told = [one for one in each.differences if one.sort is not Sort.ENDS]
        if each.follows is None and told:
            name = each.statement.name  # the baseline alone may have it, if it is a step
            sides = held.between.before, held.trace
            yield _change(script, sides, each, told, names.get(name, name))


def _change(
    script: OwnScript,
    sides: tuple[Trace, Trace],
    found: Divergence,
    told: Sequence[Difference],
    subject: str,
) -> Change:
    before, now = sides
    worst = told[0]
    result = now.results.get(found.statement.name)
    array = result.result.arrays.get(worst.name) if result else None
    text = "; ".join(map(str, told[:DIFFERENCES]))
    raised, raises = (_raises(each, found.statement.name) for each in (before, now))
    other = ChangeKind.ERROR if raised else ChangeKind.NEWLY_RAISES
    kind = KINDS.get(worst.sort) or (other if raises else ChangeKind.WORKS)
    return Change(
        kind=kind,
        subject=subject,
        before="as accepted",
        after=f"{found.statement.name}: {text}",
        scenario=_name(script),
        variants=(VARIANT,),
        reason=text,
        after_mean=array.mean if array and array.values else None,
    )


def _raises(side: Trace, statement: str) -> bool:
    result = side.results.get(statement)
    return result is not None and result.result.error is not None


def _subjects(statements: Sequence[Statement]) -> dict[str, str]:
    """A text for each statement that stays the same where its line moves: its source, or the name
    of a step.
    """
    seen = Counter[str]()
    found = {}
    for each in statements:
        text = each.name if each.is_step else line(each.source, SOURCE) or each.name
        seen[text] += 1
        found[each.name] = text if seen[text] == 1 else f"{text} ({seen[text]})"
    return found


def _snapshot(script: OwnScript, found: Trace, record: Record) -> Snapshot:
    """A trace as a window needs it: what was reached, and with which distributions."""
    names = _subjects(found.statements)
    pair = _name(script), VARIANT
    results = {names[name]: each.result for name, each in found.results.items()}
    # a function may return before its last statement, which stops nothing
    errors = [each.result.error for each in found.results.values()]
    raised = any(each and not each.is_success for each in errors)
    reached = not raised or found.results.keys() >= {each.name for each in found.statements}
    why = found.ended or ("" if reached else "an error stopped it")
    gaps = [Gap(reason=why, scenario=pair[0], variant=VARIANT, end="crashed")]
    variables = record.environment.variables if record.environment else {}
    return Snapshot(
        name=found.target,
        distributions=found.distributions,
        steps={pair: results},
        internals={},
        keras=keras_of(found.distributions, variables),
        gaps=tuple(gaps) if why else (),
    )


def _name(script: OwnScript) -> str:
    """The path of a script as a name that can be a part of a file name, and that no other has."""
    path = Path(script.name).with_suffix("").as_posix()
    name = path.replace("/", ".")[-NAME:]
    if "." not in path and len(path) <= NAME:
        return name
    return f"{name}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"
