"""Runs work in children made by `fork` after the import of TensorFlow, each with a time limit.

A child sends JSON messages, one on each line, through a pipe while it works. If a child dies, its
earlier messages are kept and the other children are not affected.
"""

import contextlib
import json
import os
import pathlib
import random
import selectors
import signal
import sys
import tempfile
import time

import linux
import numpy as np
import numpy.random  # newer NumPy imports this module on first use, that is, in every child
import wire

MESSAGE_TAIL = 4000  # characters of a dying child's standard error that are kept
GRACE = 5.0  # seconds that a child may take to exit after it closed its pipe
LONGEST = 1 << 29  # bytes of a message
LONGEST_WAIT = 3600.0  # seconds at once: the system knows no wait of more than 24 days
POLL = 0.01  # seconds between two looks whether a child has exited
DONE = {"done": True}  # the last message of a child that did its work


def finished(queue, jobs, time_limit):
    """Do each work of `queue`, a deque, in its own child, at most `jobs` children at once.

    Yields each child when it has ended; the caller may append work to the queue meanwhile. A work
    is called with a function `send(**message)`. A work has `time_limit` seconds; a message with
    `start_again=True` starts the time limit again.
    """
    alive = []
    linux.adopt_orphans()
    try:
        with selectors.DefaultSelector() as selector:
            while queue or alive:
                while queue and len(alive) < jobs:
                    child = Child(queue.popleft(), time_limit)
                    selector.register(child.pipe, selectors.EVENT_READ, child)
                    alive.append(child)
                until = min(child.deadline for child in alive) - time.monotonic()
                for key, _ in selector.select(min(max(until, 0), LONGEST_WAIT)):
                    key.data.read()
                # All of them before the first is reaped: that can take seconds, in which another
                # child may have sent messages that this process has not read.
                now = time.monotonic()
                for child in [each for each in alive if each.closed or now >= each.deadline]:
                    selector.unregister(child.pipe)
                    alive.remove(child)
                    child.reap()
                    yield child
    finally:
        _end_children()


class Child:
    """A work in its own process. After `reap`, `messages` and `end` are final.

    `end` is "completed", "crashed" or "timed out"; `detail` is the reason, None if completed.
    """

    def __init__(self, work, time_limit):
        self.work = work
        self.time_limit = time_limit
        self.deadline = time.monotonic() + time_limit
        self.closed = self.garbled = False
        self.received = bytearray()
        self.messages = []
        self.end = self.detail = None
        errors, self.errors_path = tempfile.mkstemp(prefix="probe-", suffix=".log")
        self.pipe, writing = os.pipe()
        parent = os.getpid()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            # a work that reads its input finds its end, and never a request to the probe
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(errors, 1)
            os.dup2(errors, 2)
            _child(work, writing, parent)
        os.close(writing)
        os.close(errors)
        with contextlib.suppress(OSError):
            os.setpgid(self.pid, self.pid)

    def read(self):
        """Read the available messages; set `closed` at the last one or at the end of the pipe.

        A process that the child left may hold the pipe open after the last message. Text that is no
        message came from the scenario: nothing after it can be trusted.
        """
        chunk = os.read(self.pipe, 1 << 20)
        self.closed = not chunk
        self.received += chunk
        if b"\n" not in chunk:  # a long message: do not search all of it again
            if len(self.received) > LONGEST:
                self._garble()
            return
        *lines, self.received = self.received.split(b"\n")
        for line in lines:
            message = _message(line)
            if message is None:
                self._garble()
                return
            if message.pop("start_again", False):
                self.deadline = time.monotonic() + self.time_limit
            self.messages.append(message)
            self.closed = self.closed or message == DONE

    def _garble(self):
        """What the child sends is no message: end it now, and keep no more of it in memory."""
        self.garbled = True
        self.deadline = time.monotonic()

    def reap(self):
        """Wait for the process, kill it first if its pipe is still open, and set `end`.

        A child that closed its pipe and goes on has GRACE to exit.
        """
        os.close(self.pipe)
        until = time.monotonic() + (GRACE if self.closed else 0)
        ended, status = os.waitpid(self.pid, os.WNOHANG)
        while not ended and time.monotonic() < until:
            time.sleep(POLL)
            ended, status = os.waitpid(self.pid, os.WNOHANG)
        with contextlib.suppress(OSError):  # the child, or processes that it started and left
            os.killpg(self.pid, signal.SIGKILL)
        if not ended:
            _, status = os.waitpid(self.pid, 0)
        printed = pathlib.Path(self.errors_path).read_text(encoding="utf-8", errors="replace")
        os.remove(self.errors_path)
        if self.garbled:
            self.end, cause = "crashed", wire.FOREIGN
        elif not self.closed:
            self.end, cause = "timed out", "took longer than {:g} s".format(self.time_limit)
        elif not ended:
            self.end, cause = "crashed", "closed its pipe, and went on for {:g} s".format(GRACE)
        elif status != 0 or not self.messages or self.messages[-1] != DONE:
            self.end, cause = "crashed", _cause(status)
        else:
            self.messages.pop()
            self.end = "completed"
            return
        self.detail = "\n".join([cause, printed[-MESSAGE_TAIL:]]).strip()


def reseed():
    """Seed NumPy and Python from the system: draws without a seed must differ between runs.

    Otherwise they would repeat the state that fork copied or that an earlier scenario seeded.
    """
    np.random.seed(None)  # noqa: NPY002
    random.seed()


def _message(line):
    """The message, a dict, that a line of the pipe holds; None if it holds none."""
    try:
        message = json.loads(line.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError):
        return None
    return message if isinstance(message, dict) else None


def _no_number(text):
    """Python reads NaN and Infinity, which JSON does not have."""
    raise ValueError(text)


def _child(work, writing, parent):
    """Run in the child: do the work, send its messages, exit without any clean-up."""

    def send(**message):
        data = json.dumps(message).encode("utf-8") + b"\n"
        while data:
            data = data[os.write(writing, data) :]

    code = 1
    try:
        os.setpgid(0, 0)  # so that a time-out also ends the processes of the work
        linux.end_with(parent)
        work(send)
        send(**DONE)
        code = 0
    finally:
        try:
            if code:
                sys.excepthook(*sys.exc_info())
                sys.stderr.flush()  # raises if the work closed it
        finally:
            os._exit(code)


def _end_children():
    """Kill the children of this process, also orphans of its children in sessions of their own."""
    until = time.monotonic() + GRACE  # a process that waits for a disk cannot be killed
    while time.monotonic() < until:
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        tasks = pathlib.Path("/proc/self/task")
        found = [
            int(pid)
            for task in (tasks.iterdir() if tasks.exists() else ())
            if (task / "children").exists()
            for pid in (task / "children").read_text(encoding="ascii").split()
        ]
        if not found:
            return
        for pid in found:
            with contextlib.suppress(OSError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(POLL)


def _cause(status):
    if os.WIFSIGNALED(status):
        name = _signal_name(os.WTERMSIG(status))
        hint = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
        return "ended by {}{}".format(name, hint)
    return "left with exit code {} before it was done".format(os.WEXITSTATUS(status))


def _signal_name(number):
    try:
        return signal.Signals(number).name
    except ValueError:  # most real-time signals have none
        return "signal {}".format(number)
