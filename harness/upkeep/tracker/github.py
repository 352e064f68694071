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

    A failed write is not repeated: GitHub may have carried it out, and the next night reads the
    result.
    """

    def __init__(self, gh: Gh) -> None:
        self._gh = gh
        self._has_label = False

    @classmethod
    def from_environment(
        cls, environ: Mapping[str, str], *, pauses: Sequence[float] = PAUSES
    ) -> Self:
        """The tracker of GITHUB_REPOSITORY at GITHUB_API_URL, which a workflow has set.

        Raises UsageError, which names the variable, for a value that is missing or malformed.
        """
        repository = environ.get("GITHUB_REPOSITORY", "")
        if not REPOSITORY.fullmatch(repository):
            raise UsageError(
                f"GITHUB_REPOSITORY is {repository!r}: set it to the OWNER/NAME of the repository "
                "with the issues"
            )
        api_url = (environ.get("GITHUB_API_URL") or API_URL).rstrip("/")
        if not ADDRESS.fullmatch(api_url):
            # the message does not show the value, which may contain a password
            raise UsageError(
                "GITHUB_API_URL is not an https address of a host and a path: set it to an "
                f"address like {API_URL}, or unset it"
            )
        return cls(Gh(url=f"{api_url}/repos/{repository}", environ=environ, pauses=pauses))

    def issues(self) -> list[Issue]:
        # ascending, so that an issue that is opened meanwhile moves no other to another page
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
                f"{answer.html_url} was opened, but without the label {LABEL}, which the next "
                "night needs to find it: add the label, and give the token `issues: write`"
            )
        return _issue(answer)

    def edit(self, issue: Issue, title: str, body: str) -> None:
        refuse_unfit(title=title, text=body)
        self._gh.write("PATCH", f"issues/{issue.number}", {"title": title, "body": body})

    def comment(self, issue: Issue, text: str) -> None:
        refuse_unfit(text=text)
        self._gh.write("POST", f"issues/{issue.number}/comments", {"body": text})

    def close(self, issue: Issue, text: str) -> None:
        self._set_state(issue, {"state": "closed", "state_reason": "completed"}, text)

    def reopen(self, issue: Issue, text: str) -> None:
        self._set_state(issue, {"state": "open", "state_reason": "reopened"}, text)

    def _set_state(self, issue: Issue, state: Mapping[str, str], text: str) -> None:
        """Set the state, then comment: if the comment fails, the next night repeats nothing."""
        refuse_unfit(text=text)
        self._gh.write("PATCH", f"issues/{issue.number}", state)
        self.comment(issue, text)

    def _ensure_label(self) -> None:
        """Create the label unless it exists.

        Opening an issue creates a missing label, but GitHub does not document that, and it has
        failed without an error (octokit/rest.js#479).
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
    """The fields of an issue's JSON that the tracker uses."""

    number: int
    title: str
    body: str | None = None  # null after a person has cleared the text
    state: str
    state_reason: str | None = None
    html_url: str
    labels: tuple[_Label, ...]
    pull_request: Any = None  # GitHub lists pull requests among the issues


def _answers(printed: str) -> Iterator[_Answer]:
    """The issues in the output of gh: an object, or lists, which old versions of gh do not join."""
    decoder = json.JSONDecoder()
    rest = printed.strip()
    try:
        while rest:
            document, end = decoder.raw_decode(rest)
            rest = rest[end:].lstrip()
            listed = document if isinstance(document, list) else [document]
            yield from msgspec.convert(listed, list[_Answer])
    except (ValueError, RecursionError, msgspec.ValidationError) as error:
        raise TrackerError(
            f"the answer of GitHub is not an issue: {error}: {printed[:200]!r}; "
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
