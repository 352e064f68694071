"""Concludes a night: what it saw, which issue says so, and what is left behind for people."""

import datetime
from collections.abc import Sequence

import msgspec

from harness.archive import Archive
from harness.errors import TrackerError
from harness.filing import Deed, Filed, Step, assign, carry_out, plan, read
from harness.night import Conclusion, see
from harness.paths import Workspace, write_whole
from harness.report.night import alarm, case, gone, summary
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
    cases += [alarm(night)] if night.stale else []
    steps = []
    if filed is not None:
        # what is no target any more shows nothing, and keeps no issue open
        gone_for_good = {name for f in filed for name in f.marker.targets} - load_targets().keys()
        clean = {*night.checked, *gone_for_good}
        steps = plan(cases, filed, clean, gone(night, link))
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


def _filed(tracker: Tracker) -> tuple[list[Filed] | None, list[str]]:
    """The issues there are, None if nobody knows, and what is wrong with them."""
    try:
        filed, unreadable = read(tracker.issues())
    except TrackerError as error:  # without knowing them all, none may be opened
        return None, [f"no issue was seen to: {error}"]
    return filed, [
        f"{each.link} has lost its first line, by which it is found again: restore it, or close it"
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
