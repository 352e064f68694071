"""Issues over several nights: repeated changes, and any series of nights."""

import datetime
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.upkeep.issues import (
    MOST,
    MOST_STEPS,
    NAMED,
    Case,
    Deed,
    assign,
    carry_out,
    plan,
    read,
)
from harness.upkeep.regressions import Origin, Sighting, Window, regression
from harness.upkeep.tracker.folder import FolderTracker
from tests.support.filings import (
    BAD,
    KERAS,
    case,
    conclude,
    dismiss,
    filed,
    january,
    marker,
    packed,
    seen,
)


def test_no_more_are_opened_in_a_night_than_the_limit_and_the_rest_in_the_next(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    cases = [
        Case(marker=marker(str(n), fingerprint=str(n)), title=f"{n}", body="")
        for n in range(MOST + 2)
    ]
    for opened in (MOST, 2, 0):
        steps = plan(cases, read(tracker.issues())[0], [], lambda _: "gone")
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
        steps = plan(edited, read(tracker.issues())[0], ["x"], lambda _: "gone")
        assert sum(step.deed in (Deed.EDIT, Deed.CLOSE) for step in steps) == done
        assert sum(step.deed is Deed.WAIT for step in steps) == waiting
        assert all(step.fingerprint for step in steps)
        for step in steps:
            carry_out(step, tracker)
    assert sum(each.open for each in tracker.issues()) == len(edited)


NIGHT = st.frozensets(st.tuples(st.sampled_from("abcdef"), st.sampled_from(["x", "y"])))


@settings(max_examples=60, deadline=None)
@given(st.lists(NIGHT, min_size=1, max_size=6))
def test_a_finding_has_one_issue_and_a_repeated_night_changes_nothing(
    nights: list[frozenset[tuple[str, str]]],
) -> None:
    with TemporaryDirectory() as directory:
        tracker = FolderTracker(Path(directory))
        for number, night in enumerate(nights):
            sightings = [
                seen(step, target, bad=january(2 + number)) for step, target in sorted(night)
            ]
            for again in (False, True):
                known, unreadable = read(tracker.issues())
                assert unreadable == []
                cases = [case(each) for each in assign(sightings, known)]
                steps = plan(cases, known, ["x", "y"], lambda _: "gone")
                for step in steps:
                    assert not again or step.deed is Deed.LEAVE
                    carry_out(step, tracker)
            live = [each.marker for each in read(tracker.issues())[0] if each.issue.open]
            names = [name for each in live for name in each.present]
            assert sorted(names) == sorted({each.fingerprint for each in sightings})


def test_upstream_and_ground_findings_reopen_only_their_own_issues() -> None:
    first = seen("one")
    moved = replace(first.window, target="tf-2.15", packages=())
    ground = replace(first, window=moved)
    of = replace(marker(first.fingerprint), windows=(moved,))
    closed = filed(of, is_open=False)
    [news] = assign([first], [closed])
    assert news.fingerprint != "f"
    for order in ([first, ground], [ground, first]):
        found = {each.origin: each.fingerprint for each in assign(order, [closed])}
        assert found == {Origin.GROUND: "f", Origin.NEWS: news.fingerprint}


def test_two_regressions_never_have_the_same_fingerprint() -> None:
    one, two, three = (
        seen(step, bad=january(day)) for day, step in enumerate(("one", "two", "three"), start=2)
    )
    own = regression([one]).fingerprint  # from its first night, before it got two more findings
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


def test_the_older_of_two_matching_closed_issues_is_reopened(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    for name in ("f", "g"):
        of = marker(seen("one").fingerprint, fingerprint=name, targets=["tf-nightly"])
        tracker.close(tracker.open(name, str(of)), "gone")
    conclude([seen("one")], tracker)
    assert [issue.open for issue in tracker.issues()] == [True, False]


def test_the_older_of_two_copies_of_an_issue_is_edited(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    of = case(regression([seen("one")])).marker
    for name in ("the issue", "a copy"):
        tracker.open(name, str(of))
    tracker.close(tracker.open("another copy", str(of)), "a copy")
    conclude([seen("one"), seen("one", "tf-2.21-fresh")], tracker)
    assert [issue.title for issue in tracker.issues()] == ["a title", "a copy", "another copy"]
    dismiss(tracker, 1)  # the open issue counts, although the other one is older
    _, [step] = conclude([seen("one"), seen("one", "tf-2.21-fresh")], tracker)
    assert step.deed is Deed.EDIT
    assert [issue.title for issue in tracker.issues()] == ["a title", "a title", "another copy"]


def test_a_target_that_shows_a_finding_again_keeps_its_window(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    one, two = seen("one", "x"), seen("one", "y")
    conclude([one, two, seen("two", "x")], tracker)
    conclude([one], tracker)
    later = replace(two, window=replace(two.window, bad=january(9)))
    [found], _ = conclude([one, later], tracker)
    assert found.windows == (one.window, two.window)


def test_a_finding_stays_in_its_issue_after_its_window_is_lost(
    tmp_path: Path,
) -> None:
    tracker = FolderTracker(tmp_path)
    one, other = seen("one", "x"), seen("one", "y")
    conclude([one], tracker)
    forgotten = Window(target="x", good=None, bad=january(9))
    [found], [step] = conclude([replace(one, window=forgotten)], tracker)
    assert (found.windows, step.deed) == ((one.window,), Deed.LEAVE)
    # the same finding on a target outside the issue is a ground regression
    moved = replace(other.window, packages=())
    both = [one, replace(other, window=moved)]
    found_too, _ = conclude(both, tracker)
    assert [each.origin for each in found_too] == [Origin.NEWS, Origin.GROUND]
    # and no finding moves between the two issues
    _, steps = conclude([replace(one, window=forgotten), both[1]], tracker)
    assert [step.deed for step in steps] == [Deed.LEAVE, Deed.LEAVE]


def test_a_finding_on_an_unchecked_target_is_not_gone(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    one, two = seen("one", "x"), seen("one", "y")
    conclude([one, two], tracker)
    before = tracker.issues()
    for checked, deed in ((["x"], Deed.LEAVE), (["x", "y"], Deed.EDIT)):
        assert tracker.issues() == before
        _, [step] = conclude([one], tracker, checked)
        assert (step.deed, step.comment) == (deed, "")
    # and a finding that returns is shown again, also if another target was not checked
    _, [step] = conclude([two], tracker, ["y"])
    assert (step.deed, step.comment) == (Deed.EDIT, "")


Shows = tuple[str, float | None]  # the text of a finding, and its mean if it has one


def mean(of: float) -> Shows:
    return f"mean {of:.9g}", of


# what a finding showed, what it shows, and whether that is worth a word
SHOWN: dict[str, tuple[Shows, Shows, bool]] = {
    "the same": (mean(0.0320207), mean(0.0320207), False),
    "rounded otherwise": (mean(0.03202069), mean(0.03202071), False),
    "other values": (mean(0.0320207), mean(0.0411), True),
    "another error": (("ValueError: no", None), ("TypeError: no", None), True),
    "an error that speaks of a mean": (
        ("mean 0.03202069", None),
        ("mean 0.03202071", None),
        True,
    ),
    "another shape": (("(2, 3)", None), ("(2, 4)", None), True),
    "values instead of an error": (("ValueError: no", None), mean(1.0), True),
}


@pytest.mark.parametrize(("before", "after", "commented"), SHOWN.values(), ids=SHOWN)
def test_another_change_of_a_finding_gives_one_comment_and_rounding_none(
    before: Shows, after: Shows, commented: bool, tmp_path: Path
) -> None:
    tracker = FolderTracker(tmp_path)
    first, later = (
        replace(each, change=replace(each.change, after=text, after_mean=of))
        for each, (text, of) in ((seen("one"), before), (seen("one"), after))
    )
    conclude([first], tracker)
    _, [step] = conclude([later], tracker)
    assert step.deed is (Deed.EDIT if commented else Deed.LEAVE)
    assert step.comment == ("changed again: a / one." if commented else "")
    _, [step] = conclude([later], tracker)
    assert step.deed is Deed.LEAVE


def test_another_change_in_other_variants_gives_a_comment() -> None:
    fixed, strict = (
        replace(each, change=replace(each.change, variants=variants))
        for each, variants in ((seen("one"), ("fixed",)), (seen("one"), ("fixed", "strict")))
    )
    of = case(regression([fixed])).marker
    [step] = plan([case(regression([strict]))], [filed(of)], [], lambda _: "gone")
    assert step.comment == "changed again: a / one."


def test_an_unchecked_target_changes_nothing() -> None:
    one, other = seen("one", "x"), seen("one", "y")
    other = replace(other, change=replace(other.change, after="another value"))
    of = case(regression([one, other])).marker
    [step] = plan([case(regression([one]))], [filed(of)], ["x"], lambda _: "gone")
    assert step.deed is Deed.LEAVE


def test_a_comment_names_only_some_of_many_changed_findings() -> None:
    before = [seen(f"{n}") for n in range(NAMED + 2)]
    after = [replace(each, change=replace(each.change, after="another")) for each in before]
    of = replace(case(regression(before)).marker, fingerprint="f")
    shown = case(replace(regression(after), fingerprint="f"))
    [step] = plan([shown], [filed(of)], [], lambda _: "gone")
    assert step.comment.count("a / ") == NAMED
    assert step.comment.endswith(" and 2 more.")


def test_a_marker_without_optional_fields_is_read(tmp_path: Path) -> None:
    first = seen("one")
    whole = case(regression([first]), BAD).marker
    document = msgspec.json.decode(msgspec.json.encode(whole))
    old = {k: v for k, v in document.items() if k not in ("digests", "shown")}
    for each in old["windows"]:
        del each["moved"], each["from_baseline"]
    tracker = FolderTracker(tmp_path)
    tracker.open("a title", f"<!-- state-harness {packed(msgspec.json.encode(old))} -->\n")
    _, [step] = conclude([replace(first, change=replace(first.change, after="9"))], tracker)
    assert step.deed is Deed.LEAVE


@dataclass(frozen=True, kw_only=True)
class Drawn:
    """A night: its start, the findings on the checked targets, and the issue that is dismissed.

    `dismissed` is the place of an issue among those that are open in the end, if there are so many.
    """

    began: datetime.datetime
    sightings: list[Sighting]
    checked: list[str]
    dismissed: int


@st.composite
def rows_of_nights(draw: st.DrawFn) -> list[Drawn]:
    """The findings and the checked targets of several nights.

    A finding has the window of the night in which it came, as long as it shows. On x the ground
    moves; on y and z upstream does, and the ground as well.
    """
    windows: dict[str, dict[str, Window]] = {"x": {}, "y": {}, "z": {}}
    nights = []
    for number in range(draw(st.integers(1, 6))):
        before, began = (january(number + day) for day in (1, 2))
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
def test_no_issue_mixes_news_and_ground_and_a_repeated_night_changes_nothing(
    nights: list[Drawn],
) -> None:
    # findings that continue; those of them that were dismissed, and those that may count as such
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
            findings = [
                (name, origin)
                for each in open_
                for name in each.marker.findings
                for origin in each.marker.origins
            ]
            assert len(set(findings)) == len(findings)
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
                # except a finding that went and returned while another target kept the issue open
                dismissed += [
                    s
                    for s in going_on
                    if s.target in of.present.get(s.fingerprint, ())
                    and s.window.good is not None
                    and s.window.good < of.shown[s.target]
                ]
