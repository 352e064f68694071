"""What both trackers do alike."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.base.errors import TrackerError
from harness.upkeep.tracker import TEXT_LENGTH, TITLE_LENGTH, Issue, Tracker
from harness.upkeep.tracker.folder import FolderTracker
from harness.upkeep.tracker.github import GitHubTracker
from tests.integration.github import serving

BODY = "---\nstate: closed\n---\r\n# no title\n\n## Comment of 2026-01-01 00:00:00 UTC\n\n`x` @me\n"


Close = Callable[[Issue, str], None]


@pytest.fixture(params=["folder", "github"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Tracker, Close]]:
    """A tracker, and how a person closes an issue there for a reason."""
    if request.param == "folder":
        yield FolderTracker(tmp_path / "issues"), in_file
        return
    with serving(repository="owner/name", token="token") as server:  # noqa: S106

        def on_page(issue: Issue, reason: str) -> None:
            state = {"state": "closed", "state_reason": reason.replace(" ", "_")}
            server.issues[issue.number - 1].update(state)

        yield GitHubTracker.from_environment(os.environ | server.environment, pauses=()), on_page


def in_file(issue: Issue, reason: str) -> None:
    path = Path(issue.link)
    text = path.read_text(encoding="utf-8").replace("state: open", "state: closed", 1)
    path.write_text(text.replace("reason:", f"reason: {reason}", 1), encoding="utf-8")


@pytest.fixture
def tracker(place: tuple[Tracker, Close]) -> Tracker:
    return place[0]


@pytest.mark.parametrize(
    ("reason", "dismissed"), [("completed", False), ("not planned", True), ("duplicate", True)]
)
def test_who_closes_an_issue_for_some_reasons_does_not_want_to_hear_of_it(
    reason: str, dismissed: bool, place: tuple[Tracker, Close]
) -> None:
    tracker, close = place
    close(tracker.open("First", "A body"), reason)
    [issue] = tracker.issues()
    assert (issue.open, issue.dismissed) == (False, dismissed)
    tracker.reopen(issue, "It is back")
    [issue] = tracker.issues()
    assert (issue.open, issue.dismissed) == (True, False)


def test_the_life_of_issues(tracker: Tracker) -> None:
    assert tracker.issues() == []
    first, second = tracker.open("First", BODY), tracker.open("Second", "")
    assert (first.title, first.body, first.open, first.dismissed) == ("First", BODY, True, False)
    assert first.number < second.number
    assert first.link != second.link
    assert tracker.issues() == [first, second]

    tracker.comment(first, BODY)
    tracker.edit(first, "First, edited", f"{BODY}more")
    edited = tracker.issues()[0]
    assert (edited.title, edited.body, edited.link) == ("First, edited", f"{BODY}more", first.link)

    tracker.close(edited, "It is gone")
    closed = tracker.issues()[0]
    assert (closed.open, closed.dismissed, closed.body) == (False, False, edited.body)
    tracker.edit(closed, "First", BODY)
    assert not tracker.issues()[0].open

    tracker.reopen(closed, "It is back")
    assert tracker.issues() == [first, second]


def test_what_does_not_fit_is_refused(tracker: Tracker) -> None:
    issue = tracker.open("t" * TITLE_LENGTH, "x" * TEXT_LENGTH)
    for title, body in (("t" * 257, ""), ("", ""), ("a\nb", ""), ("t", "x" * 65_537)):
        with pytest.raises(TrackerError):
            tracker.open(title, body)
        with pytest.raises(TrackerError):
            tracker.edit(issue, title, body)
    with pytest.raises(TrackerError, match=r"65,537 characters, .* 65,536"):
        tracker.close(issue, "x" * 65_537)
    assert tracker.issues() == [issue]
