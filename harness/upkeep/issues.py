"""Plans the opening, editing, closing and reopening of issues: one issue for each regression."""

import base64
import datetime
import enum
import itertools
import re
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from harness.base.errors import TrackerError
from harness.base.loading import Layout, refuse_odd_moments, unpacked
from harness.base.words import counted, listed
from harness.upkeep.regressions import (
    Origin,
    Regression,
    Sighting,
    Window,
    group,
    next_fingerprint,
    regression,
)
from harness.upkeep.tracker import Issue, Tracker

MOST = 5  # issues that one night opens or reopens; the others wait for the next night
MOST_STEPS = 30  # issues that one night writes; GitHub's limit is 80 writing requests a minute
MARKER = re.compile(r"^<!-- state-harness ([\w+/=]+) -->", re.ASCII | re.MULTILINE)
SCHEMA_VERSION = 2
NAMED = 3  # findings in a comment
SHARED = 0.5  # a closed issue is reopened if a larger part of all findings is in both


@dataclass(frozen=True, kw_only=True)
class Marker:
    """The data of the harness in the body of an issue, in an HTML comment that people do not see.

    `findings` are the fingerprints of all findings since the issue was last opened, `targets` the
    targets that showed them: all targets must be clean before the issue is closed. `present` has
    the targets of each finding in the present body; `digests` has the `content_digest` of each.
    `shown` has for each target the start of the last build whose findings are in the issue.
    """

    schema_version: int = SCHEMA_VERSION
    fingerprint: str
    findings: tuple[str, ...]
    present: Mapping[str, tuple[str, ...]]
    targets: tuple[str, ...]
    windows: tuple[Window, ...] = ()
    digests: Mapping[str, str] = field(default_factory=dict)
    shown: Mapping[str, datetime.datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        refuse_odd_moments(*self.shown.values())

    @property
    def origins(self) -> set[Origin]:
        """The origins of the windows; an alarm has none."""
        return {window.origin for window in self.windows}

    def __str__(self) -> str:
        # compressed, since many targets with many findings would leave no room for the text;
        # base64, since the data must not end the comment, and gh changes texts like JSON escapes
        packed = base64.b64encode(zlib.compress(msgspec.json.encode(self), 9))
        return f"<!-- state-harness {packed.decode()} -->"


LAYOUT = Layout(
    content=Marker,
    title="the marker of an issue",
    error=TrackerError,
    way_out="restore the first line of its text",
    version=SCHEMA_VERSION,
)
OF_ANY_VERSION = Layout(
    content=dict[str, Any], title=LAYOUT.title, error=LAYOUT.error, way_out=LAYOUT.way_out
)


@dataclass(frozen=True, kw_only=True)
class Filed:
    """An issue of the harness and its marker."""

    issue: Issue
    marker: Marker

    @property
    def live(self) -> bool:
        """Whether its findings need no other issue."""
        return self.issue.open or self.issue.dismissed


@dataclass(frozen=True, kw_only=True)
class Case:
    """The content of an issue: its marker, title and body.

    `names` has the name of each finding in Markdown, by fingerprint.
    """

    marker: Marker
    title: str
    body: str
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return f"{self.marker}\n{self.body}"


class Deed(enum.StrEnum):
    """The deed on the issue of a case."""

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
        source = self.case or self.filed
        return source.marker.fingerprint if source else ""


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

    | a sighting                                | belongs to                                  |
    | ----------------------------------------- | ------------------------------------------- |
    | that `_owner` assigns to an issue         | the regression of that open or dismissed one |
    | without an owner, in a group that shares  | the regression of the closed issue, which   |
    | most findings with a closed issue         | is then reopened                            |
    | without an owner, in any other group      | a new regression                            |
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
        same = (each.fingerprint for each in closed if _same_regression(new, each))
        name = next(same, new.fingerprint)
        while name in taken:  # a live issue has it, for another window of the same findings
            name = next_fingerprint(name)
        taken.add(name)
        found.append(replace(new, fingerprint=name))
    return found


def plan(
    cases: Sequence[Case],
    filed: Sequence[Filed],
    checked: Iterable[str],
    gone: Callable[[Marker], str],
) -> list[IssueAction]:
    """The actions after which each case has its issue, and no issue is open without a case.

    `checked` are the targets that were checked to the end, with the same result in both tries;
    `gone` is the comment with which an issue is closed.
    Actions beyond the limits MOST and MOST_STEPS become `WAIT`. For each issue:

    | the case of the issue | the issue       | action                                          |
    | --------------------- | --------------- | ----------------------------------------------- |
    | shows tonight         | does not exist  | `OPEN`                                          |
    | shows tonight         | closed          | `REOPEN`                                        |
    | shows tonight         | dismissed       | `DISMISSED`: nothing is written                 |
    | shows tonight         | open            | `EDIT` if its text has to change, else `LEAVE`  |
    | does not show         | open            | `CLOSE`, if all targets of the issue were      |
    |                       |                 | checked                                         |
    """
    clean = set(checked)
    # if a person copied an issue, several have the fingerprint: the last in this order is used,
    # which is the oldest open one, else the oldest dismissed one, else the oldest closed one
    order = sorted(filed, key=lambda f: (f.issue.open, f.issue.dismissed, -f.issue.number))
    by_fingerprint = {each.marker.fingerprint: each for each in order}
    steps = [_action(case, by_fingerprint.get(case.marker.fingerprint), clean) for case in cases]
    opening = [step for step in steps if step.deed in (Deed.OPEN, Deed.REOPEN)]
    steps = [replace(s, deed=Deed.WAIT) if s in opening[MOST:] else s for s in steps]
    present = {case.marker.fingerprint for case in cases}
    for each in filed:
        over = each.marker.fingerprint not in present and clean.issuperset(each.marker.targets)
        if each.issue.open and over:
            steps.append(IssueAction(deed=Deed.CLOSE, filed=each, comment=gone(each.marker)))
    done = [step for step in steps if step.deed in DONE]
    return [replace(s, deed=Deed.WAIT) if s in done[MOST_STEPS:] else s for s in steps]


def carry_out(step: IssueAction, tracker: Tracker) -> Issue | None:
    """Carry out an action; returns the issue, if there is one. Raises TrackerError."""
    issue = step.filed.issue if step.filed else None
    if step.deed is Deed.OPEN and step.case:
        return tracker.open(step.case.title, step.case.text)
    if issue is None:
        return None
    if step.deed is Deed.CLOSE:
        tracker.close(issue, step.comment)
    elif step.case and step.deed in (Deed.EDIT, Deed.REOPEN):
        # the body first: if the second request fails, the issue is still closed, or only lacks the
        # comment, and the next night plans again from the marker in the body
        tracker.edit(issue, step.case.title, step.case.text)
        if step.deed is Deed.REOPEN:
            tracker.reopen(issue, step.comment)
        elif step.comment:
            tracker.comment(issue, step.comment)
    return issue


def _action(case: Case, found: Filed | None, clean: set[str]) -> IssueAction:
    """The action on a case that shows tonight, and the case with the history of its issue.

    An open issue gets a comment, which notifies people, only for something new: a finding, a
    target, or another observation of a known finding on the same targets. If only the pairs of
    finding and target vary, the text is edited without a comment: at once if a pair was added; if
    pairs are only gone, not before all targets of the issue were checked in one night.
    """
    if found is None:
        return IssueAction(deed=Deed.OPEN, case=case)
    now, then = case.marker, found.marker
    new = [name for name in now.findings if name not in then.findings]
    elsewhere = [target for target in now.targets if target not in then.targets]
    if not found.live:  # drop its history: another issue may have its older findings by now
        comment = f"It is back on {', '.join(now.targets)}."
        return IssueAction(deed=Deed.REOPEN, case=case, filed=found, comment=comment)
    windows = {window.target: window for window in (*then.windows, *now.windows)}
    whole = replace(
        now,
        findings=(*then.findings, *new),
        targets=(*then.targets, *elsewhere),
        windows=tuple(windows.values()),  # also of targets that are clean tonight
        shown={**then.shown, **now.shown},
    )
    case = replace(case, marker=whole)
    if found.issue.dismissed:
        return IssueAction(deed=Deed.DISMISSED, case=case, filed=found)
    changed = [case.names.get(name, name) for name in now.digests if _changed(name, then, now)]
    if new or elsewhere or changed:
        parts = [counted(len(new), "more finding")] if new else []
        parts += [f"now also on {', '.join(elsewhere)}"] if elsewhere else []
        parts += [f"changed again: {listed(changed, NAMED)}"] if changed else []
        return IssueAction(deed=Deed.EDIT, case=case, filed=found, comment=f"{'; '.join(parts)}.")
    before, after = _pairs(then), _pairs(now)
    if after - before or (before != after and clean.issuperset(then.targets)):
        return IssueAction(deed=Deed.EDIT, case=case, filed=found)  # without a comment
    return IssueAction(deed=Deed.LEAVE, case=case, filed=found)


def _marker(body: str) -> Marker | None:
    """The first marker in a body at the start of a line, if this harness can read it."""
    found = MARKER.search(body)
    try:
        packed = base64.b64decode(found[1] if found else "", validate=True)
        data = unpacked(packed, zlib.decompressobj())
        return LAYOUT.decode(_newest(data), "an issue")
    except (ValueError, zlib.error, TrackerError):
        return None


def _newest(data: bytes) -> bytes:
    """A marker in the newest schema; in version 1 a text was the `good` of a baseline's window."""
    document = OF_ANY_VERSION.decode(data, "an issue")
    if document.get("schema_version") != 1:
        return data
    windows = document.get("windows")
    for window in windows if isinstance(windows, list) else ():
        if isinstance(window, dict) and window.get("good") == "what is accepted":
            window |= {"good": None, "from_baseline": True}
    return msgspec.json.encode(document | {"schema_version": SCHEMA_VERSION})


def _pairs(marker: Marker) -> set[tuple[str, str]]:
    """The pairs of finding and target in the body of an issue."""
    return {(name, target) for name, targets in marker.present.items() for target in targets}


def _changed(name: str, then: Marker, now: Marker) -> bool:
    """Whether the observations of a finding differ from those in the issue, on the same targets."""
    before = then.digests.get(name, now.digests[name])
    same = {*now.present[name]} == {*then.present.get(name, ())}
    return same and before != now.digests[name]


def _owner(
    sighting: Sighting, open_: Sequence[Marker], dismissed: Sequence[Marker]
) -> Marker | None:
    """The marker of the issue to which a sighting belongs; None if it has none.

    The first row that matches decides:

    | the issue | condition                                                                |
    | --------- | ------------------------------------------------------------------------ |
    | open      | its body has this finding on this target. The window is not compared:    |
    |           | the archive may have lost the last good build since                      |
    | dismissed | the finding continues without a good build in between (`_continues`)     |
    | open      | it has this finding, on any target, with the same origin                 |
    | open      | its findings began in the same window (`_same_window`)                   |
    """
    name, target, origin = sighting.fingerprint, sighting.target, sighting.window.origin
    in_body = (each for each in open_ if target in each.present.get(name, ()))
    continued = (each for each in dismissed if _continues(sighting, each))
    same_finding = (each for each in open_ if name in each.findings and origin in each.origins)
    same_window = (each for each in open_ if _same_window(sighting, each))
    return next(itertools.chain(in_body, continued, same_finding, same_window), None)


def _continues(sighting: Sighting, marker: Marker) -> bool:
    """Whether an issue has the finding on this target, and no good build is known since then."""
    if sighting.fingerprint not in marker.findings or sighting.target not in marker.targets:
        return False
    good = sighting.window.good
    if good is None:
        return True
    shown = {window.target: window.bad for window in marker.windows} | {**marker.shown}
    return sighting.target in shown and good < shown[sighting.target]


def _same_window(sighting: Sighting, marker: Marker) -> bool:
    """Whether an issue has the window of a sighting; all windows of origin GROUND are the same."""
    if sighting.window.origin is Origin.GROUND:
        return marker.origins == {Origin.GROUND}
    moments = sighting.target, sighting.window.good, sighting.window.bad
    return moments in [(each.target, each.good, each.bad) for each in marker.windows]


def _same_regression(new: Regression, marker: Marker) -> bool:
    """Whether a regression and a closed issue have the same origin and share most findings."""
    now, then = set(new.findings), set(marker.findings)
    return marker.origins <= {new.origin} and len(now & then) > SHARED * len(now | then)
