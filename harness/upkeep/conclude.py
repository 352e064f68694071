"""Concludes a night: brings its issues up to date and writes its results for people."""

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from harness.base.errors import TrackerError
from harness.base.files import write_whole
from harness.environments.targets import Target
from harness.upkeep.issue_texts import FRESHNESS, alarm, case, complete, gone
from harness.upkeep.issues import (
    Case,
    Deed,
    Filed,
    IssueAction,
    Marker,
    assign,
    carry_out,
    plan,
    read,
)
from harness.upkeep.night import Conclusion, IssueOutcome, Night
from harness.upkeep.night_summary import summary
from harness.upkeep.tracker import Tracker


def conclude(
    night: Night,
    targets: Mapping[str, Target],
    tracker: Tracker,
    results: Path,
    link: str = "",
    others: Collection[str] = (),
) -> Conclusion:
    """Bring the issues of a night up to date, and write `night.json` and `night.md`.

    Writes both files also when the tracker fails; `troubles` of the conclusion has the failures.
    `targets` are all targets of the project, `link` is the address of the run. `others` are the
    names of targets besides, which other nights check.
    """
    filed, troubles = _filed(tracker)
    regressions = assign(night.sightings, filed or ())
    cases = [case(each, night, targets, link) for each in regressions if not each.welcome]
    steps = [] if filed is None else _steps(night, cases, filed, {*targets, *others}, link)
    issues, failed = _carry_out_all(steps, tracker)
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
    existing: Collection[str],
    link: str,
) -> list[IssueAction]:
    """The planned actions, those of the alarm first; the alarm has a limit of its own."""
    alarms = [each for each in filed if FRESHNESS in each.marker.findings]
    rest = [each for each in filed if each not in alarms]
    steps = []
    # a night of some targets can neither raise nor end an alarm, and only a complete one ends it:
    # without the log of earlier nights, none is known to be too long ago
    if night.whole and (night.stale or not night.unchecked):
        ringing = [alarm(night)] if night.stale else []
        named = {name for each in alarms for name in each.marker.targets}
        steps = plan(ringing, alarms, named, lambda _: complete(night, link))
    # a deleted target never runs again; counting it as clean lets its issue be closed
    deleted = {name for each in rest for name in each.marker.targets if name not in existing}

    def comment(marker: Marker) -> str:
        left = [name for name in marker.targets if name in deleted]
        return gone(night, [name for name in marker.targets if name not in deleted], left, link)

    return steps + plan(cases, rest, {*night.clean, *deleted}, comment)


def _filed(tracker: Tracker) -> tuple[list[Filed] | None, list[str]]:
    """The issues of the tracker, or None if it cannot be read, and the problems with them."""
    try:
        filed, unreadable = read(tracker.issues())
    except TrackerError as error:  # opening an issue could make a duplicate
        return None, [f"no issue was opened, updated or closed: {error}"]
    return filed, [
        f"{each.link} has lost its first line, which the harness needs to find it: restore the "
        "line, or close the issue"
        for each in unreadable
        if each.open
    ]


def _carry_out_all(
    steps: Sequence[IssueAction], tracker: Tracker
) -> tuple[dict[str, IssueOutcome], list[str]]:
    """Carry out the actions; returns the outcome of each issue by fingerprint, and the failures."""
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
