"""Runs scenarios: every variant, several times, each observation a document.

One child takes all variants of a scenario in turn, as `python FILE` does, since what a process pays
for its first model (a fifth of a second) would otherwise be paid for each of them. The variants
that a dying child did not come to run in a child of their own.
"""

import contextlib
import runpy
import sys
import time

import capture
import isolate

OUTSIDE = "outside any step"  # the step that an error raised between two steps is observed as


def works(directory, runs):
    """Every scenario of a directory, `runs` times; a file without `def scenario(` is a helper."""
    sys.path.insert(0, str(directory))
    from steps import VARIANTS

    files = [
        path
        for path in sorted(directory.glob("*.py"))
        if "\ndef scenario(" in path.read_text(encoding="utf-8")
    ]
    return [Running(path, VARIANTS, number + 1) for path in files for number in range(runs)]


def in_order(documents):
    """Run documents by scenario, variant and number."""
    from steps import VARIANTS

    return sorted(
        documents, key=lambda d: (d["scenario"], VARIANTS.index(d["variant"]), d["number"])
    )


class Running:
    """One run of the variants of a scenario: the work of one child."""

    def __init__(self, path, variants, number):
        self.path, self.variants, self.number = path, variants, number

    def __call__(self, send):
        for variant in self.variants:
            isolate.reseed()
            send(variant=variant, start_again=True)
            began = time.monotonic()
            try:
                runpy.run_path(str(self.path))["scenario"](variant, _step_maker(send))
            except BaseException as error:  # the probe's rim: SystemExit included
                raised = capture.error(error)
                send(observed={"step": OUTSIDE, "arrays": {}, "error": raised, "seconds": 0.0})
            send(end="completed", seconds=time.monotonic() - began)

    def documents(self, child):
        """The run documents of an ended child, and the work that it left undone, or None."""
        documents = []
        for message in child.messages:
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
            documents[-1].update(end=child.end, detail=child.detail)
        left = self.variants[len(documents) :]
        return documents, Running(self.path, left, self.number) if left else None

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
