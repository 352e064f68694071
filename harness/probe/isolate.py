"""Runs work in children made by `fork` after the import of TensorFlow, each with a time limit.

A child sends JSON messages, one on each line, through a pipe while it works. If a child dies, its
earlier messages are kept and the other children are not affected.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import random
import selectors
import signal
import sys
import tempfile
import time

import numpy as np
import numpy.random  # newer NumPy imports this module on first use, that is, in every child

MESSAGE_TAIL = 4000  # characters of a dying child's standard error that are kept
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>


def finished(queue, jobs, time_limit):
    """Do each work of `queue`, a deque, in its own child, at most `jobs` children at once.

    Yields each child when it has ended; the caller may append work to the queue meanwhile. A work
    is called with a function `send(**message)`. A work has `time_limit` seconds; a message with
    `start_again=True` starts the time limit again.
    """
    alive = []
    with selectors.DefaultSelector() as selector:
        while queue or alive:
            while queue and len(alive) < jobs:
                child = Child(queue.popleft(), time_limit)
                selector.register(child.pipe, selectors.EVENT_READ, child)
                alive.append(child)
            until = min(child.deadline for child in alive) - time.monotonic()
            for key, _ in selector.select(max(until, 0)):
                key.data.read()
            for child in list(alive):
                if child.closed or time.monotonic() >= child.deadline:
                    selector.unregister(child.pipe)
                    alive.remove(child)
                    child.reap()
                    yield child


class Child:
    """A work in its own process. After `reap`, `messages` and `end` are final.

    `end` is "completed", "crashed" or "timed out"; `detail` is the reason, None if completed.
    """

    def __init__(self, work, time_limit):
        self.work = work
        self.time_limit = time_limit
        self.deadline = time.monotonic() + time_limit
        self.closed = False
        self.received = b""
        self.messages = []
        self.end = self.detail = None
        errors, self.errors_path = tempfile.mkstemp(prefix="probe-", suffix=".log")
        self.pipe, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            os.dup2(errors, 1)
            os.dup2(errors, 2)
            _child(work, writing)
        os.close(writing)
        os.close(errors)
        with contextlib.suppress(OSError):
            os.setpgid(self.pid, self.pid)

    def read(self):
        """Read the available messages; set `closed` at the end of the pipe."""
        chunk = os.read(self.pipe, 1 << 16)
        self.closed = not chunk
        *lines, self.received = (self.received + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line.decode("utf-8"))
            if message.pop("start_again", False):
                self.deadline = time.monotonic() + self.time_limit
            self.messages.append(message)

    def reap(self):
        """Wait for the process, kill it first if its pipe is still open, and set `end`."""
        if not self.closed:
            os.killpg(self.pid, signal.SIGKILL)
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        with contextlib.suppress(OSError):  # processes that the work started and did not end
            os.killpg(self.pid, signal.SIGKILL)
        printed = pathlib.Path(self.errors_path).read_text(encoding="utf-8", errors="replace")
        os.remove(self.errors_path)
        if not self.closed:
            self.end, cause = "timed out", "took longer than {:g} s".format(self.time_limit)
        elif status != 0 or not self.messages or self.messages[-1] != {"done": True}:
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


def _child(work, writing):
    """Run in the child: do the work, send its messages, exit without any clean-up."""

    def send(**message):
        data = json.dumps(message).encode("utf-8") + b"\n"
        while data:
            data = data[os.write(writing, data) :]

    code = 1
    try:
        os.setpgid(0, 0)  # so that a time-out also ends the processes of the work
        if sys.platform == "linux":  # the kernel kills the children if the probe is killed
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        work(send)
        send(done=True)
        code = 0
    finally:
        if code:
            sys.excepthook(*sys.exc_info())
            sys.stderr.flush()
        os._exit(code)


def _cause(status):
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        hint = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
        return "ended by {}{}".format(name, hint)
    return "left with exit code {} before it was done".format(os.WEXITSTATUS(status))
