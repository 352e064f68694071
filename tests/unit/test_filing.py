"""Each regression has exactly one issue, from the night it comes to the night it goes."""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.changes import Change, ChangeKind
from harness.filing import (
    MOST,
    MOST_STEPS,
    NAMED,
    Case,
    Deed,
    Filed,
    Marker,
    Step,
    assign,
    carry_out,
    plan,
    read,
)
from harness.regressions import (
    ACCEPTED,
    Axis,
    Difference,
    Regression,
    Sighting,
    Window,
    regression,
    shown_by,
)
from harness.tracker import Issue
from harness.tracker.folder import NOT_PLANNED, FolderTracker, file_text, from_file_text

KERAS = Difference(name="keras", good="3.15.1", bad="3.16.0")


def seen(step: str, target: str = "tf-nightly", *, bad: str = "2026-01-02") -> Sighting:
    window = Window(target=target, good="2026-01-01", bad=bad, packages=(KERAS,))
    change = Change(kind=ChangeKind.VALUES, subject=step, before="1", after="2", scenario="a")
    return Sighting(change=change, window=window)


def case(regression: Regression, began: str = "") -> Case:
    marker = Marker(
        fingerprint=regression.fingerprint,
        findings=tuple(regression.findings),
        present={
            name: tuple(each.target for each in seen) for name, seen in regression.findings.items()
        },
        targets=regression.targets,
        windows=regression.windows,
        digests={name: shown_by(seen) for name, seen in regression.findings.items()},
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


TEXTS = st.text(st.characters(codec="utf-8")) | st.sampled_from(
    ["-->", "--!>", "<!--", "\\u002d", "\r\n", "%2d", '"', "}", "état"]
)


@given(st.lists(st.builds(Difference, name=TEXTS, good=TEXTS, bad=TEXTS), max_size=3))
def test_a_marker_keeps_whatever_text_there_is_and_ends_only_at_its_end(
    differences: list[Difference],
) -> None:
    window = Window(target="x", good=None, bad="2026-01-02", packages=tuple(differences))
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
        str(replace(marker("1"), schema_version=2)),
        str(marker("1")).replace("-->", "->"),
    ],
)
def test_an_issue_that_has_lost_its_first_line_is_told_apart(body: str) -> None:
    lost = issue(body)
    assert read([lost]) == ([], [lost])


@pytest.mark.parametrize("above", ["a line of a person's", "two\r\n\r\nlines", ""])
def test_a_marker_is_found_whatever_a_person_has_put_above_it(above: str) -> None:
    [found], unreadable = read([issue(f"{above}\n{marker('1')}\n{marker('2')}")])
    assert (found.marker, unreadable) == (marker("1"), [])


def test_an_open_issue_keeps_its_findings_and_its_window() -> None:
    first = seen("one")
    window = replace(first.window, bad="2025-12-31")
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=(window,))
    [found] = assign([first], [filed(of)])
    assert (found.fingerprint, found.windows) == ("f", (window,))
    # another target, another window, but a finding that the issue tells of
    [found] = assign([seen("one", "tf-2.21-fresh")], [filed(of)])
    assert found.fingerprint == "f"


EARLIER, LATER = "2025-12-31", "2026-01-02"
# what shows tonight; when the issue was last written, if that is known; whether it is dismissed too
DISMISSED: dict[str, tuple[Sighting, str | None, bool]] = {
    "what was dismissed": (seen("one"), LATER, True),
    "in a window that nobody wrote more of": (seen("one"), None, True),
    "another finding": (seen("two"), LATER, False),
    "another target": (seen("one", "tf-2.21-fresh"), LATER, False),
    "back after a good build": (seen("one", bad="2026-01-09"), EARLIER, False),
    "back after a good build in which the rest was written": (
        seen("one", bad="2026-01-09"),
        "2026-01-01T00:00:00+00:00",
        False,
    ),
    "of which the archive has no good build": (
        replace(seen("one"), window=Window(target="tf-nightly", good=None, bad="2026-01-09")),
        EARLIER,
        True,
    ),
    "of which only what is accepted was good": (
        replace(seen("one"), window=replace(seen("one").window, good=ACCEPTED)),
        EARLIER,
        True,
    ),
}


@pytest.mark.parametrize(("tonight", "shown", "dismissed"), DISMISSED.values(), ids=DISMISSED)
def test_only_what_goes_on_where_it_was_dismissed_is_dismissed(
    tonight: Sighting, shown: str | None, dismissed: bool
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
    [step] = plan([case(found)], given, ["tf-nightly"], "gone")
    assert step.deed is (Deed.DISMISSED if dismissed else Deed.OPEN)


def test_what_is_dismissed_on_one_target_has_an_issue_of_its_own_on_another(
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
    # and once it was gone, it is back in an issue of its own, and stays there
    conclude([other], tracker)
    back = replace(one, window=replace(one.window, good="2026-01-05", bad="2026-01-06"))
    conclude([back, other], tracker)
    for window in (back.window, Window(target="x", good=None, bad="2026-01-06")):
        found, steps = conclude([replace(back, window=window), other], tracker)
        assert {step.deed for step in steps} == {Deed.LEAVE}


def dismiss(tracker: FolderTracker, number: int) -> None:
    """Close an issue as not planned, as a person does."""
    [path] = [Path(each.link) for each in tracker.issues() if each.number == number]
    stored = from_file_text(path.read_text(encoding="utf-8"))
    path.write_text(file_text(replace(stored, open=False, reason=NOT_PLANNED)), encoding="utf-8")


def test_what_no_issue_tells_of_is_a_regression_of_its_own() -> None:
    of = marker(seen("one").fingerprint, targets=["tf-nightly"])
    found = assign([seen("one"), seen("two", bad="2026-01-03")], [filed(of)])
    assert len(found) == 2
    assert found[1].fingerprint != "f"


def test_what_the_ground_does_is_no_part_of_an_issue_on_upstream() -> None:
    first = seen("one")
    ground = replace(first, window=replace(first.window, target="tf-2.15", packages=()))
    windows = (first.window,)
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=windows)
    [found] = assign([ground], [filed(of)])
    assert found.fingerprint != "f"


def test_what_came_with_what_an_open_issue_tells_of_belongs_to_it() -> None:
    first = seen("one")
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=(first.window,))
    [found] = assign([first, seen("two")], [filed(of)])
    assert (found.fingerprint, len(found.findings)) == ("f", 2)
    [found] = assign([seen("two")], [filed(of, is_open=False, dismissed=True)])
    assert found.fingerprint != "f"  # somebody does not want to hear of the other


def test_whatever_the_ground_does_next_belongs_to_its_open_issue() -> None:
    first, other = (
        replace(each, window=replace(each.window, packages=(), good=None))
        for each in (seen("one"), seen("two", "tf-2.15", bad="2026-02-02"))
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
def test_a_closed_issue_is_of_what_returns_if_that_is_most_of_it(
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
def test_what_becomes_of_an_issue(
    now: Marker, then: Filed | None, deed: Deed, comment: str
) -> None:
    shown = Case(marker=now, title="t", body="b")
    [step] = plan([shown], [then] if then else [], ["x", "y"], "gone")
    assert (step.deed, step.comment) == (deed, comment)
    if then and step.case:
        assert set(step.case.marker.findings) >= set(then.marker.findings)


@pytest.mark.parametrize(
    ("checked", "closed"),
    [(["x", "y", "z"], True), (["x", "y"], True), (["x"], False), ([], False)],
)
def test_an_issue_is_closed_once_all_its_targets_are_clean(checked: str, closed: bool) -> None:
    over = filed(marker("1", targets="xy"))
    steps = plan([], [over], checked, "gone")
    assert steps == ([Step(deed=Deed.CLOSE, filed=over, comment="gone")] if closed else [])
    assert plan([], [filed(marker("1"), is_open=False)], "xy", "gone") == []


def test_no_more_are_opened_in_a_night_than_the_limit_and_the_rest_in_the_next(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    cases = [
        Case(marker=marker(str(n), fingerprint=str(n)), title=f"{n}", body="")
        for n in range(MOST + 2)
    ]
    for opened in (MOST, 2, 0):
        steps = plan(cases, read(tracker.issues())[0], [], "gone")
        assert sum(step.deed is Deed.OPEN for step in steps) == opened
        for step in steps:
            carry_out(step, tracker)
    assert len(tracker.issues()) == MOST + 2


def test_a_night_touches_no_more_issues_than_the_limit_and_the_rest_in_the_next(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    for n in range(MOST_STEPS + 3):
        tracker.open(f"{n}", str(marker(str(n), fingerprint=str(n))))
    edited = [
        Case(marker=marker(str(n), "more", fingerprint=str(n)), title=f"{n}", body="")
        for n in range(5)
    ]
    for done, waiting in ((MOST_STEPS, 3), (3, 0), (0, 0)):
        steps = plan(edited, read(tracker.issues())[0], ["x"], "gone")
        assert sum(step.deed in (Deed.EDIT, Deed.CLOSE) for step in steps) == done
        assert sum(step.deed is Deed.WAIT for step in steps) == waiting
        assert all(step.fingerprint for step in steps)
        for step in steps:
            carry_out(step, tracker)
    assert sum(each.open for each in tracker.issues()) == len(edited)


NIGHT = st.frozensets(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y"])))


@settings(max_examples=60, deadline=None)
@given(st.lists(NIGHT, min_size=1, max_size=6))
def test_whatever_the_nights_bring_a_finding_has_one_issue_and_a_night_again_is_silent(
    nights: list[frozenset[tuple[str, str]]],
) -> None:
    with TemporaryDirectory() as directory:
        tracker = FolderTracker(Path(directory))
        for number, night in enumerate(nights):
            sightings = [
                seen(step, target, bad=f"night {number}") for step, target in sorted(night)
            ]
            for again in (False, True):
                known, unreadable = read(tracker.issues())
                assert unreadable == []
                cases = [case(each) for each in assign(sightings, known)]
                steps = plan(cases, known, ["x", "y"], "gone")
                for step in steps:
                    assert not again or step.deed is Deed.LEAVE
                    carry_out(step, tracker)
            live = [each.marker for each in read(tracker.issues())[0] if each.issue.open]
            told = [name for each in live for name in each.present]
            assert sorted(told) == sorted({each.fingerprint for each in sightings})


def test_what_upstream_did_reopens_no_issue_of_the_ground_and_each_gets_its_own() -> None:
    first = seen("one")
    moved = replace(first.window, target="tf-2.15", packages=())
    ground = replace(first, window=moved)
    of = replace(marker(first.fingerprint), windows=(moved,))
    closed = filed(of, is_open=False)
    [news] = assign([first], [closed])
    assert news.fingerprint != "f"
    for order in ([first, ground], [ground, first]):
        found = {each.axis: each.fingerprint for each in assign(order, [closed])}
        assert found == {Axis.GROUND: "f", Axis.NEWS: news.fingerprint}


def test_two_regressions_never_have_the_same_fingerprint() -> None:
    one, two, three = (seen(step, bad=f"of {step}") for step in ("one", "two", "three"))
    own = regression([one]).fingerprint  # with which it was first seen, before two more came to it
    of = marker(*(each.fingerprint for each in (one, two, three)), fingerprint=own)
    joined = replace(three, window=two.window)
    for found in (
        assign([two, joined, one], [filed(of, is_open=False)]),
        assign([one], [filed(replace(of, findings=(two.fingerprint,)))]),
    ):
        names = [each.fingerprint for each in found]
        assert len({*names, own}) == len(found) + (own not in names)
    [again] = assign([one], [filed(replace(of, findings=(two.fingerprint,)))])
    assert again.fingerprint != own
    assert [again] == assign([one], [filed(replace(of, findings=(two.fingerprint,)))])


def test_of_two_closed_issues_alike_the_older_is_reopened_and_the_other_left(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    for name in ("f", "g"):
        of = marker(seen("one").fingerprint, fingerprint=name, targets=["tf-nightly"])
        tracker.close(tracker.open(name, str(of)), "gone")
    conclude([seen("one")], tracker)
    assert [issue.open for issue in tracker.issues()] == [True, False]


def test_of_an_issue_that_a_person_copied_the_older_is_edited(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    of = case(regression([seen("one")])).marker
    for name in ("the issue", "a copy"):
        tracker.open(name, str(of))
    tracker.close(tracker.open("another copy", str(of)), "a copy")
    conclude([seen("one"), seen("one", "tf-2.21-fresh")], tracker)
    assert [issue.title for issue in tracker.issues()] == ["a title", "a copy", "another copy"]
    dismiss(tracker, 1)  # the one that is open counts, though the other one is older
    _, [step] = conclude([seen("one"), seen("one", "tf-2.21-fresh")], tracker)
    assert step.deed is Deed.EDIT
    assert [issue.title for issue in tracker.issues()] == ["a title", "a title", "another copy"]


def test_a_target_that_shows_it_again_has_the_window_it_had(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    one, two = seen("one", "x"), seen("one", "y")
    conclude([one, two, seen("two", "x")], tracker)
    conclude([one], tracker)
    later = replace(two, window=replace(two.window, bad="2026-01-09"))
    [found], _ = conclude([one, later], tracker)
    assert found.windows == (one.window, two.window)


def test_what_an_issue_shows_stays_in_it_when_nobody_knows_any_more_since_when(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    one, other = seen("one", "x"), seen("one", "y")
    conclude([one], tracker)
    forgotten = Window(target="x", good=None, bad="2026-01-09")
    [found], [step] = conclude([replace(one, window=forgotten)], tracker)
    assert (found.windows, step.deed) == ((one.window,), Deed.LEAVE)
    # but on a target on which it does not show it, the ground has moved
    moved = replace(other.window, packages=())
    both = [one, replace(other, window=moved)]
    found_too, _ = conclude(both, tracker)
    assert [each.axis for each in found_too] == [Axis.NEWS, Axis.GROUND]
    # and neither takes anything from the other
    _, steps = conclude([replace(one, window=forgotten), both[1]], tracker)
    assert [step.deed for step in steps] == [Deed.LEAVE, Deed.LEAVE]


def test_what_was_not_looked_at_is_not_gone(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    one, two = seen("one", "x"), seen("one", "y")
    conclude([one, two], tracker)
    before = tracker.issues()
    for checked, deed in ((["x"], Deed.LEAVE), (["x", "y"], Deed.EDIT)):
        assert tracker.issues() == before
        _, [step] = conclude([one], tracker, checked)
        assert (step.deed, step.comment) == (deed, "")
    # and what comes back is shown again, whatever else was not looked at
    _, [step] = conclude([two], tracker, ["y"])
    assert (step.deed, step.comment) == (Deed.EDIT, "")


# what a finding showed, what it shows, and whether that is worth a word
SHOWN: dict[str, tuple[str, str, bool]] = {
    "the same": ("mean 0.0320207", "mean 0.0320207", False),
    "rounded otherwise": ("mean 0.03202069", "mean 0.03202071", False),
    "other values": ("mean 0.0320207", "mean 0.0411", True),
    "another error": ("ValueError: no", "TypeError: no", True),
    "another shape": ("(2, 3)", "(2, 4)", True),
    "values instead of an error": ("ValueError: no", "mean 1", True),
}


@pytest.mark.parametrize(("before", "after", "told"), SHOWN.values(), ids=SHOWN)
def test_what_changes_again_is_told_once_and_rounding_is_not(
    before: str, after: str, told: bool, tmp_path: Path
) -> None:
    tracker = FolderTracker(tmp_path)
    first, later = (
        replace(each, change=replace(each.change, after=shows))
        for each, shows in ((seen("one"), before), (seen("one"), after))
    )
    conclude([first], tracker)
    _, [step] = conclude([later], tracker)
    assert step.deed is (Deed.EDIT if told else Deed.LEAVE)
    assert step.comment == ("changed again: a / one." if told else "")
    _, [step] = conclude([later], tracker)
    assert step.deed is Deed.LEAVE


def test_what_changes_again_in_other_variants_is_told() -> None:
    fixed, strict = (
        replace(each, change=replace(each.change, variants=variants))
        for each, variants in ((seen("one"), ("fixed",)), (seen("one"), ("fixed", "strict")))
    )
    of = case(regression([fixed])).marker
    [step] = plan([case(regression([strict]))], [filed(of)], [], "gone")
    assert step.comment == "changed again: a / one."


def test_a_target_that_was_not_looked_at_changes_nothing() -> None:
    one, other = seen("one", "x"), seen("one", "y")
    other = replace(other, change=replace(other.change, after="another value"))
    of = case(regression([one, other])).marker
    [step] = plan([case(regression([one]))], [filed(of)], ["x"], "gone")
    assert step.deed is Deed.LEAVE


def test_much_that_changes_again_is_not_told_in_full() -> None:
    before = [seen(f"{n}") for n in range(NAMED + 2)]
    after = [replace(each, change=replace(each.change, after="another")) for each in before]
    of = replace(case(regression(before)).marker, fingerprint="f")
    shown = case(replace(regression(after), fingerprint="f"))
    [step] = plan([shown], [filed(of)], [], "gone")
    assert step.comment.count("a / ") == NAMED
    assert step.comment.endswith(" and 2 more.")


def test_a_marker_that_was_written_before_there_were_digests_is_read(tmp_path: Path) -> None:
    first = seen("one")
    whole = case(regression([first]), "2026-01-02").marker
    document = msgspec.json.decode(msgspec.json.encode(whole))
    old = {k: v for k, v in document.items() if k not in ("digests", "shown")}
    for each in old["windows"]:
        del each["moved"]
    tracker = FolderTracker(tmp_path)
    tracker.open("a title", f"<!-- state-harness {packed(msgspec.json.encode(old))} -->\n")
    _, [step] = conclude([replace(first, change=replace(first.change, after="9"))], tracker)
    assert step.deed is Deed.LEAVE


CARRIED: dict[Deed, tuple[bool, str, list[str]]] = {
    Deed.OPEN: (True, "new", []),
    Deed.EDIT: (True, "new", ["why"]),
    Deed.REOPEN: (True, "new", ["why"]),
    Deed.CLOSE: (False, "old", ["why"]),
    Deed.WAIT: (False, "old", []),
    Deed.LEAVE: (False, "old", []),
    Deed.DISMISSED: (False, "old", []),
}


def test_the_table_of_what_is_carried_out_has_every_deed() -> None:
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
    done = carry_out(Step(deed=deed, case=shown, filed=there, comment="why"), tracker)
    [issue] = tracker.issues()
    assert done is not None
    assert done.link == issue.link
    stored = from_file_text(Path(issue.link).read_text(encoding="utf-8"))
    comments = [text for _, text in stored.comments if text != "closed"]
    assert (issue.open, issue.title, comments) == end
    assert issue.body == (f"{marker('2')}\nnew" if end[1] == "new" else f"{marker('1')}\nold")


def test_an_edit_without_a_comment_wakes_nobody(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    there = Filed(issue=tracker.open("old", f"{marker('1')}\n"), marker=marker("1"))
    shown = Case(marker=marker("2"), title="new", body="new")
    carry_out(Step(deed=Deed.EDIT, case=shown, filed=there), tracker)
    text = Path(there.issue.link).read_text(encoding="utf-8")
    assert "# new" in text
    assert "## Comment" not in text


def test_what_waits_has_no_issue_yet(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    shown = Case(marker=marker("1"), title="new", body="new")
    assert carry_out(Step(deed=Deed.WAIT, case=shown), tracker) is None
    assert tracker.issues() == []


def conclude(
    sightings: Sequence[Sighting],
    tracker: FolderTracker,
    checked: Sequence[str] = ("x", "y", "z", "tf-nightly", "tf-2.21-fresh"),
    began: str = "",
) -> tuple[list[Regression], list[Step]]:
    """What a night sees, and what it does."""
    known, unreadable = read(tracker.issues())
    assert unreadable == []
    found = assign(sightings, known)
    steps = plan([case(each, began) for each in found], known, checked, "gone")
    for step in steps:
        carry_out(step, tracker)
    return found, steps


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A night: when it began, what it sees on the targets that it checks, which issue is dismissed.

    `dismissed` is the place of an issue among those that are open in the end, if there are so many.
    """

    began: str
    sightings: list[Sighting]
    checked: list[str]
    dismissed: int


@st.composite
def rows_of_nights(draw: st.DrawFn) -> list[Drawn]:
    """What several nights see, and which targets they check.

    A finding has the window of the night in which it came, as long as it shows. On x the ground
    moves; on y and z upstream does, and the ground as well.
    """
    windows: dict[str, dict[str, Window]] = {"x": {}, "y": {}, "z": {}}
    nights = []
    for number in range(draw(st.integers(1, 6))):
        before, began = (f"2026-01-{number + day:02}T02:00:00+00:00" for day in (1, 2))
        checked = draw(st.lists(st.sampled_from("xyz"), unique=True, min_size=1))
        for target in checked:
            came = Window(target=target, good=before, bad=began)
            if target != "x" and draw(st.booleans()):
                came = replace(came, packages=(KERAS,))
            steps = draw(st.frozensets(st.sampled_from("abcd")))
            windows[target] = {step: windows[target].get(step, came) for step in sorted(steps)}
        sightings = [
            replace(seen(step), window=window)
            for target in checked
            for step, window in windows[target].items()
        ]
        dismissed = draw(st.integers(0, 5))
        nights.append(Drawn(began=began, sightings=sightings, checked=checked, dismissed=dismissed))
    return nights


@settings(max_examples=100, deadline=None)
@given(rows_of_nights())
def test_news_and_ground_are_never_in_one_issue_and_a_night_again_is_silent(
    nights: list[Drawn],
) -> None:
    # what goes on; of that what somebody dismissed, and what may be taken for a part of it
    going_on: list[Sighting] = []
    dismissed: list[Sighting] = []
    silent: list[Sighting] = []
    with TemporaryDirectory() as directory:
        tracker = FolderTracker(Path(directory))
        for night in nights:
            going_on = [s for s in going_on if s.target not in night.checked] + night.sightings
            found, steps = conclude(night.sightings, tracker, night.checked, night.began)
            names = [each.fingerprint for each in found]
            assert len(set(names)) == len(names)
            open_ = [each for each in read(tracker.issues())[0] if each.issue.open]
            told = [
                (name, axis)
                for each in open_
                for name in each.marker.findings
                for axis in each.marker.axes
            ]
            assert len(set(told)) == len(told)
            if any(step.deed is Deed.WAIT for step in steps):
                continue
            for each in night.sightings:
                shown = [one.marker.present.get(each.fingerprint, ()) for one in open_]
                count = sum(each.target in targets for targets in shown)
                assert count == 0 or each not in dismissed
                assert count == 1 or each in silent
            _, again = conclude(night.sightings, tracker, night.checked, night.began)
            assert {step.deed for step in again} <= {Deed.LEAVE, Deed.DISMISSED}
            for chosen in open_[night.dismissed : night.dismissed + 1]:
                dismiss(tracker, chosen.issue.number)
                of = chosen.marker
                silent += [
                    s for s in going_on if s.fingerprint in of.findings and s.target in of.targets
                ]
                # but for what went and came again while another target kept the issue open
                dismissed += [
                    s
                    for s in going_on
                    if s.target in of.present.get(s.fingerprint, ())
                    and str(s.window.good) < of.shown[s.target]
                ]
