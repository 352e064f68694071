"""Runs scenarios: every variant, several times, each observation a document.

What a process pays for its first model (a fifth of a second) is shared where that does no harm: one
child takes all variants of a scenario in turn, as `python FILE` does, and one takes the scenarios
that are run with fixed weights alone, since those draw and seed nothing. A scenario that wants its
variants apart has them. What a dying child did not come to runs in a child of its own.
"""

import ast
import collections
import contextlib
import runpy
import sys
import time

import capture
import isolate

SAID = ("VARIANTS", "APART")  # constants of a scenario's file that are for the probe
OUTSIDE = "outside any step"  # the step that an error raised between two steps is observed as


def works(directory, runs):
    """Every scenario of a directory, `runs` times; a file without `def scenario(` is a helper."""
    sys.path.insert(0, str(directory))
    from steps import VARIANTS

    shares = collections.OrderedDict()
    for path in sorted(directory.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "scenario" for node in tree.body):
            said = _constants(tree)
            variants = said.get("VARIANTS", VARIANTS)
            for variant in variants:
                alone = variant if said.get("APART") else None
                with_others = variants == ("fixed",)
                key = variants if with_others else (path, alone)
                shares.setdefault(key, []).append((path, variant))
    return [Running(share, number + 1) for share in shares.values() for number in range(runs)]


def in_order(documents, queue):
    """Run documents by scenario, variant (in its file's order) and number."""
    parts = dict.fromkeys(part for work in queue for part in work.share)
    order = [(path.stem, variant) for path, variant in sorted(parts, key=lambda part: part[0])]
    return sorted(
        documents, key=lambda d: (order.index((d["scenario"], d["variant"])), d["number"])
    )


def _constants(tree):
    """What a file says of itself in capitals: VARIANTS, APART."""
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in tree.body
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in SAID
    }


class Running:
    """One run of a share, scenario files each with a variant: the work of one child."""

    def __init__(self, share, number):
        self.share, self.number = share, number

    def __call__(self, send):
        for at, (path, variant) in enumerate(self.share):
            isolate.reseed()
            send(part=at, start_again=True)
            began = time.monotonic()
            try:
                runpy.run_path(str(path))["scenario"](variant, _step_maker(send))
            except BaseException as error:  # the probe's rim: SystemExit included
                raised = capture.error(error)
                send(observed={"step": OUTSIDE, "arrays": {}, "error": raised, "seconds": 0.0})
            send(end="completed", seconds=time.monotonic() - began)

    def documents(self, child):
        """The run documents of an ended child, and the work that it left undone, or None."""
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
        left = self.share[len(documents) :]
        return documents, Running(left, self.number) if left else None

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

    return step
