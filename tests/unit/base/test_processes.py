"""Programs are started, limited and ended in one place."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest

from harness.base import processes
from harness.base.errors import HarnessError

SLEEP = "import time; time.sleep(60)"


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and is not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").split()[2] != "Z"
    except OSError:
        return False


def wait_for_end(pid: int) -> bool:
    """Whether a process ends within five seconds."""
    until = time.monotonic() + 5
    while alive(pid) and time.monotonic() < until:
        time.sleep(0.05)
    return not alive(pid)


def test_the_output_and_the_exit_code_of_a_command_are_returned() -> None:
    script = "import sys; print(sys.stdin.read()); sys.exit(4)"
    done = processes.run([sys.executable, "-c", script], stdin="text")
    assert (done.stdout, done.returncode) == ("text\n", 4)


def test_bytes_that_are_no_text_are_replaced() -> None:
    script = r"import sys; sys.stdout.buffer.write(b'a\xff'); sys.stderr.buffer.write(b'\xfe')"
    done = processes.run([sys.executable, "-c", script])
    assert (done.stdout, done.stderr) == ("a\ufffd", "\ufffd")


def test_a_program_that_is_not_there_is_named() -> None:
    with pytest.raises(HarnessError, match="`/no/such/program` cannot be started: No such file"):
        processes.run(["/no/such/program"])


@pytest.mark.fault(
    "processes", "a command takes longer than its limit", "it is ended, with all that it started"
)
def test_a_command_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    script = (
        "import subprocess, sys, time, pathlib;"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
        f"pathlib.Path({str(path)!r}).write_text(str(child.pid));"
        "time.sleep(60)"
    )
    with pytest.raises(HarnessError, match="took longer than 2 s, and was ended"):
        processes.run([sys.executable, "-c", script], timeout=2)
    assert wait_for_end(int(path.read_text(encoding="utf-8")))


def test_a_command_within_its_limit_is_not_ended() -> None:
    assert processes.run([sys.executable, "-c", "print(1)"], timeout=30).stdout == "1\n"


@pytest.mark.fault("processes", "SIGKILL of the parent of a worker", "the worker ends")
def test_a_process_ends_with_its_parent_if_it_asks_for_that(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    worker = (
        "import os, pathlib, time; from harness.base.processes import end_with_parent;"
        f"end_with_parent(); pathlib.Path({str(path)!r}).write_text(str(os.getpid()));"
        "time.sleep(60)"
    )
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {worker!r}])"
    log = tmp_path / "log"
    process = processes.start([sys.executable, "-c", parent], env=dict(os.environ), log_file=log)
    until = time.monotonic() + 20
    while not path.exists() and time.monotonic() < until:
        time.sleep(0.05)
    time.sleep(0.1)
    pid = int(path.read_text(encoding="utf-8"))
    assert alive(pid)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert wait_for_end(pid)


WORKER = """
import time
from harness.running.workers import workers

if __name__ == "__main__":
    with workers(time.sleep, 1) as pool:
        pool.submit(60).result()
"""


def spawned(pid: int) -> list[int]:
    """The workers of a process, as soon as they are there."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    commands = {int(each): Path(f"/proc/{each}/cmdline").read_bytes() for each in children}
    return [each for each, command in commands.items() if b"spawn_main" in command]


def test_a_worker_ends_whose_parent_ended_before_the_worker_could_ask_for_that(
    tmp_path: Path,
) -> None:
    script = tmp_path / "script.py"
    script.write_text(WORKER, encoding="utf-8")
    log = tmp_path / "log"
    process = processes.start([sys.executable, script], env=dict(os.environ), log_file=log)
    until = time.monotonic() + 20
    while not (workers := spawned(process.pid)) and time.monotonic() < until:
        time.sleep(0.001)
    time.sleep(0.1)  # the worker imports its modules
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert all(map(wait_for_end, workers))
    assert workers, log.read_text(encoding="utf-8")
