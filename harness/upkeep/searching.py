"""Searches what brought the new finding of a target: which package, and which build of it."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

import msgspec

from harness.base.errors import HarnessError, UncheckedError
from harness.base.files import write_whole
from harness.base.project import Project
from harness.environments.axes import Axis, Ends, candidates
from harness.environments.candidates import with_distributions
from harness.environments.space import BUDGET, GIGABYTE
from harness.environments.targets import Target
from harness.judging.changes import Change
from harness.judging.criteria import Criteria
from harness.observing.catalogue import scenario_scripts
from harness.observing.probing import Limits
from harness.running.results import TargetResult, files_of
from harness.search.answer import answer_text
from harness.search.attribute import attribute
from harness.search.attribution import Attribution, attribution_text
from harness.search.bisect import Search, bisect
from harness.search.candidate_runs import Runner
from harness.search.catalogue_subjects import InternalSubject, ScenarioSubject
from harness.upkeep.causes import Cause
from harness.upkeep.findings import new_findings
from harness.upkeep.regressions import fingerprint_of

AXES = {str(axis): axis for axis in Axis if axis is not Axis.CALENDAR}


@dataclass(frozen=True, kw_only=True)
class Searching:
    """How causes are searched: until `deadline`, a reading of `time.monotonic()`.

    `targets` are those of the project; at most `jobs` candidates run at once.
    """

    project: Project
    targets: Mapping[str, Target]
    criteria: Criteria
    jobs: int
    limits: Limits
    deadline: float


def keep_cause(result: TargetResult, how: Searching, tell: Callable[[str], None]) -> None:
    """Search the cause of the worst new finding of a target, and write it beside its record.

    Nothing is searched if nothing is new, or if the packages are those of the baseline. `tell` gets
    a line for each environment that ran.
    """
    judgement = result.judgement
    changes = new_findings(judgement, result.first) if judgement else []
    if not (changes and judgement and judgement.observed):
        return
    accepted = judgement.baseline.accepted.distributions
    observed = judgement.observed.distributions
    if not accepted or accepted == observed:
        return
    worst = changes[0]
    cause = Cause(fingerprint=fingerprint_of(worst), finding=f"{worst.kind}: {worst.where}")

    def tell_in_time(text: str) -> None:
        tell(text)
        if time.monotonic() > how.deadline:
            raise UncheckedError("the time for the search was over")

    old, new = (with_distributions(result.target, each) for each in (accepted, observed))
    try:
        # the targets before may have taken the time: even the two ends take minutes
        tell_in_time(f"{result.target.name}: which package brought {cause.finding}")
        for part in _parts(_runner(worst, how), old, new, how, tell_in_time):
            cause = replace(cause, found=f"{cause.found}{part}")
    except HarnessError as error:  # the finding is as true without its cause
        cause = replace(cause, reason=str(error))
    except Exception as error:  # noqa: BLE001 - the outer boundary of a search
        reason = f"the search failed: {type(error).__name__}: {error}"
        cause = replace(cause, reason=reason)
    tell(f"{cause.found}{cause.reason}")
    place = files_of(result.target.name, how.project.results).cause
    write_whole(place, msgspec.json.encode(cause))


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
            runner=runner, candidates=between, jobs=how.jobs, attributed=False, accepted=False
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
    return Runner(
        subject=subject,
        project=how.project,
        results=how.project.results / "bisect" / subject.key,
        limits=how.limits,
        targets=tuple(how.targets),
        budget=BUDGET * GIGABYTE,
    )
