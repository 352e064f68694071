"""How uv is called: the one program that finds interpreters, resolves, and installs."""

import os
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

from harness.base import processes
from harness.base.errors import UnusableEnvironmentError


def call_uv(
    *arguments: str | Path, stdin: str | None = None, variables: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run uv to its end; the caller looks at the exit code.

    The settings that the user made for uv stay. An activated virtual environment is hidden from
    uv, so that no result depends on it; `variables` are set on top.
    """
    from uv import find_uv_bin

    inherited = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    command = [find_uv_bin(), *arguments]
    return processes.run(command, stdin=stdin, env={**inherited, **(variables or {})})


def run_uv(*arguments: str | Path, about: str, stdin: str | None = None) -> str:
    """The output of uv. Raises UnusableEnvironmentError with its message; `about` is a target."""
    done = call_uv("--quiet", *arguments, stdin=stdin)
    if done.returncode != 0:
        said = done.stderr.strip() or f"exit code {done.returncode} and no message"
        raise UnusableEnvironmentError(
            f"`uv {' '.join(map(str, arguments[:2]))}` failed for {about}:\n{said}"
        )
    return done.stdout
