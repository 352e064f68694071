"""Calls of GitHub's API through its command line, `gh`.

Addresses are absolute, so that tests can use a server on this machine in place of GitHub. gh
selects the token by the host: for github.com GH_TOKEN or GITHUB_TOKEN, for any other host
GH_ENTERPRISE_TOKEN or GITHUB_ENTERPRISE_TOKEN, or else its own login there; so no token reaches
another host. Texts go to gh as JSON on standard input, and so never appear on a command line.
"""

import json
import logging
import re
import subprocess
import time
from collections.abc import Mapping, Sequence

from harness.base import processes
from harness.base.errors import HarnessError, TrackerError

log = logging.getLogger(__name__)

STATUS = re.compile(r"\(HTTP (\d{3})\)|^gh: HTTP (\d{3})$", re.MULTILINE)
PAUSES = (2.0, 10.0, 60.0)  # seconds; after too many requests GitHub wants a pause of a minute
LOUD = ("GH_DEBUG", "DEBUG", "GH_FORCE_TTY", "CLICOLOR_FORCE")  # change the answers
QUIET = {"GH_PROMPT_DISABLED": "1", "GH_NO_UPDATE_NOTIFIER": "1"}
LOG_IN = "set GH_TOKEN, or for another host than github.com GH_ENTERPRISE_TOKEN"
TOO_MANY = "too many requests: try again in an hour"
MOVED = "the repository was renamed: set GITHUB_REPOSITORY to its present name"
REMEDIES = {
    301: MOVED,
    307: MOVED,
    308: MOVED,
    401: f"the token is missing, wrong or expired: {LOG_IN}",
    403: "the token needs `issues: write`, in a workflow under `permissions`",
    404: "set GITHUB_REPOSITORY to a repository that the token can read and that has this issue",
    410: "enable issues in the repository's settings; if they are enabled, this issue was deleted",
    422: "GitHub refuses this text or label",
    429: TOO_MANY,
}
Done = subprocess.CompletedProcess[str]


class Gh:
    """Calls below one address, in an environment in which gh neither prompts nor prints notices.

    A failed read is repeated after each of `pauses` (seconds) if a later try can succeed. A write
    is never repeated, since GitHub may have carried it out in spite of the error.
    """

    def __init__(self, *, url: str, environ: Mapping[str, str], pauses: Sequence[float]) -> None:
        self._url = url
        self._environ = {k: v for k, v in environ.items() if k not in LOUD} | QUIET
        self._pauses = pauses

    def read(self, path: str) -> str:
        """All pages of a list, each a JSON list, joined to one text. Raises TrackerError."""
        for pause in (*self._pauses, None):
            done = self._run("GET", path, "--paginate")
            if done.returncode == 0:
                return done.stdout
            failure = self._failure("GET", path, done)
            if pause is None or not _may_pass(done):
                break
            log.warning("%s; trying again in %g s", failure, pause)
            time.sleep(pause)
        raise failure

    def write(
        self, method: str, path: str, sent: Mapping[str, object], *, unless: str | None = None
    ) -> str:
        """The answer, a JSON object.

        Raises TrackerError for an error, unless its text has `unless`: then the text is returned.
        """
        done = self._run(method, path, "--input", "-", stdin=json.dumps(sent))
        if unless is not None and unless in done.stdout:
            return done.stdout
        # after a redirect gh sends a GET, which writes nothing and is answered with a list
        if done.returncode != 0 or not done.stdout.startswith("{"):
            raise self._failure(method, path, done)
        return done.stdout

    def _run(self, method: str, path: str, *arguments: str, stdin: str = "") -> Done:
        # no --jq: with it gh does not print the status of an answer that is not JSON
        command = ("gh", "api", "--method", method, f"{self._url}/{path}", *arguments)
        try:
            return processes.run(command, stdin=stdin, env=self._environ)
        except HarnessError as error:
            raise TrackerError(
                f"{error}; `gh` is GitHub's command line: install it, for example with "
                "`apt-get install gh`"
            ) from error

    def _failure(self, method: str, path: str, done: Done) -> TrackerError:
        reason = "\n".join(done.stderr.strip().splitlines()[:3]) or "gh printed no reason"
        if _status(done) == 422:
            reason = f"{reason}\n{done.stdout[:400]}"  # names the field and its error
        call = f"gh api --method {method} {self._url}/{path}"
        return TrackerError(f"`{call}` failed: {reason}\n{_remedy(done)}")


def _status(done: Done) -> int | None:
    """The HTTP status that gh printed; None if there was no answer."""
    found = STATUS.search(done.stderr)
    return int(found[1] or found[2]) if found else None


def _limited(done: Done) -> bool:
    return _status(done) == 429 or "rate limit" in done.stderr.lower()


def _may_pass(done: Done) -> bool:
    """Whether a later try can succeed: no answer, an error of the server, too many requests."""
    status = _status(done)
    unanswered = status is None and done.returncode == 1  # gh exits with 4 if it has no token
    return unanswered or _limited(done) or (status is not None and status >= 500)


def _remedy(done: Done) -> str:
    if _limited(done):
        return TOO_MANY
    if done.returncode == 4:
        return LOG_IN
    if done.returncode == 0:
        return MOVED
    return REMEDIES.get(_status(done) or 0, "try again later, or check the address")
