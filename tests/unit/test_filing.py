"""Each regression has exactly one issue, from the night it comes to the night it goes."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.changes import Change, ChangeKind
from harness.filing import (
    MOST,
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
from harness.regressions import Difference, Regression, Sighting, Window
from harness.tracker import Issue
from harness.tracker.folder import FolderTracker

KERAS = Difference(name="keras", good="3.15.1", bad="3.16.0")


def seen(step: str, target: str = "tf-nightly", *, bad: str = "2026-01-02") -> Sighting:
    window = Window(target=target, good="2026-01-01", bad=bad, packages=(KERAS,))
    change = Change(kind=ChangeKind.VALUES, subject=step, before="1", after="2", scenario="a")
    return Sighting(change=change, window=window)


def case(regression: Regression) -> Case:
    names = tuple(regression.findings)
    marker = Marker(
        fingerprint=regression.fingerprint,
        findings=names,
        present=names,
        targets=regression.targets,
        windows=regression.windows,
    )
    return Case(marker=marker, title="a title", body="a body\n")


def marker(*findings: str, targets: Sequence[str] = ("x",), fingerprint: str = "f") -> Marker:
    return Marker(
        fingerprint=fingerprint, findings=findings, present=findings, targets=tuple(targets)
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
        f"before\n{marker('1')}\n",
        "<!-- state-harness {} -->",
        "<!-- state-harness not json -->",
        str(marker("1")).replace('"f"', "7"),
    ],
)
def test_an_issue_that_has_lost_its_first_line_is_told_apart(body: str) -> None:
    lost = issue(body)
    assert read([lost]) == ([], [lost])


def test_an_open_issue_keeps_its_findings_and_its_window() -> None:
    first = seen("one")
    window = replace(first.window, bad="2025-12-31")
    of = replace(marker(first.fingerprint, targets=["tf-nightly"]), windows=(window,))
    [found] = assign([first], [filed(of)])
    assert (found.fingerprint, found.windows) == ("f", (window,))
    # another target, another window, but a finding that the issue tells of
    [found] = assign([seen("one", "tf-2.21-fresh")], [filed(of)])
    assert found.fingerprint == "f"
    [found] = assign([first], [filed(of, is_open=False, dismissed=True)])
    assert found.fingerprint == "f"


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
