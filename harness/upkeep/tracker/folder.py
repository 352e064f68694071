"""Issues in a folder, a Markdown file each, for use without GitHub or before it.

    ---
    number: 1
    state: closed
    reason: not planned
    ---
    # The title

    The body.

    ## Comment of 2026-11-24 03:12:45 UTC

    A text.

A person may edit the file, in particular `state` and `reason`. Each text reads back exactly as it
was written: the title is one line, and a line of a text that looks like the heading of a comment
gets a backslash, which Markdown does not show.
"""

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from harness.base.errors import TrackerError, UnwritableError
from harness.base.files import write_whole
from harness.upkeep.tracker import Issue, refuse_unfit

COMPLETED = "completed"
NOT_PLANNED = "not planned"
DISMISSED = (NOT_PLANNED, "duplicate")
LAST_NUMBER = "last-number"
NAME = re.compile(r"\d{4,}\.md")
HEAD = re.compile(
    r"---\nnumber: *(\d+) *\nstate: *(open|closed) *\n"
    r"reason: *(|completed|not planned|duplicate) *\n---\n# (.*)"
)
COMMENT = re.compile(r"\n\n## Comment of (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC)\n\n")
LIKE_A_COMMENT = re.compile(r"^(?=\\*## Comment of )", re.MULTILINE)
ESCAPED = re.compile(r"^\\(?=\\*## Comment of )", re.MULTILINE)
REMEDY = (
    "the file has to begin like the others: the number of its name, the state open or closed, the "
    "reason completed, not planned, duplicate or empty, then the title; correct it, or move the "
    "file away"
)


@dataclass(frozen=True, kw_only=True)
class Stored:
    """The content of a file; `comments` are pairs of moment and text, oldest first."""

    number: int
    open: bool = True
    reason: str = ""
    title: str
    body: str
    comments: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class FolderTracker:
    """A tracker in a directory, created with the first issue; only one process may write to it."""

    directory: Path

    def issues(self) -> list[Issue]:
        return [self._issue(self._read(number)) for number in self._numbers()]

    def open(self, title: str, body: str) -> Issue:
        refuse_unfit(title=title, text=body)
        stored = Stored(number=self._new_number(), title=title, body=body)
        self._write(self._path(stored.number), file_text(stored))
        return self._issue(stored)

    def edit(self, issue: Issue, title: str, body: str) -> None:
        refuse_unfit(title=title, text=body)
        self._change(issue, lambda stored: replace(stored, title=title, body=body))

    def comment(self, issue: Issue, text: str) -> None:
        self._change(issue, lambda stored: _commented(stored, text))

    def close(self, issue: Issue, text: str) -> None:
        self._change(
            issue, lambda stored: replace(_commented(stored, text), open=False, reason=COMPLETED)
        )

    def reopen(self, issue: Issue, text: str) -> None:
        self._change(issue, lambda stored: replace(_commented(stored, text), open=True, reason=""))

    def _change(self, issue: Issue, change: Callable[[Stored], Stored]) -> None:
        stored = self._read(issue.number)
        self._write(self._path(issue.number), file_text(change(stored)))

    def _issue(self, stored: Stored) -> Issue:
        return Issue(
            number=stored.number,
            title=stored.title,
            body=stored.body,
            open=stored.open,
            dismissed=not stored.open and stored.reason in DISMISSED,
            link=str(self._path(stored.number)),
        )

    def _path(self, number: int) -> Path:
        return self.directory / f"{number:04}.md"

    def _numbers(self) -> list[int]:
        try:
            paths = list(self.directory.iterdir())
        except FileNotFoundError:
            return []
        except OSError as error:
            raise TrackerError(
                f"{self.directory}: cannot be read: {error}; name a folder that can be read"
            ) from error
        return sorted(int(path.stem) for path in paths if NAME.fullmatch(path.name))

    def _new_number(self) -> int:
        """A number that no issue ever had, also if a person has deleted the newest file."""
        path = self.directory / LAST_NUMBER
        try:
            last = int(path.read_text(encoding="utf-8")) if path.exists() else 0
        except (OSError, ValueError) as error:
            raise TrackerError(
                f"{path}: cannot be read: {error}; write the number of the newest issue into it"
            ) from error
        number = max([last, *self._numbers()]) + 1
        self._write(path, f"{number}\n")
        return number

    def _read(self, number: int) -> Stored:
        path = self._path(number)
        try:
            # as bytes, since reading as text would replace \r\n by \n
            stored = from_file_text(path.read_bytes().decode("utf-8"))
        except (OSError, ValueError) as error:
            raise TrackerError(f"{path}: cannot be read: {error}; {REMEDY}") from error
        if stored.number != number:
            raise TrackerError(f"{path}: the number in it is {stored.number}; {REMEDY}")
        return stored

    def _write(self, path: Path, text: str) -> None:
        try:
            write_whole(path, text.encode("utf-8"))
        except UnwritableError as error:
            raise TrackerError(str(error)) from error


def file_text(stored: Stored) -> str:
    """The text of an issue's file, the inverse of `from_file_text`."""
    state = "open" if stored.open else "closed"
    reason = f"reason: {stored.reason}".rstrip()
    head = f"---\nnumber: {stored.number}\nstate: {state}\n{reason}\n---\n# {stored.title}"
    comments = (f"\n\n## Comment of {at}\n\n{_escaped(text)}" for at, text in stored.comments)
    return f"{head}\n\n{_escaped(stored.body)}{''.join(comments)}\n"


def from_file_text(text: str) -> Stored:
    """Parse the text of an issue's file. Raises ValueError if its head is not that of an issue."""
    head = HEAD.match(text)
    if head is None:
        raise ValueError("the file does not begin with the head of an issue")
    # an editor may have taken empty lines from the end
    below = text[head.end() :].removeprefix("\n\n").removesuffix("\n")
    body, *parts = COMMENT.split(below)
    return Stored(
        number=int(head[1]),
        open=head[2] == "open",
        reason=head[3],
        title=head[4],
        body=ESCAPED.sub("", body),
        comments=tuple(
            (at, ESCAPED.sub("", text)) for at, text in zip(parts[::2], parts[1::2], strict=True)
        ),
    )


def _commented(stored: Stored, text: str) -> Stored:
    refuse_unfit(text=text)
    now = f"{datetime.datetime.now(datetime.UTC):%Y-%m-%d %H:%M:%S} UTC"
    return replace(stored, comments=(*stored.comments, (now, text)))


def _escaped(text: str) -> str:
    return LIKE_A_COMMENT.sub(r"\\", text)
