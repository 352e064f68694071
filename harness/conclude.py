"""Concludes a night: what it saw, which issue says so, and what is left behind for people."""

import datetime
from collections.abc import Sequence

import msgspec

from harness.archive import Archive
from harness.errors import TrackerError
from harness.filing import Case, Deed, Filed, Step, assign, carry_out, plan, read
from harness.night import Conclusion, Night
from harness.paths import Workspace, write_whole
from harness.report.night import FRESHNESS, alarm, case, complete, gone, summary
from harness.seeing import see
from harness.targets import Target, load_targets
from harness.tracker import Tracker


def conclude(
    targets: Sequence[Target],
    workspace: Workspace,
    archive: Archive,
    tracker: Tracker,
    now: datetime.datetime,
    link: str = "",
) -> Conclusion:
    """Judge the records at hand, see to the issues, and write `night.json` and `night.md`.

    Whatever the tracker does, what the night saw is written. `link` leads to the run.
    """
    night = see(targets, workspace.results, workspace.baselines, archive, now)
    filed, troubles = _filed(tracker)
    regressions = assign(night.sightings, filed or ())
    named = {target.name: target for target in targets}
    cases = [case(each, night, named, link) for each in regressions if not each.welcome]
    steps = [] if filed is None else _steps(night, cases, filed, link)
    issues, failed = _see_to(steps, tracker)
    conclusion = Conclusion(
        night=night,
        regressions=tuple(regressions),
        issues=issues,
        dismissed=tuple(step.fingerprint for step in steps if step.deed is Deed.DISMISSED),
        troubles=(*troubles, *failed),
    )
    write_whole(workspace.results / "night.json", msgspec.json.encode(conclusion))
    write_whole(workspace.results / "night.md", summary(conclusion, steps).encode())
    return conclusion


def _steps(night: Night, cases: Sequence[Case], filed: Sequence[Filed], link: str) -> list[Step]:
    """What to do, the alarm first: it takes nothing away from what a night may open."""
    alarms = [each for each in filed if FRESHNESS in each.marker.findings]
    rest = [each for each in filed if each not in alarms]
    steps = []
    if night.whole:  # one of a few targets says nothing about an alarm
        ringing = [alarm(night)] if night.stale else []
        named = {name for each in alarms for name in each.marker.targets}
        steps = plan(ringing, alarms, named, complete(night, link))
    # what is no target any more shows nothing, and keeps no issue open
    gone_for_good = {name for each in rest for name in each.marker.targets} - load_targets().keys()
    return steps + plan(cases, rest, {*night.clean, *gone_for_good}, gone(night, link))


def _filed(tracker: Tracker) -> tuple[list[Filed] | None, list[str]]:
    """The issues there are, None if nobody knows, and what is wrong with them."""
    try:
        filed, unreadable = read(tracker.issues())
    except TrackerError as error:  # without knowing them all, none may be opened
        return None, [f"no issue was seen to: {error}"]
    return filed, [
        f"{each.link} has lost the line by which it is found again: restore it, or close it"
        for each in unreadable
        if each.open
    ]


def _see_to(steps: Sequence[Step], tracker: Tracker) -> tuple[dict[str, str], list[str]]:
    """Carry out what is planned; what became of each issue, and what failed."""
    issues, failed = {}, []
    for step in steps:
        try:
            issue = carry_out(step, tracker)
        except TrackerError as error:
            failed.append(f"an issue could not be {step.deed}: {error}")
            continue
        issues[step.fingerprint] = f"{step.deed}: {issue.link}" if issue else str(step.deed)
    return issues, failed
