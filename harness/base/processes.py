"""The only module that starts other programs. Logs each command at INFO."""

import ctypes
import logging
import os
import shlex
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from harness.base.errors import HarnessError

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def run(
    command: Sequence[str | Path],
    *,
    stdin: str | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end and capture its output; the caller checks the exit code.

    Bytes that are not UTF-8 are replaced. Raises HarnessError if the command cannot be started, or
    takes longer than `timeout` seconds; the time-out kills the command and its process group.
    """
    _show(command)
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL if stdin is None else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=env,
            encoding="utf-8",
            errors="replace",
            process_group=0,
        )
    except OSError as error:
        raise HarnessError(f"`{command[0]}` cannot be started: {error.strerror}") from error
    try:
        out, err = process.communicate(stdin, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        shown = shlex.join(map(str, command[:4]))
        raise HarnessError(
            f"`{shown} ...` took longer than {timeout:g} s, and was ended"
        ) from error
    finally:
        end(process, signal.SIGKILL)
    return subprocess.CompletedProcess(command, process.returncode, out, err)


def start(
    command: Sequence[str | Path], *, env: Mapping[str, str], log_file: Path, asks: bool = False
) -> subprocess.Popen[bytes]:
    """Start a command in a new process group; its output goes to `log_file`.

    The standard input of a command that `asks` is a pipe, that of any other is empty.
    """
    _show(command)
    with log_file.open("wb") as stream:
        return subprocess.Popen(
            command,
            env=env,
            stdin=subprocess.PIPE if asks else subprocess.DEVNULL,
            stdout=stream,
            stderr=subprocess.STDOUT,
            process_group=0,
        )


def end(process: subprocess.Popen[bytes] | subprocess.Popen[str], number: int) -> None:
    """End a running command and its process group by a signal, then reap the command."""
    if process.poll() is None:
        os.killpg(process.pid, number)
        process.wait()


def signal_name(number: int) -> str:
    """The name of a signal, such as SIGKILL, or `signal 40` for one that has none."""
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals
        return f"signal {number}"


def end_with_parent(parent: int | None = None) -> None:
    """Have the kernel end this process when its parent ends for any reason (Linux).

    With the process id of the `parent`, it also ends if the parent has ended already.
    """
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)


def _show(command: Sequence[str | Path]) -> None:
    log.info("%s", shlex.join(map(str, command)))
