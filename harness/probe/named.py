"""Observes the named steps of a plain script, whose user has a copy of `steps.py` beside it.

That file looks for a module of the name HOOK. This is the only tie between the two.
"""

import collections
import sys
import time
import types

import capture
import inner
import values

HOOK = "state_harness_steps"
STEPS = 1000  # of a run that are observed
SEEN = 100  # values of a step that are looked at
WARNINGS = 50  # of a statement or step


class Steps:
    """What runs now: a statement, and the steps and statements in it, the innermost last.

    `open` and `close` are for the observations of both; what is printed meanwhile, and the
    warnings, belong to the innermost.
    """

    def __init__(self, script, send, printed, warned):
        self._script, self._send, self._printed, self._warned = script, send, printed, warned
        self._here = inner.here()
        self._open = []
        self._statements = []  # that are open, the innermost last
        self._last = None  # a destructor may begin a step after the statement has ended
        self._times = collections.Counter()
        module = types.ModuleType(HOOK, "Present while the harness runs a script.")
        module.begin = self.begin
        sys.modules[HOOK] = module

    def begin_statement(self, statement):
        """The observation of a statement, to be closed when it is complete."""
        self._statements.append(statement)
        self._last = statement
        return self._begin(observation(statement.name))

    def begin(self, name):
        """Called by `steps.py`: the `Seen` of a step that begins now.

        None for a step that is not observed, and that prints what it sees as without the harness:
        after the first STEPS, in another thread, and in another process.
        """
        if not self.are_here() or sum(self._times.values()) >= STEPS:
            return None
        name = "step {}".format(" ".join(capture.text(name).split()))
        self._times[name] += 1
        if self._times[name] > 1:
            name += ", time {}".format(self._times[name])
        observed = observation(name)
        observed["place"] = self._script.place(name, _line(self._script.path), self._around())
        return Seen(self, self._begin(observed))

    def _around(self):
        return self._statements[-1] if self._statements else self._last

    def are_here(self):
        """Whether this is the process and the thread that run the script."""
        return inner.here() == self._here

    def close(self, observed):
        """Send an observation, and before it those of steps in it that did not end.

        A step in a generator may not end, or end in a later statement.
        """
        while any(each is observed for each in self._open):
            self._take()
            done = self._open.pop()
            if self._statements and self._statements[-1].name == done["step"]:
                self._statements.pop()
            self._send(observed=done)

    def _begin(self, observed):
        self._take()
        self._send(begin=observed["step"])
        self._open.append(observed)
        return observed

    def _take(self):
        if self._open:
            innermost = self._open[-1]
            innermost["printed"] += self._printed.take()
            warned = innermost["warned"] + self._warned.take()
            innermost["warned"] = list(dict.fromkeys(warned))[:WARNINGS]


class Seen:
    """What one step sees."""

    def __init__(self, steps, observed):
        self._steps, self._observed = steps, observed
        self._began = time.monotonic()
        self._times = collections.Counter()

    def see(self, name, value):
        """Look at a value as it is now; no reference to it is kept."""
        name = capture.text(name) or "value"
        self._times[name] += 1
        more = sum(self._times.values()) - SEEN
        if more > 0:
            text = "not looked at: {} more values".format(more)
            self._observed["facts"]["values beyond {}".format(SEEN)] = text
            return
        if self._times[name] > 1:
            name += ", time {}".format(self._times[name])
        add(self._observed, values.Description(name, value))

    def end(self, error):
        if not self._steps.are_here():  # a process that the script made in this step ends it too
            return
        if error is not None:
            self._observed["error"] = capture.error(error)
        self._observed["seconds"] = time.monotonic() - self._began
        self._steps.close(self._observed)


def observation(name):
    """The observation of a statement or step of which nothing is known yet."""
    return {
        "step": name,
        "arrays": {},
        "error": None,
        "seconds": 0.0,
        "texts": {},
        "facts": {},
        "printed": "",
        "warned": [],
        "place": None,
    }


def add(observed, found):
    """Add a described value to an observation."""
    for kind in ("arrays", "texts", "facts"):
        observed[kind].update(getattr(found, kind))


def _line(path):
    """The line of the script from which this call comes, as directly as possible."""
    frame = sys._getframe()
    while frame is not None and frame.f_code.co_filename != str(path):
        frame = frame.f_back
    return frame.f_lineno if frame is not None else None
