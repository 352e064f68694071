"""What a night opens, edits, closes and reopens, so that each regression has exactly one issue."""

import base64
import datetime
import enum
import itertools
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import msgspec

from harness.base.words import listed, plural
from harness.upkeep.regressions import (
    Origin,
    Regression,
    Sighting,
    Window,
    another,
    group,
    regression,
)
from harness.upkeep.tracker import Issue, Tracker

MOST = 5  # issues that one night opens or reopens; what is left over waits for the next
MOST_STEPS = 30  # issues that it touches in all; GitHub takes 80 requests a minute that write
MARKER = re.compile(r"^<!-- state-harness ([\w+/=]+) -->", re.ASCII | re.MULTILINE)
SCHEMA_VERSION = 2
NAMED = 3  # findings in a comment
CLOSED_AT = 0.5  # a closed issue is of a regression if they share more than this of their findings


@dataclass(frozen=True, kw_only=True)
class Marker:
    """What the body of an issue tells the harness, out of people's sight.

    `findings` are the fingerprints of all that was seen of it since it was last opened, `targets`
    those on which it was: all must be clean before it is over. `present` is what the body shows:
    the targets of each finding; `digests` tell whether a finding shows something else by now.
    `shown` is the build of each target, by when it began, that was the last to be told of here.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    findings: tuple[str, ...]
    present: Mapping[str, tuple[str, ...]]
    targets: tuple[str, ...]
    windows: tuple[Window, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, datetime.datetime] = field(default_factory=dict)

    @property
    def origins(self) -> set[Origin]:
        """Whether it tells of what upstream did, or the ground; the alarm tells of neither."""
        return {window.origin for window in self.windows}

    def __str__(self) -> str:
        # packed, since many targets with many findings would leave no room for what people read;
        # nothing in it may end the comment, and gh garbles what looks like an escape of JSON
        packed = base64.b64encode(zlib.compress(msgspec.json.encode(self), 9))
        return f"<!-- state-harness {packed.decode()} -->"


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
    """What deserves an issue of its own: its marker, and what people read.

    `names` says in Markdown what each finding is.
    """

    marker: Marker
    title: str
    body: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return f"{self.marker}\n{self.body}"


class Deed(enum.StrEnum):
    """What becomes of the issue of a case."""

    OPEN = "opened"
    REOPEN = "reopened"
    EDIT = "updated"
    CLOSE = "closed"
    WAIT = "left for the next night"
    LEAVE = "as before"
    DISMISSED = "dismissed as not planned"


DONE = (Deed.OPEN, Deed.REOPEN, Deed.EDIT, Deed.CLOSE)


@dataclass(frozen=True, kw_only=True)
class IssueAction:
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
        marker = _marker(issue.body)
        if marker is None:
            unreadable.append(issue)
        else:
            filed.append(Filed(issue=issue, marker=marker))
    return filed, unreadable


def assign(sightings: Sequence[Sighting], filed: Sequence[Filed]) -> list[Regression]:
    """The regressions of a night; those that have an issue keep its fingerprint and its windows.

    A finding that an open issue tells of belongs to that one, and so does what came with it. What
    a person dismissed is only what showed then, and has gone on since. What is left over is
    grouped, and may be what a closed issue told of.
    """
    owned: dict[str, list[Sighting]] = {}
    rest = []
    live = [each.marker for each in filed if each.live]
    open_ = [each.marker for each in filed if each.issue.open]
    dismissed = [each.marker for each in filed if each.issue.dismissed]
    for sighting in sightings:
        owner = _owner(sighting, open_, dismissed)
        if owner is None:
            rest.append(sighting)
        else:
            windows = {window.target: window for window in owner.windows}
            window = windows.get(sighting.target, sighting.window)
            kept = replace(sighting, window=window)
            owned.setdefault(owner.fingerprint, []).append(kept)
    closed = [each.marker for each in filed if not each.live]
    taken = {marker.fingerprint for marker in live}
    found = [regression(seen, name) for name, seen in owned.items()]
    for new in group(rest):
        name = next((each.fingerprint for each in closed if _alike(new, each)), new.fingerprint)
        while name in taken:
            name = another(name)
        taken.add(name)
        found.append(replace(new, fingerprint=name))
    return found


def plan(
    cases: Sequence[Case], filed: Sequence[Filed], checked: Iterable[str], gone: str
) -> list[IssueAction]:
    """What to do so that each case has its issue, and no issue is open without a case.

    An issue is closed, with the comment `gone`, once all the targets on which it was seen were
    checked to the end and show none of it. What is too much for one night waits.
    """
    clean = set(checked)
    # should a person have copied one, it is the oldest: first of the open ones, then dismissed ones
    order = sorted(filed, key=lambda f: (f.issue.open, f.issue.dismissed, -f.issue.number))
    by_fingerprint = {each.marker.fingerprint: each for each in order}
    steps = [_step(case, by_fingerprint.get(case.marker.fingerprint), clean) for case in cases]
    loud = [step for step in steps if step.deed in (Deed.OPEN, Deed.REOPEN)]
    steps = [replace(s, deed=Deed.WAIT) if s in loud[MOST:] else s for s in steps]
    present = {case.marker.fingerprint for case in cases}
    for each in filed:
        over = each.marker.fingerprint not in present and clean.issuperset(each.marker.targets)
        if each.issue.open and over:
            steps.append(IssueAction(deed=Deed.CLOSE, filed=each, comment=gone))
    done = [step for step in steps if step.deed in DONE]
    return [replace(s, deed=Deed.WAIT) if s in done[MOST_STEPS:] else s for s in steps]


def carry_out(step: IssueAction, tracker: Tracker) -> Issue | None:
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


def _step(case: Case, found: Filed | None, clean: set[str]) -> IssueAction:
    if found is None:
        return IssueAction(deed=Deed.OPEN, case=case)
    now, then = case.marker, found.marker
    new = [name for name in now.findings if name not in then.findings]
    elsewhere = [target for target in now.targets if target not in then.targets]
    if not found.live:  # what it told of before may have another issue by now
        comment = f"It is back on {', '.join(now.targets)}."
        return IssueAction(deed=Deed.REOPEN, case=case, filed=found, comment=comment)
    windows = {window.target: window for window in (*then.windows, *now.windows)}
    ever = replace(
        now,
        findings=(*then.findings, *new),
        targets=(*then.targets, *elsewhere),
        windows=tuple(windows.values()),  # also those of targets that may show it again
        shown={**then.shown, **now.shown},
    )
    case = replace(case, marker=ever)
    if found.issue.dismissed:
        return IssueAction(deed=Deed.DISMISSED, case=case, filed=found)
    changed = [case.names.get(name, name) for name in now.digests if _changed(name, then, now)]
    if new or elsewhere or changed:
        told = [f"{len(new)} more finding{plural(len(new))}"] if new else []
        told += [f"now also on {', '.join(elsewhere)}"] if elsewhere else []
        told += [f"changed again: {listed(changed, NAMED)}"] if changed else []
        return IssueAction(deed=Deed.EDIT, case=case, filed=found, comment=f"{'; '.join(told)}.")
    before, after = _pairs(then), _pairs(now)
    if after - before or (before != after and clean.issuperset(then.targets)):
        return IssueAction(deed=Deed.EDIT, case=case, filed=found)  # nobody is woken for that
    return IssueAction(deed=Deed.LEAVE, case=case, filed=found)


def _marker(body: str) -> Marker | None:
    """The first marker in a body at the start of a line, if this harness can read it."""
    found = MARKER.search(body)
    try:
        packed = base64.b64decode(found[1] if found else "", validate=True)
        marker = msgspec.json.decode(_newest(zlib.decompress(packed)), type=Marker)
    except (ValueError, zlib.error, msgspec.MsgspecError):
        return None
    return marker if marker.schema_version == SCHEMA_VERSION else None


def _newest(data: bytes) -> bytes:
    """A marker in the newest schema; version 1 had a text where a window begins at a baseline."""
    document = msgspec.json.decode(data)
    if not isinstance(document, dict) or document.get("schema_version") != 1:
        return data
    windows = document.get("windows")
    for window in windows if isinstance(windows, list) else ():
        if isinstance(window, dict) and window.get("good") == "what is accepted":
            window |= {"good": None, "from_baseline": True}
    return msgspec.json.encode(document | {"schema_version": SCHEMA_VERSION})


def _pairs(marker: Marker) -> set[tuple[str, str]]:
    return {(name, target) for name, targets in marker.present.items() for target in targets}


def _changed(name: str, then: Marker, now: Marker) -> bool:
    """Whether a finding shows something else, on the same targets, than what is told of it."""
    before = then.digests.get(name, now.digests[name])
    same = {*now.present[name]} == {*then.present.get(name, ())}
    return same and before != now.digests[name]


def _owner(
    sighting: Sighting, open_: Sequence[Marker], dismissed: Sequence[Marker]
) -> Marker | None:
    """The marker that tells of a sighting.

    It is the one whose open issue shows the sighting already, even if its window is forgotten by
    now; else a dismissed one; else an open one of the same origin.
    """
    name, target, origin = sighting.fingerprint, sighting.target, sighting.window.origin
    shown = (each for each in open_ if target in each.present.get(name, ()))
    gone_on = (each for each in dismissed if _goes_on(sighting, each))
    told = (each for each in open_ if name in each.findings and origin in each.origins)
    came_with = (each for each in open_ if _came_with(sighting, each))
    return next(itertools.chain(shown, gone_on, told, came_with), None)


def _goes_on(sighting: Sighting, marker: Marker) -> bool:
    """Whether a sighting is what an issue told of: there, and with no good build known since."""
    if sighting.fingerprint not in marker.findings or sighting.target not in marker.targets:
        return False
    good = sighting.window.good
    if good is None:
        return True
    shown = {window.target: window.bad for window in marker.windows} | {**marker.shown}
    return sighting.target in shown and good < shown[sighting.target]


def _came_with(sighting: Sighting, marker: Marker) -> bool:
    """Whether it has the window of what an issue tells of; whatever the ground did is one."""
    if sighting.window.origin is Origin.GROUND:
        return marker.origins == {Origin.GROUND}
    moments = sighting.target, sighting.window.good, sighting.window.bad
    return moments in [(each.target, each.good, each.bad) for each in marker.windows]


def _alike(new: Regression, marker: Marker) -> bool:
    """Whether a regression is what a closed issue told of."""
    now, then = set(new.findings), set(marker.findings)
    return marker.origins <= {new.origin} and len(now & then) > CLOSED_AT * len(now | then)
