"""Issues in a folder read back as they were written, or as a person edited them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.errors import TrackerError
from harness.upkeep.tracker import Issue
from harness.upkeep.tracker.folder import FolderTracker, Stored, file_text, from_file_text

HEADING = "## Comment of 2026-11-24 03:12:45 UTC"
TRICKS = st.sampled_from(
    [
        "---",
        "number: 2",
        "state: closed",
        "reason: not planned",
        "# A title",
        HEADING,
        f"\\{HEADING}",
        f"\\\\{HEADING}",
        f" {HEADING}",
        f"{HEADING}\r",
        "## Comment of ",
        "\r",
        "\u2028",
        "\x0c",
        "größer 隠 🧨",
        "```",
        "<!--",
        "",
        " ",
    ]
)
TEXTS = st.lists(TRICKS | st.text(), max_size=8).flatmap(
    lambda lines: st.sampled_from(["\n", "\n\n", "\r\n", ""]).map(lambda end: end.join(lines))
)
TITLES = (TRICKS | st.text(min_size=1)).filter(lambda text: text.splitlines() == [text])
MOMENTS = st.datetimes().map(lambda at: f"{at.isoformat(' ', 'seconds')} UTC")


@given(
    st.builds(
        Stored,
        number=st.integers(1, 10**6),
        open=st.booleans(),
        reason=st.sampled_from(["", "completed", "not planned", "duplicate"]),
        title=TITLES,
        body=TEXTS,
        comments=st.lists(st.tuples(MOMENTS, TEXTS), max_size=3).map(tuple),
    )
)
def test_a_file_reads_back_as_it_was_written(stored: Stored) -> None:
    text = file_text(stored)
    assert from_file_text(text) == stored
    assert file_text(from_file_text(text)) == text


@given(title=TITLES, body=TEXTS, comment=TEXTS)
def test_an_issue_reads_back_through_the_folder(
    tmp_path_factory: pytest.TempPathFactory, title: str, body: str, comment: str
) -> None:
    tracker = FolderTracker(tmp_path_factory.mktemp("issues"))
    issue = tracker.open("A title", "A body")
    tracker.comment(issue, comment)
    tracker.edit(issue, title, body)
    tracker.comment(issue, body)
    (read,) = tracker.issues()
    assert (read.title, read.body) == (title, body)
    stored = from_file_text(Path(read.link).read_bytes().decode())
    assert [text for _, text in stored.comments] == [comment, body]


def test_a_file_is_readable_text(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path / "issues")
    issue = tracker.open("tf-2.16: reset drifts", f"It does.\n\n{HEADING}\n\n- a\n- b")
    tracker.close(issue, "Gone since tonight")
    assert issue.link == str(tmp_path / "issues" / "0001.md")
    text = Path(issue.link).read_text(encoding="utf-8")
    moment = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC"
    assert re.sub(rf"(?m)(?<!\\)(## Comment of ){moment}", r"\1NOW", text).splitlines() == [
        "---",
        "number: 1",
        "state: closed",
        "reason: completed",
        "---",
        "# tf-2.16: reset drifts",
        "",
        "It does.",
        "",
        f"\\{HEADING}",
        "",
        "- a",
        "- b",
        "",
        "## Comment of NOW",
        "",
        "Gone since tonight",
    ]


@pytest.mark.parametrize(
    ("state", "reason", "expected"),
    [
        ("open", "", (True, False)),
        ("closed", "completed", (False, False)),
        ("closed", "", (False, False)),
        ("closed", "not planned", (False, True)),
        ("closed", "duplicate", (False, True)),
        ("  closed  ", "not planned ", (False, True)),
        ("open", "not planned", (True, False)),
    ],
)
def test_the_edits_of_a_person_are_read(
    tmp_path: Path, state: str, reason: str, expected: tuple[bool, bool]
) -> None:
    tracker = FolderTracker(tmp_path)
    edit_by_hand(tracker.open("A title", "A body"), "state: open\nreason:", state, reason)
    (issue,) = tracker.issues()
    assert (issue.open, issue.dismissed, issue.body) == (*expected, "A body")


def test_reopening_and_closing_replace_the_reason_of_a_person(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    issue = tracker.open("A title", "A body")
    edit_by_hand(issue, "state: open\nreason:", "closed", "not planned")
    tracker.edit(issue, "Another", "A body")
    assert tracker.issues()[0].dismissed
    tracker.reopen(issue, "Back")
    assert "state: open\nreason:\n" in Path(issue.link).read_text(encoding="utf-8")
    tracker.close(issue, "Gone")
    assert not tracker.issues()[0].dismissed


def edit_by_hand(issue: Issue, old: str, state: str, reason: str) -> None:
    path = Path(issue.link)
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, f"state: {state}\nreason: {reason}", 1), encoding="utf-8")


@pytest.mark.parametrize("body", ["", "A body", "A body\n", "\n\n"])
def test_an_editor_may_take_empty_lines_from_the_end(tmp_path: Path, body: str) -> None:
    tracker = FolderTracker(tmp_path)
    path = Path(tracker.open("A title", body).link)
    for end in ("", "\n"):
        path.write_text(path.read_text(encoding="utf-8").rstrip("\n") + end, encoding="utf-8")
        assert tracker.issues()[0].body == body.rstrip("\n")


def test_no_number_is_used_again(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    for _ in range(2):
        Path(tracker.open("A title", "").link).unlink()
    assert tracker.issues() == []
    assert tracker.open("A title", "").number == 3
    (tmp_path / "last-number").unlink()
    assert tracker.open("A title", "").number == 4


def test_other_files_do_not_matter(tmp_path: Path) -> None:
    for name in ("README.md", "1.md", "0001.md.part", "0001.txt", ".lock"):
        (tmp_path / name).write_text("something", encoding="utf-8")
    tracker = FolderTracker(tmp_path)
    assert tracker.issues() == []
    assert tracker.open("A title", "").number == 1
    assert len(tracker.issues()) == 1


def test_after_issue_9999_comes_the_next(tmp_path: Path) -> None:
    (tmp_path / "last-number").write_text("9999\n", encoding="utf-8")
    tracker = FolderTracker(tmp_path)
    tracker.open("A title", "")
    assert [issue.number for issue in tracker.issues()] == [10_000]


def test_reading_creates_no_file(tmp_path: Path) -> None:
    assert FolderTracker(tmp_path / "a" / "b").issues() == []
    assert list(tmp_path.iterdir()) == []
    assert FolderTracker(tmp_path / "a" / "b").open("A title", "").number == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text[:0],
        lambda text: text[:20],
        lambda text: f"\n{text}",
        lambda text: text.replace("state: open", "state: done"),
        lambda text: text.replace("reason:", "reason: whatever"),
        lambda text: text.replace("number: 1", "number: 2"),
        lambda text: text.replace("number: 1", "number: one"),
        lambda text: text.replace("# A title", "A title"),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.encode("utf-16"),
    ],
)
def test_an_unreadable_file_is_named_with_a_remedy(tmp_path: Path, change: object) -> None:
    tracker = FolderTracker(tmp_path)
    issue = tracker.open("A title", "A body")
    path = Path(issue.link)
    assert callable(change)
    changed = change(path.read_text(encoding="utf-8"))
    path.write_bytes(changed if isinstance(changed, bytes) else changed.encode())
    for call in (tracker.issues, lambda: tracker.comment(issue, "A comment")):
        with pytest.raises(
            TrackerError, match=r"0001\.md: .*; the file has to begin .*move the file"
        ):
            call()


def test_a_missing_issue_is_named(tmp_path: Path) -> None:
    tracker = FolderTracker(tmp_path)
    issue = tracker.open("A title", "A body")
    Path(issue.link).unlink()
    with pytest.raises(TrackerError, match=r"0001\.md: cannot be read: .*No such file"):
        tracker.edit(issue, "A title", "A body")


def test_a_folder_that_is_a_file_is_named(tmp_path: Path) -> None:
    place = tmp_path / "issues"
    place.write_text("", encoding="utf-8")
    with pytest.raises(TrackerError, match=r"issues: cannot be read: .*; name a folder"):
        FolderTracker(place).issues()
    with pytest.raises(TrackerError, match="Not a directory"):
        FolderTracker(place).open("A title", "A body")


def test_a_malformed_last_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "last-number").write_text("many", encoding="utf-8")
    with pytest.raises(TrackerError, match=r"last-number: .*; write the number of the newest"):
        FolderTracker(tmp_path).open("A title", "A body")


def test_a_write_that_fails_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tracker = FolderTracker(tmp_path)
    issue = tracker.open("A title", "A body")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(TrackerError, match=r"0001\.md: cannot be written: .*No space"):
        tracker.edit(issue, "Another", "Another")
    assert tracker.issues() == [issue]
