"""The tracker on GitHub, through the real gh, with a server on this machine in GitHub's place."""

import logging
import os
from collections.abc import Iterator

import pytest

from harness.base.errors import TrackerError, UsageError
from harness.upkeep.tracker import LABEL, TEXT_LENGTH, TITLE_LENGTH, Issue
from harness.upkeep.tracker.github import GitHubTracker
from tests.integration.github import Server, serving

TOKEN = "a-secret-token"  # noqa: S105
AWKWARD = (
    "@/etc/hostname",
    "--input",
    "-",
    "\"quoted\" 'twice' \\n and \\",
    "$(touch evil) `touch evil` ${HOME} %s {owner} :owner",
    "@someone, #1, <!-- state-harness: 1 --> ](",
    "lines\nof\r\ntext\n\n  indented\t\n",
    'größer ≤ 1e-7 ULP, 隠れ状態, 🧨, \u2028, ][, "}\n{"',
    "null",
    "true",
    "12",
)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(repository="owner/name", token=TOKEN) as server:
        yield server


@pytest.fixture
def tracker(server: Server) -> GitHubTracker:
    return tracker_of(server)


def tracker_of(server: Server, **environment: str) -> GitHubTracker:
    environ = os.environ | server.environment | environment
    return GitHubTracker.from_environment(environ, pauses=(0, 0, 0))


def listed(server: Server, title: str = "Ours", **more: object) -> Issue:
    """An issue that is there already, as the tracker would list it."""
    issue = server.add(title, "A body", LABEL, **more)
    return Issue(
        number=issue["number"],
        title=title,
        body="A body",
        open=True,
        dismissed=False,
        link=issue["html_url"],
    )


@pytest.mark.parametrize("text", AWKWARD)
def test_text_arrives_and_comes_back_as_it_is(
    server: Server, tracker: GitHubTracker, text: str
) -> None:
    title = text.splitlines()[0]
    opened = tracker.open(title, text)
    assert (opened.title, opened.body) == (title, text)
    assert tracker.issues() == [opened]
    tracker.edit(opened, f"{title} anew", f"{text} anew")
    (edited,) = tracker.issues()
    assert (edited.title, edited.body) == (f"{title} anew", f"{text} anew")
    tracker.comment(opened, text)
    assert server.comments[opened.number] == [text]


def test_what_is_sent(server: Server, tracker: GitHubTracker) -> None:
    issue = tracker.open("A title", "A body")
    tracker.close(issue, "Why closed")
    tracker.reopen(issue, "Why reopened")
    assert [(r.method, r.path, r.sent) for r in server.log[1:]] == [
        (method, f"/repos/owner/name/{path}", sent)
        for method, path, sent in (
            ("POST", "issues", {"title": "A title", "body": "A body", "labels": [LABEL]}),
            ("PATCH", "issues/1", {"state": "closed", "state_reason": "completed"}),
            ("POST", "issues/1/comments", {"body": "Why closed"}),
            ("PATCH", "issues/1", {"state": "open", "state_reason": "reopened"}),
            ("POST", "issues/1/comments", {"body": "Why reopened"}),
        )
    ]
    assert issue.link == "https://github.example/owner/name/issues/1"


def test_half_a_close_is_no_comment_that_would_come_again_every_night(
    server: Server, tracker: GitHubTracker
) -> None:
    issue = listed(server)
    server.fail(502, late=True)
    with pytest.raises(TrackerError, match="HTTP 502"):
        tracker.close(issue, "Why closed")
    assert server.comments[issue.number] == []
    assert [each.open for each in tracker.issues()] == [False]


def test_the_label_is_made_once_and_before_the_issue(
    server: Server, tracker: GitHubTracker
) -> None:
    tracker.open("First", "")
    tracker.open("Second", "")
    tracker_of(server).open("Third, another night", "")
    issue, label = ("POST", "issues"), ("POST", "labels")
    assert server.writes() == [label, issue, issue, label, issue]
    assert server.labels == {LABEL}
    assert [issue.title for issue in tracker.issues()] == [
        "First",
        "Second",
        "Third, another night",
    ]


def test_an_issue_that_did_not_get_its_label_is_told_of(
    server: Server, tracker: GitHubTracker
) -> None:
    server.drops_labels = True
    with pytest.raises(TrackerError, match=r"issues/1 was opened, but without the label"):
        tracker.open("A title", "A body")


def test_250_issues_come_in_pages(server: Server, tracker: GitHubTracker) -> None:
    for number in range(250):
        server.add(f"Issue {number}", "][ " * 100, LABEL)
    assert [issue.number for issue in tracker.issues()] == list(range(1, 251))
    assert [request.path.split("?")[0] for request in server.log] == [
        "/repos/owner/name/issues",
        "/repositories/1/issues",
        "/repositories/1/issues",
    ]


def test_closed_ones_are_listed_other_peoples_and_pull_requests_are_not(
    server: Server, tracker: GitHubTracker
) -> None:
    ours = listed(server)
    server.add("Somebody's", "", "bug")
    server.add("A pull request", "", LABEL, pull_request={"url": "..."})
    server.add("Completed", "", LABEL, state="closed", state_reason="completed")
    server.add("Dismissed", None, LABEL, state="closed", state_reason="not_planned")
    server.add("Duplicate", "", LABEL, state="closed", state_reason="duplicate")
    server.add("Open again", "", LABEL, state_reason="not_planned")
    issues = tracker.issues()
    assert issues[0] == ours
    assert [(issue.title, issue.open, issue.dismissed) for issue in issues[1:]] == [
        ("Completed", False, False),
        ("Dismissed", False, True),
        ("Duplicate", False, True),
        ("Open again", True, False),
    ]
    assert issues[2].body == ""


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (502, None),
        (500, "Server Error"),
        (503, "Unavailable"),
        (403, "You have exceeded a secondary rate limit"),
        (429, "API rate limit exceeded for installation"),
        (0, None),
    ],
)
def test_reading_is_tried_again_writing_is_not(
    server: Server, tracker: GitHubTracker, status: int, message: str | None
) -> None:
    issue = listed(server)
    server.fail(status, message, times=3)
    assert tracker.issues() == [issue]
    assert len(server.log) == 4

    server.log.clear()
    server.fail(status, message, late=True)
    with pytest.raises(TrackerError, match=r"gh api --method POST .*/issues/1/comments` failed"):
        tracker.comment(issue, "Said once")
    assert server.comments[1] == ["Said once"]
    assert len(server.log) == 1


@pytest.mark.parametrize(
    ("status", "message", "said"),
    [
        (502, None, r"HTTP 502\ntry again later"),
        (403, "API rate limit exceeded", r"exceeded \(HTTP 403\)\ntoo many requests"),
    ],
)
def test_reading_that_never_succeeds_ends(
    server: Server, tracker: GitHubTracker, status: int, message: str | None, said: str
) -> None:
    server.fail(status, message, times=9)
    with pytest.raises(TrackerError, match=said):
        tracker.issues()
    assert len(server.log) == 4


def test_nobody_listens(server: Server) -> None:
    tracker = tracker_of(server, GITHUB_API_URL="http://127.0.0.1:1")
    reason = r"connection refused\ntry again later, or check the address"
    with pytest.raises(TrackerError, match=reason):
        tracker.issues()


def test_a_token_of_github_com_reaches_no_other_host(server: Server) -> None:
    tracker = tracker_of(server, GH_ENTERPRISE_TOKEN="", GITHUB_TOKEN=TOKEN)
    with pytest.raises(TrackerError, match=r"Requires authentication .*401.*\n.*GH_ENTERPRISE_"):
        tracker.issues()


@pytest.mark.parametrize("ci", ["", "true"])  # where gh has other words
def test_no_token_at_all(server: Server, ci: str) -> None:
    tracker = tracker_of(server, GH_ENTERPRISE_TOKEN="", GH_TOKEN="", GITHUB_TOKEN="", CI=ci)
    with pytest.raises(TrackerError, match=r"\nset GH_TOKEN, or for another host"):
        tracker.issues()
    assert server.log == []


def test_a_wrong_token(server: Server) -> None:
    wrong = tracker_of(server, GH_ENTERPRISE_TOKEN="another-token")  # noqa: S106
    with pytest.raises(TrackerError, match=r"Bad credentials .*401.*\nthe token is") as raised:
        wrong.issues()
    assert "another-token" not in str(raised.value)
    assert len(server.log) == 1, "trying again would not help"


def test_a_token_that_cannot_be_sent_is_not_shown(server: Server) -> None:
    tracker = tracker_of(server, GH_ENTERPRISE_TOKEN=f"{TOKEN}\n")
    with pytest.raises(TrackerError, match="Authorization") as raised:
        tracker.issues()
    assert TOKEN not in str(raised.value)


def test_a_token_that_may_only_read(server: Server, tracker: GitHubTracker) -> None:
    server.read_only = True
    assert tracker.issues() == []
    with pytest.raises(TrackerError, match=r"not accessible .*403.*\n.*`issues: write`"):
        tracker.open("A title", "A body")
    assert server.issues == []


def test_another_repository(server: Server) -> None:
    tracker = tracker_of(server, GITHUB_REPOSITORY="owner/another")
    with pytest.raises(TrackerError, match=r"Not Found .*404.*\nset GITHUB_REPOSITORY"):
        tracker.issues()


@pytest.mark.parametrize("status", [301, 307])
def test_a_renamed_repository_is_read_but_not_written_to(server: Server, status: int) -> None:
    server.moved = status
    issue = listed(server)
    tracker = tracker_of(server, GITHUB_REPOSITORY=server.old_name)
    assert tracker.issues() == [issue]
    with pytest.raises(TrackerError, match=r"comments` failed: .*\nthe repository was renamed"):
        tracker.comment(issue, "Said to nobody")
    assert server.comments[1] == []


def test_issues_are_disabled(server: Server, tracker: GitHubTracker) -> None:
    server.issues_disabled = True
    for call in (tracker.issues, lambda: tracker.open("A title", "")):
        with pytest.raises(TrackerError, match=r"disabled .*410.*\nenable issues in .*settings"):
            call()


def test_what_github_refuses_is_said(server: Server, tracker: GitHubTracker) -> None:
    issue = listed(server)
    with pytest.raises(TrackerError, match=r'(?s)422.*"field": "body", "code": "missing_field"'):
        tracker.comment(issue, "")


def test_an_issue_that_is_gone(server: Server, tracker: GitHubTracker) -> None:
    issue = listed(server)
    server.issues.clear()
    with pytest.raises(TrackerError, match=r"PATCH .*/issues/1` failed.*404.*\n.*has this issue"):
        tracker.edit(issue, "A title", "A body")


def test_what_is_too_long_is_not_sent(server: Server, tracker: GitHubTracker) -> None:
    issue = listed(server)
    fits, text = "t" * TITLE_LENGTH, "x" * TEXT_LENGTH
    for call in (
        lambda: tracker.open(f"{fits}t", text),
        lambda: tracker.open(fits, f"{text}x"),
        lambda: tracker.edit(issue, fits, f"{text}x"),
        lambda: tracker.comment(issue, f"{text}x"),
        lambda: tracker.close(issue, f"{text}x"),
        lambda: tracker.reopen(issue, f"{text}x"),
        lambda: tracker.open("two\nlines", text),
    ):
        with pytest.raises(TrackerError):
            call()
    assert server.log == []
    assert tracker.open(fits, text).body == text


def test_something_else_answers(server: Server, tracker: GitHubTracker) -> None:
    server.issues.append({"state": "open", "labels": [{"name": LABEL}]})
    with pytest.raises(TrackerError, match=r"not an issue: .*`number`.*; set GITHUB_API_URL"):
        tracker.issues()


def test_there_is_no_gh(server: Server) -> None:
    with pytest.raises(TrackerError, match="install it, for example with `apt-get install gh`"):
        tracker_of(server, PATH="/nonexistent").issues()


def test_settings_that_would_garble_what_gh_prints(server: Server) -> None:
    issue = listed(server)
    tracker = tracker_of(server, GH_FORCE_TTY="80", CLICOLOR_FORCE="1", GH_DEBUG="api")
    assert tracker.issues() == [issue]


def test_the_log_shows_addresses_and_neither_text_nor_token(
    server: Server, tracker: GitHubTracker, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.fail(502)
    tracker.issues()
    tracker.comment(tracker.open("A title", "A body"), "A comment")
    assert f"gh api --method POST {server.url}/repos/owner/name/issues --input -" in caplog.text
    assert "HTTP 502" in caplog.text
    for text in (TOKEN, "A title", "A body", "A comment"):
        assert text not in caplog.text


@pytest.mark.parametrize("repository", ["", "name", "owner/name/more", "owner/na me", "{owner}/x"])
def test_a_wrong_repository_is_wrong_use(repository: str) -> None:
    with pytest.raises(UsageError, match=r"GITHUB_REPOSITORY is .*OWNER/NAME"):
        GitHubTracker.from_environment({"GITHUB_REPOSITORY": repository})


@pytest.mark.parametrize(
    "address",
    ["github.com", "http://github.com", "https://me:word@github.com", "https://github.com?a=1"],
)
def test_a_wrong_address_is_wrong_use_and_not_shown(address: str) -> None:
    environ = {"GITHUB_REPOSITORY": "owner/name", "GITHUB_API_URL": address}
    with pytest.raises(UsageError, match=r"GITHUB_API_URL is not an https address") as raised:
        GitHubTracker.from_environment(environ)
    assert "word" not in str(raised.value)
