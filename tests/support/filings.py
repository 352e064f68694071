"""Makes issues and their findings."""

import base64
import datetime
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.judging.changes import Change, ChangeKind
from harness.upkeep.issues import Case, Filed, IssueAction, Marker, assign, carry_out, plan, read
from harness.upkeep.regressions import (
    Difference,
    Regression,
    Sighting,
    Window,
    content_digest,
)
from harness.upkeep.tracker import Issue
from harness.upkeep.tracker.folder import NOT_PLANNED, FolderTracker, file_text, from_file_text


def january(day: int) -> datetime.datetime:
    return datetime.datetime(2026, 1, day, tzinfo=datetime.UTC)


GOOD, BAD = january(1), january(2)
KERAS = Difference(name="keras", good="3.15.1", bad="3.16.0")


def seen(step: str, target: str = "tf-nightly", *, bad: datetime.datetime = BAD) -> Sighting:
    window = Window(target=target, good=GOOD, bad=bad, packages=(KERAS,))
    change = Change(kind=ChangeKind.VALUES, subject=step, before="1", after="2", scenario="a")
    return Sighting(change=change, window=window)


def case(regression: Regression, began: datetime.datetime | None = None) -> Case:
    marker = Marker(
        fingerprint=regression.fingerprint,
        findings=tuple(regression.findings),
        present={
            name: tuple(each.target for each in seen) for name, seen in regression.findings.items()
        },
        targets=regression.targets,
        windows=regression.windows,
        digests={name: content_digest(seen) for name, seen in regression.findings.items()},
        shown=dict.fromkeys(regression.targets, began) if began else {},
    )
    names = {name: seen[0].change.where for name, seen in regression.findings.items()}
    return Case(marker=marker, title="a title", body="a body\n", names=names)


def marker(*findings: str, targets: Sequence[str] = ("x",), fingerprint: str = "f") -> Marker:
    return Marker(
        fingerprint=fingerprint,
        findings=findings,
        present=dict.fromkeys(findings, tuple(targets)),
        targets=tuple(targets),
    )


def issue(
    of: Marker | str, *, number: int = 1, is_open: bool = True, dismissed: bool = False
) -> Issue:
    return Issue(
        number=number,
        title="a title",
        body=f"{of}\na body",
        open=is_open,
        dismissed=dismissed,
        link="somewhere",
    )


def filed(of: Marker, *, is_open: bool = True, dismissed: bool = False, number: int = 1) -> Filed:
    return Filed(issue=issue(of, number=number, is_open=is_open, dismissed=dismissed), marker=of)


def packed(data: bytes) -> str:
    return base64.b64encode(zlib.compress(data)).decode()


def dismiss(tracker: FolderTracker, number: int) -> None:
    """Close an issue as not planned, as a person does."""
    [path] = [Path(each.link) for each in tracker.issues() if each.number == number]
    stored = from_file_text(path.read_text(encoding="utf-8"))
    path.write_text(file_text(replace(stored, open=False, reason=NOT_PLANNED)), encoding="utf-8")


def conclude(
    sightings: Sequence[Sighting],
    tracker: FolderTracker,
    checked: Sequence[str] = ("x", "y", "z", "tf-nightly", "tf-2.21-fresh"),
    began: datetime.datetime | None = None,
) -> tuple[list[Regression], list[IssueAction]]:
    """The regressions of a night, and its actions on the issues."""
    known, unreadable = read(tracker.issues())
    assert unreadable == []
    found = assign(sightings, known)
    steps = plan([case(each, began) for each in found], known, checked, lambda _: "gone")
    for step in steps:
        carry_out(step, tracker)
    return found, steps
