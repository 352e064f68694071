"""Each regression has exactly one issue, from its first night to its last."""

import datetime
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.upkeep.issues import (
    SCHEMA_VERSION,
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
from harness.upkeep.regressions import (
    Difference,
    Sighting,
    Window,
)
from harness.upkeep.tracker.folder import FolderTracker, from_file_text
from tests.support.filings import (
    BAD,
    GOOD,
    case,
    conclude,
    dismiss,
    filed,
    issue,
    january,
    marker,
    packed,
    seen,
)

EARLIER = GOOD - datetime.timedelta(days=1)
TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["-->", "--!>", "<!--", "\\u002d", "\r\n", "%2d", '"', "}", "état"]
)


@given(st.lists(st.builds(Difference, name=TEXTS, good=TEXTS, bad=TEXTS), max_size=3))
def test_a_marker_stores_any_text_exactly(
    differences: list[Difference],
) -> None:
    window = Window(target="x", good=None, bad=BAD, packages=tuple(differences))
    written = replace(marker("1"), windows=(window,))
    text = str(written)
    assert text.count(">") == text.count("<") == 1
    assert text.isprintable()
    assert "\\" not in text
    for end in ("\n", "\r\n"):
        [found], unreadable = read([issue(f"{text}{end}a body <!-- state-harness -->")])
        assert (found.marker, unreadable) == (written, [])


@pytest.mark.parametrize(
    "body",
    [
        "",
        "a body",
        f"before {marker('1')}\n",
        f"> {marker('1')}\n",
        "<!-- state-harness {} -->",
        "<!-- state-harness not json -->",
        f"<!-- state-harness {packed(b'not json')} -->",
        f"<!-- state-harness {packed(msgspec.json.encode(marker('1'))[:-1])} -->",
        f"<!-- state-harness {packed(msgspec.json.encode(marker('1')))[:-4]} -->",
        f"<!-- state-harness {packed(b'{}')} -->",
        str(replace(marker("1"), schema_version=0)),
        str(replace(marker("1"), schema_version=SCHEMA_VERSION + 1)),
        str(marker("1")).replace("-->", "->"),
    ],
)
def test_an_issue_without_its_first_line_is_listed_separately(body: str) -> None:
    lost = issue(body)
    assert read([lost]) == ([], [lost])


@pytest.mark.parametrize(
    ("good", "expected"),
    [("what is accepted", (None, True)), (None, (None, False)), (str(GOOD), (GOOD, False))],
    ids=["a baseline", "nothing", "a night"],
)
def test_a_marker_of_the_first_version_is_read(
    good: str | None, expected: tuple[datetime.datetime | None, bool]
) -> None:
    written = replace(marker("1"), windows=(Window(target="x", good=None, bad=BAD),))
    document = msgspec.json.decode(msgspec.json.encode(written)) | {"schema_version": 1}
    del document["windows"][0]["from_baseline"]
    document["windows"][0]["good"] = good
    body = f"<!-- state-harness {packed(msgspec.json.encode(document))} -->"
    [found], unreadable = read([issue(body)])
    [window] = found.marker.windows
    assert ((window.good, window.from_baseline), unreadable) == (expected, [])
    assert found.marker.schema_version == SCHEMA_VERSION


@pytest.mark.parametrize("above", ["a line of a person's", "two\r\n\r\nlines", ""])
def test_a_marker_is_found_below_other_text(above: str) -> None:
    [found], unreadable = read([issue(f"{above}\n{marker('1')}\n{marker('2')}")])
    assert (found.marker, unreadable) == (marker("1"), [])


def test_an_open_issue_keeps_its_findings_and_its_window() -> None:
    first = seen("one")
    window = replace(first.window, bad=EARLIER)
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=(window,))
    [found] = assign([first], [filed(of)])
    assert (found.fingerprint, found.windows) == ("f", (window,))
    # another target and another window, but a finding of the issue
    [found] = assign([seen("one", "tf-2.21-fresh")], [filed(of)])
    assert found.fingerprint == "f"


# what shows tonight; when the issue was last written, if that is known; whether it is dismissed too
DISMISSED: dict[str, tuple[Sighting, datetime.datetime | None, bool]] = {
    "what was dismissed": (seen("one"), BAD, True),
    "in a window that nobody wrote more of": (seen("one"), None, True),
    "another finding": (seen("two"), BAD, False),
    "another target": (seen("one", "tf-2.21-fresh"), BAD, False),
    "back after a good build": (seen("one", bad=january(9)), EARLIER, False),
    "back after a good build in which the rest was written": (
        seen("one", bad=january(9)),
        GOOD,
        False,
    ),
    "of which the archive has no good build": (
        replace(seen("one"), window=Window(target="tf-nightly", good=None, bad=january(9))),
        EARLIER,
        True,
    ),
    "of which only what is accepted was good": (
        replace(seen("one"), window=replace(seen("one").window, good=None, from_baseline=True)),
        EARLIER,
        True,
    ),
}


@pytest.mark.parametrize(("tonight", "shown", "dismissed"), DISMISSED.values(), ids=DISMISSED)
def test_only_a_continued_finding_on_the_same_target_is_dismissed(
    tonight: Sighting, shown: datetime.datetime | None, dismissed: bool
) -> None:
    first = seen("one")
    of = replace(
        marker(first.fingerprint, targets=["tf-nightly"]),
        windows=(first.window,),
        shown={"tf-nightly": shown} if shown else {},
    )
    given = [filed(of, is_open=False, dismissed=True)]
    [found] = assign([tonight], given)
    assert (found.fingerprint == "f") is dismissed
    [step] = plan([case(found)], given, ["tf-nightly"], lambda _: "gone")
    assert step.deed is (Deed.DISMISSED if dismissed else Deed.OPEN)


def test_a_finding_dismissed_on_one_target_has_its_own_issue_on_another(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    one, other = seen("one", "x"), seen("one", "y")
    [first], _ = conclude([one], tracker)
    dismiss(tracker, 1)
    found, steps = conclude([one, other], tracker)
    assert {step.deed for step in steps} == {Deed.DISMISSED, Deed.OPEN}
    assert len({each.fingerprint for each in found} | {first.fingerprint}) == 2
    _, steps = conclude([one, other], tracker)
    assert {step.deed for step in steps} == {Deed.DISMISSED, Deed.LEAVE}
    # after it was gone it returns in its own issue, and stays there
    conclude([other], tracker)
    back = replace(one, window=replace(one.window, good=january(5), bad=january(6)))
    conclude([back, other], tracker)
    for window in (back.window, Window(target="x", good=None, bad=january(6))):
        found, steps = conclude([replace(back, window=window), other], tracker)
        assert {step.deed for step in steps} == {Deed.LEAVE}


def test_a_finding_without_an_issue_is_a_new_regression() -> None:
    of = marker(seen("one").fingerprint, targets=["tf-nightly"])
    found = assign([seen("one"), seen("two", bad=january(3))], [filed(of)])
    assert len(found) == 2
    assert found[1].fingerprint != "f"


def test_a_ground_finding_does_not_belong_to_an_upstream_issue() -> None:
    first = seen("one")
    ground = replace(first, window=replace(first.window, target="tf-2.15", packages=()))
    windows = (first.window,)
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=windows)
    [found] = assign([ground], [filed(of)])
    assert found.fingerprint != "f"


def test_a_finding_of_the_same_window_belongs_to_the_open_issue() -> None:
    first = seen("one")
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=(first.window,))
    [found] = assign([first, seen("two")], [filed(of)])
    assert (found.fingerprint, len(found.findings)) == ("f", 2)
    [found] = assign([seen("two")], [filed(of, is_open=False, dismissed=True)])
    assert found.fingerprint != "f"  # the other one is dismissed


def test_every_ground_finding_belongs_to_the_open_ground_issue() -> None:
    first, other = (
        replace(each, window=replace(each.window, packages=(), good=None))
        for each in (seen("one"), seen("two", "tf-2.15", bad=january(20)))
    )
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=(first.window,))
    [found] = assign([other], [filed(of)])
    assert found.fingerprint == "f"
    [found] = assign([seen("three")], [filed(of)])
    assert found.fingerprint != "f"


RETURNS = {
    "all of it": (["one", "two", "three"], True),
    "most of it": (["one", "two"], True),
    "the smaller part": (["one"], False),
    "among much else": (["one", "two", "four", "five"], False),
    "nothing of it": (["four"], False),
}


@pytest.mark.parametrize(("steps", "returns"), RETURNS.values(), ids=RETURNS)
def test_a_closed_issue_is_reopened_if_most_of_its_findings_return(
    steps: list[str], returns: bool
) -> None:
    of = marker(*(seen(step).fingerprint for step in ("one", "two", "three")))
    [found] = assign([seen(step) for step in steps], [filed(of, is_open=False)])
    assert (found.fingerprint == "f") is returns


DEEDS: dict[str, tuple[Marker, Filed | None, Deed, str]] = {
    "none yet": (marker("1"), None, Deed.OPEN, ""),
    "nothing new": (marker("1"), filed(marker("1")), Deed.LEAVE, ""),
    "another finding": (
        marker("1", "2"),
        filed(marker("1")),
        Deed.EDIT,
        "1 more finding.",
    ),
    "more findings": (marker("1", "2", "3"), filed(marker("1")), Deed.EDIT, "2 more findings."),
    "another target": (
        marker("1", targets="xy"),
        filed(marker("1")),
        Deed.EDIT,
        "now also on y.",
    ),
    "some of it gone": (marker("1"), filed(marker("1", "2")), Deed.EDIT, ""),
    "back": (marker("1"), filed(marker("1"), is_open=False), Deed.REOPEN, "It is back on x."),
    "dismissed": (
        marker("1", "2"),
        filed(marker("1"), is_open=False, dismissed=True),
        Deed.DISMISSED,
        "",
    ),
}


@pytest.mark.parametrize(("now", "then", "deed", "comment"), DEEDS.values(), ids=DEEDS)
def test_each_state_of_an_issue_gives_its_action(
    now: Marker, then: Filed | None, deed: Deed, comment: str
) -> None:
    shown = Case(marker=now, title="t", body="b")
    [step] = plan([shown], [then] if then else [], ["x", "y"], lambda _: "gone")
    assert (step.deed, step.comment) == (deed, comment)
    if then and step.case:
        assert set(step.case.marker.findings) >= set(then.marker.findings)


@pytest.mark.parametrize(
    ("checked", "closed"),
    [(["x", "y", "z"], True), (["x", "y"], True), (["x"], False), ([], False)],
)
def test_an_issue_is_closed_once_all_its_targets_are_clean(checked: str, closed: bool) -> None:
    over = filed(marker("1", targets="xy"))
    steps = plan([], [over], checked, lambda _: "gone")
    assert steps == ([IssueAction(deed=Deed.CLOSE, filed=over, comment="gone")] if closed else [])
    assert plan([], [filed(marker("1"), is_open=False)], "xy", lambda _: "gone") == []


CARRIED: dict[Deed, tuple[bool, str, list[str]]] = {
    Deed.OPEN: (True, "new", []),
    Deed.EDIT: (True, "new", ["why"]),
    Deed.REOPEN: (True, "new", ["why"]),
    Deed.CLOSE: (False, "old", ["why"]),
    Deed.WAIT: (False, "old", []),
    Deed.LEAVE: (False, "old", []),
    Deed.DISMISSED: (False, "old", []),
}


def test_the_table_of_calls_has_every_deed() -> None:
    assert CARRIED.keys() == set(Deed)


@pytest.mark.parametrize(("deed", "end"), CARRIED.items(), ids=CARRIED)
def test_a_deed_is_carried_out(
    deed: Deed, end: tuple[bool, str, list[str]], tmp_path: Path
) -> None:
    tracker, there = FolderTracker(tmp_path), None
    if deed is not Deed.OPEN:
        there = Filed(issue=tracker.open("old", f"{marker('1')}\nold"), marker=marker("1"))
        if deed not in (Deed.EDIT, Deed.CLOSE):
            tracker.close(there.issue, "closed")
    shown = None if deed is Deed.CLOSE else Case(marker=marker("2"), title="new", body="new")
    done = carry_out(IssueAction(deed=deed, case=shown, filed=there, comment="why"), tracker)
    [issue] = tracker.issues()
    assert done is not None
    assert done.link == issue.link
    stored = from_file_text(Path(issue.link).read_text(encoding="utf-8"))
    comments = [text for _, text in stored.comments if text != "closed"]
    assert (issue.open, issue.title, comments) == end
    assert issue.body == (f"{marker('2')}\nnew" if end[1] == "new" else f"{marker('1')}\nold")


def test_an_edit_without_a_comment_adds_none(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    there = Filed(issue=tracker.open("old", f"{marker('1')}\n"), marker=marker("1"))
    shown = Case(marker=marker("2"), title="new", body="new")
    carry_out(IssueAction(deed=Deed.EDIT, case=shown, filed=there), tracker)
    text = Path(there.issue.link).read_text(encoding="utf-8")
    assert "# new" in text
    assert "## Comment" not in text


def test_a_waiting_case_has_no_issue_yet(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    shown = Case(marker=marker("1"), title="new", body="new")
    assert carry_out(IssueAction(deed=Deed.WAIT, case=shown), tracker) is None
    assert tracker.issues() == []
