"""What a night opens, edits, closes and reopens, so that each regression has exactly one issue."""

import enum
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote_to_bytes

import msgspec

from harness.regressions import Regression, Sighting, Window, group, regression
from harness.tracker import Issue, Tracker

MOST = 5  # issues that one night opens or reopens; what is left over waits for the next
MARKER = re.compile(r"\A<!-- state-harness ([^<>\r\n]+) -->")
SAFE = " !\"#$&'()*+,/:;=?@[]^`{|}~"  # all that a marker may hold as it is, besides letters
SCHEMA_VERSION = 1
CLOSED_AT = 0.5  # a closed issue is of a regression if they share more than this of their findings


@dataclass(frozen=True, kw_only=True)
class Marker:
    """What the body of an issue tells the harness, out of people's sight.

    `findings` are the fingerprints of all that was ever seen of it, `present` of what the body
    shows. `targets` are those on which it was ever seen: all must be clean before it is over.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    findings: tuple[str, ...]
    present: tuple[str, ...]
    targets: tuple[str, ...]
    windows: tuple[Window, ...] = ()

    def __str__(self) -> str:
        # nothing in it may end the comment, and gh garbles what looks like an escape of JSON
        text = quote(msgspec.json.encode(self), safe=SAFE)
        return f"<!-- state-harness {text} -->"


@dataclass(frozen=True, kw_only=True)
class Filed:
    """An issue of the harness's own, and what its marker says."""

    issue: Issue
    marker: Marker

    @property
    def live(self) -> bool:
        """Whether what it tells of needs no other issue."""
        return self.issue.open or self.issue.dismissed


@dataclass(frozen=True, kw_only=True)
class Case:
    """What deserves an issue of its own: its marker, and what people read."""

    marker: Marker
    title: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.marker}\n{self.body}"


class Deed(enum.StrEnum):
    """What becomes of the issue of a case."""

    OPEN = "opened"
    REOPEN = "reopened"
    EDIT = "updated"
    CLOSE = "closed"
    WAIT = "not filed yet"
    LEAVE = "as before"
    DISMISSED = "dismissed as not planned"


@dataclass(frozen=True, kw_only=True)
class Step:
    """One deed: on a case that shows tonight, or (`CLOSE`) on an issue whose case does not."""

    deed: Deed
    case: Case | None = None
    filed: Filed | None = None
    comment: str = ""

    @property
    def fingerprint(self) -> str:
        said = self.case or self.filed
        return said.marker.fingerprint if said else ""


def read(issues: Iterable[Issue]) -> tuple[list[Filed], list[Issue]]:
    """The issues with a marker, oldest first, and those whose marker cannot be read."""
    filed, unreadable = [], []
    for issue in sorted(issues, key=lambda each: each.number):
        found = MARKER.match(issue.body)
        try:
            marker = msgspec.json.decode(unquote_to_bytes(found[1] if found else ""), type=Marker)
        except msgspec.MsgspecError:
            unreadable.append(issue)
        else:
            filed.append(Filed(issue=issue, marker=marker))
    return filed, unreadable


def assign(sightings: Sequence[Sighting], filed: Sequence[Filed]) -> list[Regression]:
    """The regressions of a night; those that have an issue keep its fingerprint and its windows.

    A finding that an open issue tells of belongs to that one; what is left over is grouped, and may
    be what a closed issue told of.
    """
    owned: dict[str, list[Sighting]] = {}
    rest = []
    live = [each for each in filed if each.live]
    for sighting in sightings:
        owner = next((each for each in live if _tells_of(each.marker, sighting)), None)
        if owner is None:
            rest.append(sighting)
        else:
            windows = {window.target: window for window in owner.marker.windows}
            window = windows.get(sighting.target, sighting.window)
            kept = replace(sighting, window=window)
            owned.setdefault(owner.marker.fingerprint, []).append(kept)
    closed = {each.marker.fingerprint: each.marker for each in filed if not each.live}
    found = [regression(seen, name) for name, seen in owned.items()]
    for new in group(rest):
        name = next((n for n, marker in closed.items() if _alike(new, marker)), "")
        closed.pop(name, None)
        found.append(replace(new, fingerprint=name or new.fingerprint))
    return found


def plan(
    cases: Sequence[Case], filed: Sequence[Filed], checked: Iterable[str], gone: str
) -> list[Step]:
    """What to do so that each case has its issue, and no issue is open without a case.

    An issue is closed, with the comment `gone`, once all the targets on which it was seen were
    checked to the end and show none of it.
    """
    by_fingerprint = {each.marker.fingerprint: each for each in filed if not each.live}
    by_fingerprint |= {each.marker.fingerprint: each for each in filed if each.live}
    steps = [_step(case, by_fingerprint.get(case.marker.fingerprint)) for case in cases]
    loud = [step for step in steps if step.deed in (Deed.OPEN, Deed.REOPEN)]
    steps = [replace(s, deed=Deed.WAIT) if s in loud[MOST:] else s for s in steps]
    present = {case.marker.fingerprint for case in cases}
    clean = set(checked)
    for each in filed:
        over = each.marker.fingerprint not in present and clean.issuperset(each.marker.targets)
        if each.issue.open and over:
            steps.append(Step(deed=Deed.CLOSE, filed=each, comment=gone))
    return steps


def carry_out(step: Step, tracker: Tracker) -> Issue | None:
    """Do it; returns the issue, if there is one. Raises TrackerError."""
    issue = step.filed.issue if step.filed else None
    if step.deed is Deed.OPEN and step.case:
        return tracker.open(step.case.title, step.case.text)
    if issue is None:
        return None
    if step.deed is Deed.CLOSE:
        tracker.close(issue, step.comment)
    elif step.case and step.deed in (Deed.EDIT, Deed.REOPEN):
        # the body first: should the rest fail, the next night sees what is left to do
        tracker.edit(issue, step.case.title, step.case.text)
        if step.deed is Deed.REOPEN:
            tracker.reopen(issue, step.comment)
        elif step.comment:
            tracker.comment(issue, step.comment)
    return issue


def _step(case: Case, found: Filed | None) -> Step:
    if found is None:
        return Step(deed=Deed.OPEN, case=case)
    now, then = case.marker, found.marker
    new = [name for name in now.findings if name not in then.findings]
    elsewhere = [target for target in now.targets if target not in then.targets]
    if not found.live:  # what it told of before may have another issue by now
        comment = f"It is back on {', '.join(now.targets)}."
        return Step(deed=Deed.REOPEN, case=case, filed=found, comment=comment)
    ever = replace(
        now,
        findings=(*then.findings, *new),
        targets=(*then.targets, *elsewhere),
    )
    case = replace(case, marker=ever)
    if found.issue.dismissed:
        return Step(deed=Deed.DISMISSED, case=case, filed=found)
    if new or elsewhere:
        told = [f"{len(new)} more finding{'' if len(new) == 1 else 's'}"] if new else []
        told += [f"now also on {', '.join(elsewhere)}"] if elsewhere else []
        return Step(deed=Deed.EDIT, case=case, filed=found, comment=f"{'; '.join(told)}.")
    if set(now.present) != set(then.present):
        return Step(deed=Deed.EDIT, case=case, filed=found)  # some of it is gone: nobody is woken
    return Step(deed=Deed.LEAVE, case=case, filed=found)


def _tells_of(marker: Marker, sighting: Sighting) -> bool:
    """Whether an issue tells of a sighting; what the ground does is no news, and the reverse."""
    axes = {window.axis for window in marker.windows}
    related = sighting.target in marker.targets or sighting.window.axis in axes
    return related and sighting.fingerprint in marker.findings


def _alike(new: Regression, marker: Marker) -> bool:
    """Whether a regression is what a closed issue told of."""
    now, then = set(new.findings), set(marker.findings)
    return len(now & then) > CLOSED_AT * len(now | then)
