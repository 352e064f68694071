"""Helpers of the scenarios: fixed arrays, and a runner for a scenario without the harness.

`scenario(variant, step)` gets a function `step` that names an observation point:

    with step("first pass") as see:
        see(output=model(x))

An exception inside a step becomes the observation, and the scenario continues after the step.

A scenario runs in every variant of VARIANTS below, unless its file defines VARIANTS. With
`APART = True` in its file, the harness runs each variant in a process of its own.
"""

import contextlib
import json
import os
import pathlib
import sys

import numpy as np

VARIANTS = ("printed", "published", "strict", "fixed")


def fixed(name):
    """The array `name` of `fixed.json` as float32."""
    # resolved, since a family of scenarios has a link to this file, so that each script runs alone
    text = pathlib.Path(__file__).resolve().with_name("fixed.json").read_text(encoding="utf-8")
    return np.array(json.loads(text)[name], dtype=np.float32)


def alone(scenario):
    """Run every variant of a scenario in turn, and print a line for each step.

    The line has the mean of `output`, or of the first array if there is no `output`, or the error.
    In an environment of the harness the process gets the environment variables of its target.
    """
    _start_as_the_target()
    for variant in scenario.__globals__.get("VARIANTS", VARIANTS):

        @contextlib.contextmanager
        def step(name, variant=variant):
            seen = {}
            try:
                yield seen.update
            except Exception as error:  # an error is an observation, as in the harness
                reason = str(error).strip().splitlines() or [""]
                print("{:<10} {:<48} {}: {}".format(variant, name, type(error).__name__, reason[0]))
            else:
                first = seen["output"] if "output" in seen else next(iter(seen.values()))
                print("{:<10} {:<48} {}".format(variant, name, np.mean(first)))

        scenario(variant, step)


def _start_as_the_target():
    """Start this program again with the variables of its target, unless they are set already.

    The harness writes the variables to a file in each environment that it makes. A variable whose
    value is None is removed. Without this file nothing happens.
    """
    stamp = pathlib.Path(sys.prefix, "harness-stamp.json")
    if not stamp.exists():
        return
    variables = json.loads(stamp.read_text(encoding="utf-8")).get("variables", {})
    if all(os.environ.get(name) == value for name, value in variables.items()):
        return
    kept = {name: value for name, value in os.environ.items() if name not in variables}
    wanted = {name: value for name, value in variables.items() if value is not None}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *sys.argv], dict(kept, **wanted))
