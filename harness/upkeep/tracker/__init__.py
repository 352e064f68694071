"""The interface to the issues of the nightly.

`folder.py` stores them in files that a person can read and edit, `github.py` on GitHub.
"""

from dataclasses import dataclass
from typing import Protocol

from harness.base.errors import TrackerError

LABEL = "state-harness"  # distinguishes the nightly's issues from those of people
TITLE_LENGTH = 256  # characters; GitHub's limit
TEXT_LENGTH = 65_536  # characters of a body or a comment; GitHub's limit


@dataclass(frozen=True, kw_only=True)
class Issue:
    """An issue at the moment of reading.

    `dismissed` is true if a person closed the issue as not planned or as a duplicate: the harness
    then leaves the issue alone. `link` is its URL or path.
    """

    number: int
    title: str
    body: str
    open: bool
    dismissed: bool
    link: str


class Tracker(Protocol):
    """Issues to read and write. Every method raises TrackerError.

    Each method that writes checks its texts with `refuse_unfit` before it writes anything.
    """

    def issues(self) -> list[Issue]:
        """All issues with the label, open and closed, oldest first."""

    def open(self, title: str, body: str) -> Issue:
        """Open a new issue with the label."""

    def edit(self, issue: Issue, title: str, body: str) -> None:
        """Replace the title and the body; state and comments stay."""

    def comment(self, issue: Issue, text: str) -> None:
        """Add a comment."""

    def close(self, issue: Issue, text: str) -> None:
        """Close the issue as completed, with a comment."""

    def reopen(self, issue: Issue, text: str) -> None:
        """Open the issue again, with a comment."""


def refuse_unfit(*, title: str | None = None, text: str) -> None:
    """Raise TrackerError for a title that is not one line, or a title or text over the limits."""
    if title is not None and title.splitlines() != [title]:
        raise TrackerError(f"the title {title!r} is not one line of text; give it another")
    for part, given, limit in (("title", title, TITLE_LENGTH), ("text", text, TEXT_LENGTH)):
        if given is not None and len(given) > limit:
            raise TrackerError(
                f"a {part} has {len(given):,} characters, but the limit is {limit:,}: "
                f"{given[:60]!r}...; shorten it"
            )
