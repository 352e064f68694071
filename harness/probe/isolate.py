"""Runs every scenario in children of its own, made by `fork` after TensorFlow was imported.

One child takes all variants of a scenario in turn, as `python FILE` does, since what a process
pays for its first model (a fifth of a second) would otherwise be paid for each of them. It sends
one JSON message a line through a pipe: a variant begins, a step begins, a step was observed, the
variant is over. So a child that dies leaves behind all that it saw before, and the variants that
it did not come to run in a child of their own.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import random
import runpy
import selectors
import signal
import sys
import tempfile
import time

import capture
import numpy as np
import numpy.random  # newer NumPy imports it on first use, which would be in every child

MESSAGE_TAIL = 4000  # characters of a dying child's standard error that are kept
PR_SET_PDEATHSIG = 1  # from <linux/prctl.h>
OUTSIDE = "outside any step"  # the step that an error raised between two steps is observed as


def scenario_files(directory):
    """The scenario files of a directory by name; a file without `def scenario(` is a helper."""
    files = sorted(directory.glob("*.py"))
    return [path for path in files if "\ndef scenario(" in path.read_text(encoding="utf-8")]


def run_all(directory, runs, jobs, time_limit):
    """Run each scenario `runs` times, every variant within `time_limit` seconds, `jobs` at once.

    Returns a list of run documents, ordered by scenario, variant and number.
    """
    sys.path.insert(0, str(directory))
    from steps import VARIANTS

    waiting = [
        (path, VARIANTS, number + 1) for path in scenario_files(directory) for number in range(runs)
    ]
    finished = []
    alive = []
    with selectors.DefaultSelector() as selector:
        while waiting or alive:
            while waiting and len(alive) < jobs:
                child = Child(*waiting.pop(0), time_limit=time_limit)
                selector.register(child.pipe, selectors.EVENT_READ, child)
                alive.append(child)
            until = min(child.deadline for child in alive) - time.monotonic()
            for key, _ in selector.select(max(until, 0)):
                key.data.read()
            for child in list(alive):
                if child.closed or time.monotonic() >= child.deadline:
                    selector.unregister(child.pipe)
                    alive.remove(child)
                    documents, left = child.finish()
                    finished.extend(documents)
                    if left:
                        waiting.insert(0, (child.path, left, child.number))
    order = list(VARIANTS)
    return sorted(finished, key=lambda r: (r["scenario"], order.index(r["variant"]), r["number"]))


class Child:
    """One run of a scenario's variants in a process of its own."""

    def __init__(self, path, variants, number, time_limit):
        self.path, self.variants, self.number = path, variants, number
        self.time_limit = time_limit
        self.deadline = time.monotonic() + time_limit
        self.closed = False
        self.received = b""
        self.messages = []
        errors, self.errors_path = tempfile.mkstemp(prefix="probe-", suffix=".log")
        self.pipe, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self.pipe)
            os.dup2(errors, 1)
            os.dup2(errors, 2)
            os.setpgid(0, 0)  # so that a time-out also ends what the scenario started
            _run(path, variants, writing)
        os.close(writing)
        os.close(errors)
        with contextlib.suppress(OSError):
            os.setpgid(self.pid, self.pid)

    def read(self):
        chunk = os.read(self.pipe, 1 << 16)
        self.closed = not chunk
        *lines, self.received = (self.received + chunk).split(b"\n")
        for line in lines:
            message = json.loads(line.decode("utf-8"))
            self.messages.append(message)
            if "variant" in message:
                self.deadline = time.monotonic() + self.time_limit

    def finish(self):
        """Reap the child; returns its run documents and the variants that it did not come to."""
        if not self.closed:
            os.killpg(self.pid, signal.SIGKILL)
        os.close(self.pipe)
        _, status = os.waitpid(self.pid, 0)
        documents = []
        for message in self.messages:
            if "variant" in message:
                documents.append(self._document(message["variant"]))
            elif "begin" in message:
                documents[-1]["unfinished_step"] = message["begin"]
            elif "observed" in message:
                documents[-1]["unfinished_step"] = None
                documents[-1]["observations"].append(message["observed"])
            else:
                documents[-1].update(message)
        if not documents:  # died before its first message
            documents.append(self._document(self.variants[0]))
        if documents[-1]["end"] is None:
            documents[-1].update(self._untimely_end(status))
        os.remove(self.errors_path)
        return documents, self.variants[len(documents) :]

    def _document(self, variant):
        return {
            "scenario": self.path.stem,
            "variant": variant,
            "number": self.number,
            "end": None,
            "detail": None,
            "unfinished_step": None,
            "seconds": None,
            "observations": [],
        }

    def _untimely_end(self, status):
        if self.closed:
            end, detail = "crashed", _cause(status)
        else:
            end, detail = "timed out", "took longer than {:g} s".format(self.time_limit)
        printed = pathlib.Path(self.errors_path).read_text(encoding="utf-8", errors="replace")
        return {"end": end, "detail": "\n".join([detail, printed[-MESSAGE_TAIL:]]).strip()}


def _run(path, variants, writing):
    """The child's side: run the variants, send what they see, leave without any clean-up."""

    def send(**message):
        data = json.dumps(message).encode("utf-8") + b"\n"
        while data:
            data = data[os.write(writing, data) :]

    begun = set()

    @contextlib.contextmanager
    def step(name):
        if name in begun:
            raise ValueError("the step name {!r} is used twice".format(name))
        begun.add(name)
        send(begin=name)
        began = time.monotonic()
        seen = {}
        observed = {"step": name, "arrays": {}, "error": None}
        try:
            yield seen.update
            observed["arrays"] = {key: capture.array(value) for key, value in seen.items()}
        except Exception as error:  # the probe's rim: a step that raises is an observation
            observed["error"] = capture.error(error)
        observed["seconds"] = time.monotonic() - began
        send(observed=observed)

    try:
        if sys.platform == "linux":
            ctypes.CDLL(None).prctl(
                PR_SET_PDEATHSIG, signal.SIGKILL
            )  # a killed probe takes us along
        for variant in variants:
            # what a scenario does not seed must not look reproducible, be it copied by fork or left
            # behind by another variant
            np.random.seed(None)  # noqa: NPY002
            random.seed()
            begun.clear()
            began = time.monotonic()
            send(variant=variant)
            try:
                runpy.run_path(str(path))["scenario"](variant, step)
            except BaseException as error:  # the probe's rim: SystemExit included
                raised = capture.error(error)
                send(observed={"step": OUTSIDE, "arrays": {}, "error": raised, "seconds": 0.0})
            send(end="completed", seconds=time.monotonic() - began)
    finally:
        os._exit(0)


def _cause(status):
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        hint = ", as the kernel does when memory runs out" if name == "SIGKILL" else ""
        return "ended by {}{}".format(name, hint)
    return "left with exit code {} before the scenario was over".format(os.WEXITSTATUS(status))
