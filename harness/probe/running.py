"""Runs each scenario in each variant several times; each observation is a document.

The first model of a process takes a fifth of a second, so children are shared where that is safe:

- A scenario whose only variant is `fixed` shares one child with all such scenarios, since they draw
  and seed nothing.
- A scenario with `APART = True` has one child for each variant.
- Any other scenario has one child for all its variants in turn, as `python FILE` does.

If a child dies, the scenarios that it did not start run in a new child.
"""

import ast
import collections
import contextlib
import runpy
import sys
import time

import capture
import isolate

CONSTANTS = ("VARIANTS", "APART")  # constants of a scenario file that the probe reads
OUTSIDE = "outside any step"  # the step name of an error that is raised between two steps


def works(directory, runs):
    """The works for every scenario of a directory, `runs` times.

    A file without a top-level function `scenario` is a helper and is not run.
    """
    sys.path.insert(0, str(directory))
    from steps import VARIANTS

    shares = collections.OrderedDict()
    for path in sorted(directory.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "scenario" for node in tree.body):
            constants = _constants(tree)
            variants = constants.get("VARIANTS", VARIANTS)
            for variant in variants:
                alone = variant if constants.get("APART") else None
                with_others = variants == ("fixed",)
                key = variants if with_others else (path, alone)
                shares.setdefault(key, []).append((path, variant))
    return [Running(share, number + 1) for share in shares.values() for number in range(runs)]


def in_order(documents, queue):
    """Sort run documents by scenario, by variant (in the order of its file) and by number."""
    parts = dict.fromkeys(part for work in queue for part in work.share)
    order = [(path.stem, variant) for path, variant in sorted(parts, key=lambda part: part[0])]
    return sorted(
        documents, key=lambda d: (order.index((d["scenario"], d["variant"])), d["number"])
    )


def _constants(tree):
    """The values of VARIANTS and APART in a scenario file, where it defines them."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in CONSTANTS
    }


class Running:
    """The work of one child: one run of a share, a list of (scenario file, variant)."""

    def __init__(self, share, number):
        self.share, self.number = share, number

    def __call__(self, send):
        for at, (path, variant) in enumerate(self.share):
            isolate.reseed()
            send(part=at, start_again=True)
            began = time.monotonic()
            try:
                runpy.run_path(str(path))["scenario"](variant, _step_maker(send))
            except BaseException as error:  # outer boundary of the probe, also for SystemExit
                raised = capture.error(error)
                send(observed={"step": OUTSIDE, "arrays": {}, "error": raised, "seconds": 0.0})
            send(end="completed", seconds=time.monotonic() - began)

    def documents(self, child):
        """The run documents of an ended child, and the work for the parts that it did not start.

        The work is None if the child started all its parts.
        """
        documents = []
        for message in child.messages:
            if "part" in message:
                documents.append(self._document(*self.share[message["part"]]))
            elif "begin" in message:
                documents[-1]["unfinished_step"] = message["begin"]
            elif "observed" in message:
                documents[-1]["unfinished_step"] = None
                documents[-1]["observations"].append(message["observed"])
            else:
                documents[-1].update(message)
        if not documents:  # died before its first message
            documents.append(self._document(*self.share[0]))
        if documents[-1]["end"] is None:
            documents[-1].update(end=child.end, detail=child.detail)
        rest = self.share[len(documents) :]
        return documents, Running(rest, self.number) if rest else None

    def _document(self, path, variant):
        return {
            "scenario": path.stem,
            "variant": variant,
            "number": self.number,
            "end": None,
            "detail": None,
            "unfinished_step": None,
            "seconds": None,
            "observations": [],
        }


def _step_maker(send):
    """The `step` that a scenario gets: it sends the arrays or the error of each step."""
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
        except Exception as error:  # outer boundary: a step that raises is an observation
            observed["error"] = capture.error(error)
        observed["seconds"] = time.monotonic() - began
        send(observed=observed)

    return step
