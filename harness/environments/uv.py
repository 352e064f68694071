"""How uv is called: the one program that finds interpreters, resolves, and installs."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from harness.base import processes
from harness.base.errors import HarnessError, UnusableEnvironmentError

LIMIT = 3600.0  # seconds: a release has up to 600 MB, and a network may be slow


def call_uv(
    *arguments: str | Path,
    stdin: str | None = None,
    variables: Mapping[str, str] | None = None,
    limit: float = LIMIT,
) -> CompletedProcess[str]:
    """Run uv to its end, or for `limit` seconds; the caller looks at the exit code.

    The settings that the user made for uv stay. An activated virtual environment is hidden from
    uv, so that no result depends on it; `variables` are set on top. Raises
    UnusableEnvironmentError if uv is missing, cannot be started, or takes longer.
    """
    from uv import find_uv_bin

    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    try:
        program = find_uv_bin()
    except FileNotFoundError as error:
        raise UnusableEnvironmentError(
            f"uv is not installed: {error}; `pip install uv` installs it"
        ) from error
    try:
        return processes.run(
            [program, *arguments],
            stdin=stdin,
            env={**inherited, **(variables or {})},
            timeout=limit,
        )
    except HarnessError as error:
        raise UnusableEnvironmentError(str(error)) from error


def exit_of(done: CompletedProcess[str]) -> str:
    """How uv ended, and its message if it had one."""
    how = f"exit code {done.returncode}"
    if done.returncode < 0:
        how = f"ended by {signal.Signals(-done.returncode).name}"
    return done.stderr.strip() or f"{how} and no message"


def run_uv(*arguments: str | Path, about: str, stdin: str | None = None) -> str:
    """The output of uv. Raises UnusableEnvironmentError with its message; `about` is a target."""
    done = call_uv("--quiet", *arguments, stdin=stdin)
    if done.returncode != 0:
        raise UnusableEnvironmentError(
            f"`uv {' '.join(map(str, arguments[:2]))}` failed for {about}:\n{exit_of(done)}"
        )
    return done.stdout
