"""Concludes a night: what it saw, which issue says so, and what is left behind for people."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from harness.base.errors import TrackerError
from harness.base.files import write_whole
from harness.environments.targets import Target
from harness.upkeep.issue_texts import FRESHNESS, alarm, case, complete, gone, summary
from harness.upkeep.issues import Case, Deed, Filed, IssueAction, assign, carry_out, plan, read
from harness.upkeep.night import Conclusion, IssueOutcome, Night
from harness.upkeep.tracker import Tracker


def conclude(
    night: Night,
    targets: Mapping[str, Target],
    tracker: Tracker,
    results: Path,
    link: str = "",
) -> Conclusion:
    """Bring the issues of a night up to date, and write `night.json` and `night.md`.

    They are written whatever the tracker does. `targets` are all that there are, `link` leads to
    the run.
    """
    filed, troubles = _filed(tracker)
    regressions = assign(night.sightings, filed or ())
    cases = [case(each, night, targets, link) for each in regressions if not each.welcome]
    steps = [] if filed is None else _steps(night, cases, filed, targets, link)
    issues, failed = _see_to(steps, tracker)
    conclusion = Conclusion(
        night=night,
        regressions=tuple(regressions),
        issues=issues,
        dismissed=tuple(step.fingerprint for step in steps if step.deed is Deed.DISMISSED),
        troubles=(*troubles, *failed),
    )
    write_whole(results / "night.json", msgspec.json.encode(conclusion))
    write_whole(results / "night.md", summary(conclusion, steps).encode())
    return conclusion


def _steps(
    night: Night,
    cases: Sequence[Case],
    filed: Sequence[Filed],
    targets: Mapping[str, Target],
    link: str,
) -> list[IssueAction]:
    """What to do, the alarm first: it takes nothing away from what a night may open."""
    alarms = [each for each in filed if FRESHNESS in each.marker.findings]
    rest = [each for each in filed if each not in alarms]
    steps = []
    if night.whole:  # one of a few targets says nothing about an alarm
        ringing = [alarm(night)] if night.stale else []
        named = {name for each in alarms for name in each.marker.targets}
        steps = plan(ringing, alarms, named, complete(night, link))
    # what is no target any more shows nothing, and keeps no issue open
    gone_for_good = {name for each in rest for name in each.marker.targets} - targets.keys()
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


def _see_to(
    steps: Sequence[IssueAction], tracker: Tracker
) -> tuple[dict[str, IssueOutcome], list[str]]:
    """Carry out what is planned; what became of each issue, and what failed."""
    issues: dict[str, IssueOutcome] = {}
    failed = []
    for step in steps:
        try:
            issue = carry_out(step, tracker)
        except TrackerError as error:
            failed.append(f"an issue could not be {step.deed}: {error}")
            continue
        link = issue.link if issue else ""
        issues[step.fingerprint] = IssueOutcome(deed=step.deed, link=link)
    return issues, failed
