"""Calls uv, the program that finds interpreters, resolves requirements, and installs."""

import os
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
    """Run uv for at most `limit` seconds; the caller checks the exit code.

    uv gets the user's environment variables without VIRTUAL_ENV, so that no result depends on an
    activated virtual environment, and then `variables`. Raises UnusableEnvironmentError if uv is
    missing, cannot be started, or exceeds `limit`.
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


def failure_of(done: CompletedProcess[str]) -> str:
    """The message of uv; without a message, its exit code or signal."""
    how = f"exit code {done.returncode}"
    if done.returncode < 0:
        how = f"ended by {processes.signal_name(-done.returncode)}"
    return done.stderr.strip() or f"{how} and no message"


def run_uv(*arguments: str | Path, about: str, stdin: str | None = None) -> str:
    """The output of uv. Raises UnusableEnvironmentError with uv's message and the name `about`."""
    done = call_uv("--quiet", *arguments, stdin=stdin)
    if done.returncode != 0:
        failure = failure_of(done)
        cause = next(reversed(failure.splitlines())).strip()  # the lines before it say what failed
        raise UnusableEnvironmentError(
            f"`uv {' '.join(map(str, arguments[:2]))}` failed for {about}: {cause}\n{failure}"
        )
    return done.stdout
