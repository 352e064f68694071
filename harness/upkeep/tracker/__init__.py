"""Where the nightly keeps its issues, behind the little that it does with them.

`folder.py` keeps them in files that a person reads and edits, `github.py` on GitHub.
"""

from dataclasses import dataclass
from typing import Protocol

from harness.base.errors import TrackerError

LABEL = "state-harness"  # what tells the nightly's issues from those of people
TITLE_LENGTH = 256  # characters; what GitHub takes
TEXT_LENGTH = 65_536  # characters of a body or a comment; what GitHub takes


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue as it was when it was read.

    `dismissed` is one that a person closed as not planned, or on GitHub as a duplicate: nobody
    wants to hear of it here. `link` is where a person finds it: a URL, or a path.
    """

    number: int
    title: str
    body: str
    open: bool
    dismissed: bool
    link: str


class Tracker(Protocol):
    """Issues to read and write. Every method raises TrackerError.

    A text that does not fit is refused before anything is written.
    """

    def issues(self) -> list[Issue]:
        """All that carry the label, open and closed, oldest first."""

    def open(self, title: str, body: str) -> Issue:
        """A new issue with the label."""

    def edit(self, issue: Issue, title: str, body: str) -> None:
        """Give it another title and body; state and comments stay."""

    def comment(self, issue: Issue, text: str) -> None:
        """Say something below it."""

    def close(self, issue: Issue, text: str) -> None:
        """Close it as completed, and say why."""

    def reopen(self, issue: Issue, text: str) -> None:
        """Open it again, and say why."""


def refuse_unfit(*, title: str | None = None, text: str) -> None:
    """Raise TrackerError for a title that is not one line, or what is longer than GitHub takes."""
    if title is not None and title.splitlines() != [title]:
        raise TrackerError(f"the title {title!r} is not one line of text; give it another")
    for what, given, limit in (("title", title, TITLE_LENGTH), ("text", text, TEXT_LENGTH)):
        if given is not None and len(given) > limit:
            raise TrackerError(
                f"a {what} has {len(given):,} characters, of which a tracker takes {limit:,}: "
                f"{given[:60]!r}...; shorten it"
            )
