"""The one place that starts other programs; logs each command at INFO."""

import logging
import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

log = logging.getLogger(__name__)


def run(
    command: Sequence[str | Path], *, stdin: str | None = None, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and capture what it prints; the caller looks at the exit code."""
    _show(command)
    return subprocess.run(
        command, input=stdin, env=env, capture_output=True, text=True, check=False
    )


def start(
    command: Sequence[str | Path], *, env: Mapping[str, str], log_file: Path
) -> subprocess.Popen[bytes]:
    """Start a command in a process group of its own, its output going to `log_file`."""
    _show(command)
    with log_file.open("wb") as stream:
        return subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )


def end(process: subprocess.Popen[bytes], signal: int) -> None:
    """End a started command and whatever it started, then reap it."""
    if process.poll() is None:
        os.killpg(process.pid, signal)
        process.wait()


def _show(command: Sequence[str | Path]) -> None:
    log.info("%s", shlex.join(map(str, command)))
