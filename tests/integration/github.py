"""A server on this machine that answers as GitHub's API does, as far as issues are concerned.

    with serving(repository="owner/name", token="secret") as server:
        tracker = GitHubTracker.from_environment(os.environ | server.environment)

It is stricter than GitHub: without a token nothing can be read, and an issue gets no label that
does not exist.
"""

import contextlib
import json
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

Json = dict[str, Any]
TITLE_LENGTH, TEXT_LENGTH = 256, 65_536
WEB = "https://github.example"


class RefusedError(Exception):
    """Ends a request with an error."""

    def __init__(self, status: int, message: str, *errors: Json) -> None:
        super().__init__(message)
        self.status = status
        self.document = {"message": message, "errors": errors} if errors else {"message": message}


@dataclass(frozen=True, kw_only=True)
class Request:
    """One that was received, whatever became of it."""

    method: str
    path: str
    sent: Any


@dataclass(frozen=True, kw_only=True)
class Failure:
    """What happens to a request instead of an answer: a page without JSON if there is no message.

    With status 0 the connection just ends; `late` is after the request was carried out.
    """

    status: int
    message: str | None = None
    late: bool = False


@dataclass(kw_only=True)
class Server:
    """The repository and what is wrong with it; a test reads and sets all of it."""

    repository: str
    token: str
    url: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    issues: list[Json] = field(default_factory=list)
    comments: dict[int, list[str]] = field(default_factory=dict)
    labels: set[str] = field(default_factory=set)
    log: list[Request] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    read_only: bool = False
    issues_disabled: bool = False
    drops_labels: bool = False
    old_name: str = "owner/old-name"
    moved: int = 307  # the status of a request to write by the old name

    def fail(
        self, status: int, message: str | None = None, *, times: int = 1, late: bool = False
    ) -> None:
        """Let the next requests fail."""
        self.failures += [Failure(status=status, message=message, late=late)] * times

    def add(self, title: str, body: str | None = "", *labels: str, **more: Any) -> Json:
        """An issue as GitHub has it; somebody's, who is not asked for a token."""
        number = len(self.issues) + 1
        issue = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "state_reason": None,
            "html_url": f"{WEB}/{self.repository}/issues/{number}",
            "labels": [{"name": name, "color": "ededed"} for name in labels],
            "user": {"login": "somebody"},
            **more,
        }
        self.issues.append(issue)
        self.comments[number] = []
        return issue

    def writes(self) -> list[tuple[str, str]]:
        """Method, and path in the repository, of all requests that were to change something."""
        start = f"/repos/{self.repository}/"
        return [(r.method, r.path.removeprefix(start)) for r in self.log if r.method != "GET"]

    def answer(self, request: Request, authorization: str | None) -> tuple[int, Any, Json]:
        """Status, JSON and query of the next page. Raises RefusedError."""
        self._authorize(request, authorization)
        path, query = urlsplit(request.path).path, dict(parse_qsl(urlsplit(request.path).query))
        place = re.fullmatch(r"/repos/([^/]+/[^/]+)/(.+)|/repositories/1/(.+)", path)
        if place is None or place[1] not in {self.repository, None}:
            raise RefusedError(404, "Not Found")
        below = place[2] or place[3]
        if below.startswith("issues") and self.issues_disabled:
            raise RefusedError(410, "Issues are disabled for this repo")
        if (request.method, below) == ("GET", "issues"):
            return self._list(query)
        if (request.method, below) == ("POST", "issues"):
            return 201, self._open(request.sent), {}
        if (request.method, below) == ("POST", "labels"):
            return 201, self._label(request.sent), {}
        one = re.fullmatch(r"issues/(\d+)(/comments)?", below)
        if one is None or not 1 <= int(one[1]) <= len(self.issues):
            raise RefusedError(404, "Not Found")
        number = int(one[1])
        if request.method == "POST" and one[2]:
            return 201, self._comment(number, request.sent), {}
        if request.method == "GET" and one[2]:
            return 200, [{"id": 1, "body": body} for body in self.comments[number]], {}
        if request.method == "PATCH" and not one[2]:
            return 200, self._patch(self.issues[number - 1], request.sent), {}
        raise RefusedError(404, "Not Found")

    def _authorize(self, request: Request, authorization: str | None) -> None:
        if authorization is None:
            raise RefusedError(401, "Requires authentication")
        if authorization.split(" ", 1)[-1] != self.token:
            raise RefusedError(401, "Bad credentials")
        if self.read_only and request.method != "GET":
            raise RefusedError(403, "Resource not accessible by integration")

    def _list(self, query: Json) -> tuple[int, Any, Json]:
        wanted = set(filter(None, query.get("labels", "").split(",")))
        state = query.get("state", "open")
        found = [
            issue
            for issue in self.issues
            if state in {"all", issue["state"]}
            and wanted <= {label["name"] for label in issue["labels"]}
        ]
        if query.get("direction") != "asc":
            found.reverse()
        size, page = min(int(query.get("per_page", 30)), 100), int(query.get("page", 1))
        more = {**query, "page": page + 1} if len(found) > size * page else {}
        return 200, found[size * (page - 1) : size * page], more

    def _open(self, sent: Json) -> Json:
        _check(sent, "title", TITLE_LENGTH, needed=True)
        _check(sent, "body", TEXT_LENGTH)
        kept = () if self.drops_labels else self.labels.intersection(sent.get("labels", ()))
        return self.add(sent["title"], sent.get("body"), *kept)

    def _patch(self, issue: Json, sent: Json) -> Json:
        _check(sent, "title", TITLE_LENGTH)
        _check(sent, "body", TEXT_LENGTH)
        if sent.get("state", "open") not in {"open", "closed"}:
            raise RefusedError(422, "Validation Failed", _error("state", "invalid"))
        issue.update({key: sent[key] for key in ("title", "body") if key in sent})
        if sent.get("state", issue["state"]) != issue["state"]:
            usual = {"closed": "completed", "open": "reopened"}[sent["state"]]
            issue.update(state=sent["state"], state_reason=sent.get("state_reason", usual))
        return issue

    def _comment(self, number: int, sent: Json) -> Json:
        _check(sent, "body", TEXT_LENGTH, needed=True)
        self.comments[number].append(sent["body"])
        return {"id": 1, "body": sent["body"]}

    def _label(self, sent: Json) -> Json:
        if sent["name"] in self.labels:
            raise RefusedError(422, "Validation Failed", _error("name", "already_exists"))
        self.labels.add(sent["name"])
        return {"name": sent["name"], "color": sent["color"]}


def _check(sent: Json, name: str, limit: int, *, needed: bool = False) -> None:
    if needed and not sent.get(name):
        raise RefusedError(422, "Validation Failed", _error(name, "missing_field"))
    if len(sent.get(name) or "") > limit:
        told = f"{name} is too long (maximum is {limit} characters)"
        raise RefusedError(422, "Validation Failed", _error(name, "custom", message=told))


def _error(name: str, code: str, **more: str) -> Json:
    return {"resource": "Issue", "field": name, "code": code, **more}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    repository: Server

    def _serve(self) -> None:
        server, body = self.repository, self._body()
        request = Request(method=self.command, path=self.path, sent=json.loads(body or "null"))
        server.log.append(request)
        failure = server.failures.pop(0) if server.failures else None
        if failure is not None and not failure.late:
            return self._fail(failure)
        if self.path.startswith(f"/repos/{server.old_name}/"):
            return self._move()
        try:
            answered = server.answer(request, self.headers["Authorization"])
        except RefusedError as refused:
            answered = refused.status, refused.document, {}
        if failure is not None:
            return self._fail(failure)
        status, document, query = answered
        link = f"{server.url}/repositories/1/issues?{urlencode(query)}"
        headers = {"Link": f'<{link}>; rel="next", <{link}>; rel="last"'} if query else {}
        return self._send(status, json.dumps(document), "application/json", headers)

    do_GET = do_POST = do_PATCH = _serve  # noqa: N815 - the names that http.server wants

    def _body(self) -> bytes:
        """What was sent; in chunks, since gh does not know beforehand how long it is."""
        if self.headers["Transfer-Encoding"] != "chunked":
            return self.rfile.read(int(self.headers["Content-Length"] or 0))
        chunks = []
        while size := int(self.rfile.readline(), 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def _fail(self, failure: Failure) -> None:
        if failure.status == 0:
            self.close_connection = True
        elif failure.message is None:
            self._send(failure.status, "<html>A unicorn</html>", "text/html", {})
        else:
            document = json.dumps({"message": failure.message})
            self._send(failure.status, document, "application/json", {})

    def _move(self) -> None:
        """The answer after a renaming: GitHub wants what writes to be repeated as it was."""
        below = self.path.split("/", 4)[4]
        headers = {"Location": f"{self.repository.url}/repositories/1/{below}"}
        moved = json.dumps({"message": "Moved Permanently"})
        status = 301 if self.command == "GET" else self.repository.moved
        self._send(status, moved, "application/json", headers)

    def _send(self, status: int, text: str, kind: str, headers: dict[str, str]) -> None:
        data = text.encode()
        self.send_response(status)
        for name, value in {"Content-Type": f"{kind}; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - http.server's name
        pass


@contextlib.contextmanager
def serving(*, repository: str, token: str) -> Iterator[Server]:
    """A repository without issues and labels until the end of the block; gh has to be there."""
    if shutil.which("gh") is None:
        pytest.fail("there is no gh: apt-get install gh")
    server = Server(repository=repository, token=token)
    handler = type("Handler", (_Handler,), {"repository": server})
    with (
        tempfile.TemporaryDirectory() as no_settings,
        ThreadingHTTPServer(("127.0.0.1", 0), handler) as listener,
    ):
        server.url = f"http://127.0.0.1:{listener.server_port}"
        server.environment = {
            "GITHUB_API_URL": server.url,
            "GITHUB_REPOSITORY": repository,
            "GH_ENTERPRISE_TOKEN": token,
            "GH_TOKEN": "a-token-for-github.com",  # no other host is to see it
            "GH_CONFIG_DIR": no_settings,
        }
        thread = threading.Thread(target=listener.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
