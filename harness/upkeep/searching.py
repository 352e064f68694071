"""Searches what brought the new finding of a target: which package, and which build of it."""

import functools
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from harness.base.errors import HarnessError, UncheckedError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.axes import Axis, Ends, candidates
from harness.environments.candidates import with_distributions
from harness.environments.extras import read_extras
from harness.environments.space import BUDGET, GIGABYTE
from harness.environments.targets import Target
from harness.judging.changes import Change
from harness.judging.criteria import Criteria
from harness.observing.catalogue import scenario_scripts
from harness.observing.probing import Limits, PlainScript
from harness.running.holding import ScriptCheck
from harness.running.parcels import Elsewhere
from harness.running.results import TargetResult, files_of
from harness.search.answer import answer_text
from harness.search.attribute import attribute
from harness.search.attribution import Attribution, attribution_text
from harness.search.bisect import Search, bisect
from harness.search.candidate_runs import Runner
from harness.search.catalogue_subjects import InternalSubject, ScenarioSubject
from harness.search.script_subject import ScriptSubject
from harness.search.subjects import Attributable
from harness.upkeep.causes import Cause
from harness.upkeep.findings import new_findings
from harness.upkeep.regressions import fingerprint_of
from harness.upkeep.script_nights import worst_finding

AXES = {str(axis): axis for axis in Axis if axis is not Axis.CALENDAR}


@dataclass(frozen=True, kw_only=True)
class Searching:
    """How causes are searched: until `deadline`, a reading of `time.monotonic()`.

    `targets` are those of the project; at most `jobs` candidates run at once. With `elsewhere`,
    they run there.
    """

    project: Project
    targets: Mapping[str, Target]
    criteria: Criteria
    jobs: int
    limits: Limits
    deadline: float
    elsewhere: Elsewhere | None = None


def keep_cause(result: TargetResult, how: Searching, tell: Callable[[str], None]) -> None:
    """Search the cause of the worst new finding of a target, and write it beside its record.

    Nothing is searched if nothing is new, or if the packages are those of the baseline. `tell` gets
    a line for each environment that ran.
    """
    judgement = result.judgement
    changes = new_findings(judgement, result.first) if judgement else []
    if not (changes and judgement and judgement.observed):
        return
    sides = judgement.baseline.accepted.distributions, judgement.observed.distributions
    runner = functools.partial(_runner, changes[0], how)
    if cause := _cause(changes[0], runner, result.target, sides, how, tell):
        place = files_of(result.target.name, how.project.results).cause
        write_whole(place, msgspec.json.encode(cause))


def cause_of_script(
    check: ScriptCheck, how: Searching, wheels: Path, tell: Callable[[str], None]
) -> Cause | None:
    """Search the cause of the worst finding of a script on a target, and write it beside its
    record; None where `keep_cause` searches nothing.

    `wheels` is a directory for projects that the script needs.
    """
    place = files_of(check.target.name, check.script.results(how.project)).cause
    place.unlink(missing_ok=True)
    if check.held.trace is None or check.held.between is None:
        return None
    try:
        worst = worst_finding(check, how.project)
    except HarnessError as error:  # the night tells the rest
        return Cause(fingerprint="", finding="", reason=str(error))
    if worst is None:
        return None
    change, line = worst
    sides = check.held.between.before.distributions, check.held.trace.distributions
    runner = functools.partial(_runner_of_script, check, line, how, wheels)
    cause = _cause(change, runner, check.target, sides, how, tell)
    if cause:
        write_whole(place, msgspec.json.encode(cause))
    return cause


def _cause(
    worst: Change,
    runner: Callable[[], Runner],
    target: Target,
    sides: tuple[Mapping[str, str], Mapping[str, str]],
    how: Searching,
    tell: Callable[[str], None],
) -> Cause | None:
    """What is found of a finding between two sets of packages; None if these are the same."""
    accepted, observed = sides
    if not accepted or accepted == observed:
        return None
    cause = Cause(fingerprint=fingerprint_of(worst), finding=f"{worst.kind}: {worst.where}")

    def tell_in_time(text: str) -> None:
        tell(text)
        if time.monotonic() > how.deadline:
            raise UncheckedError("the time for the search was over")

    old, new = (with_distributions(target, each) for each in sides)
    try:
        # the targets before may have taken the time: even the two ends take minutes
        tell_in_time(f"{target.name}: which package brought {cause.finding}")
        for part in _parts(runner(), old, new, how, tell_in_time):
            cause = replace(cause, found=f"{cause.found}{part}")
    except HarnessError as error:  # the finding is as true without its cause
        cause = replace(cause, reason=str(error))
    except Exception as error:  # noqa: BLE001 - the outer boundary of a search
        reason = f"the search failed: {type(error).__name__}: {error}"
        cause = replace(cause, reason=reason)
    tell(f"{cause.found}{cause.reason}")
    return cause


def _parts(
    runner: Runner, old: Target, new: Target, how: Searching, tell: Callable[[str], None]
) -> Iterator[str]:
    """The packages to blame, then the builds of each between which it changed."""
    found = attribute(runner, old, new, tell)
    yield attribution_text(found)
    ends = Ends(first=old, last=new, targets=how.targets, project=how.project)
    for axis in axes_to_blame(found):
        nightlies = ends.version(new, axis).is_devrelease
        between = candidates(axis, ends, nightlies=nightlies)
        search = Search(
            runner=runner,
            candidates=between,
            jobs=runner.jobs or how.jobs,
            attributed=False,
            accepted=False,
        )
        yield f"\n{answer_text(bisect(search, tell))}"


def axes_to_blame(found: Attribution) -> list[Axis]:
    """The packages that alone bring the change, as far as their builds can be searched."""
    alone = [each.packages[0].split()[0] for each in found.brings if len(each.packages) == 1]
    return [AXES[name] for name in alone if name in AXES]


def _runner(change: Change, how: Searching) -> Runner:
    """How candidates run that show whether they have a change."""
    subject: ScenarioSubject | InternalSubject
    if change.scenario:
        scripts = scenario_scripts(how.project.scenarios)
        if change.scenario not in scripts:
            raise UncheckedError(f"there is no scenario {change.scenario} any more")
        subject = ScenarioSubject(
            name=f"{change.scenario}:{change.subject}",
            script=scripts[change.scenario],
            step=change.subject,
            criteria=how.criteria,
        )
    else:
        subject = InternalSubject(name=change.subject, criteria=how.criteria)
    return _running(subject, how)


def _runner_of_script(check: ScriptCheck, line: int, how: Searching, wheels: Path) -> Runner:
    """How candidates run that show what a statement of a script does; all of it, if line is 0."""
    own, path = how.project.scripts, check.script.path
    return _running(
        ScriptSubject(
            name=f"{check.script.name}{f':{line}' if line else ''}",
            script=PlainScript(path=path, directory=own.directory),
            line=line,
            extras=read_extras(path, own.packages, own.requirements),
            wheels=wheels,
            tolerances=how.criteria.tolerances,
        ),
        how,
    )


def _running(subject: Attributable[Any], how: Searching) -> Runner:
    return Runner(
        subject=subject,
        project=how.project,
        results=how.project.results / "bisect" / subject.key,
        limits=how.limits,
        targets=tuple(how.targets),
        budget=BUDGET * GIGABYTE,
        elsewhere=how.elsewhere,
    )
