"""What a scenario needs to be told apart from the article: names for its steps, and fixed arrays.

`scenario(variant, step)` gets a `step` that names an observation point:

    with step("first pass") as see:
        see(output=model(x))

What is raised inside becomes the observation; the scenario goes on with its next step.

A scenario runs in every variant of VARIANTS, unless its file has a VARIANTS of its own; with
`APART = True` it has, in the harness, a process for each.
"""

import contextlib
import json
import os
import pathlib
import sys

import numpy as np

VARIANTS = ("printed", "published", "strict", "fixed")


def fixed(name):
    """The committed array `name` as float32; `fixed.json` holds all of them."""
    text = pathlib.Path(__file__).with_name("fixed.json").read_text(encoding="utf-8")
    return np.array(json.loads(text)[name], dtype=np.float32)


def alone(scenario):
    """Run a scenario by itself, every variant in turn, and print the mean of each step.

    In an environment of the harness it is run as its target is run.
    """
    _start_as_the_target()
    for variant in scenario.__globals__.get("VARIANTS", VARIANTS):

        @contextlib.contextmanager
        def step(name, variant=variant):
            seen = {}
            try:
                yield seen.update
            except Exception as error:  # an observation, as it is in the harness
                reason = str(error).strip().splitlines() or [""]
                print("{:<10} {:<48} {}: {}".format(variant, name, type(error).__name__, reason[0]))
            else:
                first = seen["output"] if "output" in seen else next(iter(seen.values()))
                print("{:<10} {:<48} {}".format(variant, name, np.mean(first)))

        scenario(variant, step)


def _start_as_the_target():
    """Start this program again with the variables of its target, unless it has them already.

    The harness writes them into each environment that it makes; elsewhere there are none.
    """
    stamp = pathlib.Path(sys.prefix, "harness-stamp.json")
    if not stamp.exists():
        return
    variables = json.loads(stamp.read_text(encoding="utf-8"))["variables"]
    if all(os.environ.get(name) == value for name, value in variables.items()):
        return
    kept = {name: value for name, value in os.environ.items() if name not in variables}
    wanted = {name: value for name, value in variables.items() if value is not None}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], dict(kept, **wanted))
