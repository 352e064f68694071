"""Issues in a repository on GitHub."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from harness.base.errors import TrackerError, UsageError
from harness.upkeep.tracker import LABEL, Issue, refuse_unfit
from harness.upkeep.tracker.gh import PAUSES, Gh

API_URL = "https://api.github.com"
ADDRESS = re.compile(
    r"(https://[\w.-]+|http://(127\.0\.0\.1|localhost))(:\d+)?(/[\w./-]*)?", re.ASCII
)
DISMISSED = ("not_planned", "duplicate")
REPOSITORY = re.compile(r"[\w-]+/[\w.-]+", re.ASCII)


class GitHubTracker:
    """A tracker on GitHub, through `gh`.

    Nothing that failed to be written is written again: it may have arrived, and the next night
    finds it.
    """

    def __init__(self, gh: Gh) -> None:
        self._gh = gh
        self._has_label = False

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, pauses: Sequence[float] = PAUSES
    ) -> Self:
        """For the repository in GITHUB_REPOSITORY at GITHUB_API_URL, which a workflow has set.

        Raises UsageError, which names the variable.
        """
        repository = environ.get("GITHUB_REPOSITORY", "")
        if not REPOSITORY.fullmatch(repository):
            raise UsageError(
                f"GITHUB_REPOSITORY is {repository!r}: set it to the OWNER/NAME of the repository "
                "whose issues are meant"
            )
        api_url = (environ.get("GITHUB_API_URL") or API_URL).rstrip("/")
        if not ADDRESS.fullmatch(api_url):
            # not shown, since somebody may have put a password into it
            raise UsageError(
                "GITHUB_API_URL is no https address, or has more than a host and a path: set it "
                f"to one like {API_URL}, or not at all"
            )
        return cls(Gh(url=f"{api_url}/repos/{repository}", environ=environ, pauses=pauses))

    def issues(self) -> list[Issue]:
        # ascending, so that what is opened meanwhile moves no issue to another page
        query = f"labels={LABEL}&state=all&sort=created&direction=asc&per_page=100"
        listed = _answers(self._gh.read(f"issues?{query}"))
        return [_issue(answer) for answer in listed if answer.pull_request is None]

    def open(self, title: str, body: str) -> Issue:
        refuse_unfit(title=title, text=body)
        self._ensure_label()
        sent = {"title": title, "body": body, "labels": [LABEL]}
        (answer,) = _answers(self._gh.write("POST", "issues", sent))
        if LABEL not in {label.name.lower() for label in answer.labels}:
            raise TrackerError(
                f"{answer.html_url} was opened, but without the label {LABEL}, by which the next "
                "night would find it: give it the label, and the token `issues: write`"
            )
        return _issue(answer)

    def edit(self, issue: Issue, title: str, body: str) -> None:
        refuse_unfit(title=title, text=body)
        self._gh.write("PATCH", f"issues/{issue.number}", {"title": title, "body": body})

    def comment(self, issue: Issue, text: str) -> None:
        refuse_unfit(text=text)
        self._gh.write("POST", f"issues/{issue.number}/comments", {"body": text})

    def close(self, issue: Issue, text: str) -> None:
        self._turn(issue, {"state": "closed", "state_reason": "completed"}, text)

    def reopen(self, issue: Issue, text: str) -> None:
        self._turn(issue, {"state": "open", "state_reason": "reopened"}, text)

    def _turn(self, issue: Issue, state: Mapping[str, str], text: str) -> None:
        """The state first: should the comment fail, the next night has nothing to say again."""
        refuse_unfit(text=text)
        self._gh.write("PATCH", f"issues/{issue.number}", state)
        self.comment(issue, text)

    def _ensure_label(self) -> None:
        """Make the label unless it is there.

        Opening an issue makes a label that is missing, but nothing documents it and it has failed
        without a word (octokit/rest.js#479).
        """
        if not self._has_label:
            label = {"name": LABEL, "color": "5319e7", "description": "Opened by the nightly"}
            self._gh.write("POST", "labels", label, unless="already_exists")
            self._has_label = True


@dataclass(frozen=True, kw_only=True)
class _Label:
    name: str


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """The part of an issue's JSON that is used."""

    number: int
    title: str
    body: str | None = None  # null once a person has cleared it
    state: str
    state_reason: str | None = None
    html_url: str
    labels: tuple[_Label, ...]
    pull_request: Any = None  # GitHub lists pull requests among the issues


def _answers(printed: str) -> Iterator[_Answer]:
    """The issues in what gh printed: one, or lists, as it joins pages only since some version."""
    decoder = json.JSONDecoder()
    rest = printed.strip()
    try:
        while rest:
            document, end = decoder.raw_decode(rest)
            rest = rest[end:].lstrip()
            listed = document if isinstance(document, list) else [document]
            yield from msgspec.convert(listed, list[_Answer])
    except (ValueError, msgspec.ValidationError) as error:
        raise TrackerError(
            f"GitHub answered something that is no issue: {error}: {printed[:200]!r}; "
            "set GITHUB_API_URL to the address of GitHub's API"
        ) from error


def _issue(answer: _Answer) -> Issue:
    closed = answer.state == "closed"
    return Issue(
        number=answer.number,
        title=answer.title,
        body=answer.body or "",
        open=not closed,
        dismissed=closed and answer.state_reason in DISMISSED,
        link=answer.html_url,
    )
