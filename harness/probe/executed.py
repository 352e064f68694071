"""Runs a scenario or a plain script, and writes which functions of installed packages it called.

    python executed.py OUTPUT SCRIPT [--cells] [--variant NAME] [--step NAME] [--line NUMBER]
                       [-- ARGUMENT...]

The directory of OUTPUT is the working directory. OUTPUT gets `calls`, a list of [file below the
directory of the packages, first line, whether it ran in the step or in the statement that begins in
that line], and `ended`, the error with which the script ended. Without a step and a line, all ran
there. Functions that AutoGraph has written anew for a graph are not among them.

With `--cells`, all runs eagerly and unrolled, and `calls` are those of recurrent cells in the step
or statement, with the values that they compute (`cells.py`).
"""

import argparse
import contextlib
import json
import os
import pathlib
import runpy
import sys
import threading


class Calls:
    """A profile function of Python, which collects the code of each function that is called."""

    def __init__(self, everywhere):
        self.inside = everywhere
        self._seen = {True: set(), False: set()}

    def __call__(self, frame, event, _):
        if event == "call":
            self._seen[self.inside].add(frame.f_code)

    def document(self, root):
        """The functions of files below `root`."""
        found = {}
        for inside in (False, True):
            for code in self._seen[inside]:
                if code.co_filename.startswith(root):
                    found[code.co_filename[len(root) :], code.co_firstlineno] = inside
        return [[file, line, inside] for (file, line), inside in sorted(found.items())]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("script", type=pathlib.Path)
    parser.add_argument("--cells", action="store_true")
    parser.add_argument("--variant", default="")
    parser.add_argument("--step", default="")
    parser.add_argument("--line", type=int, default=0)
    options, arguments = parser.parse_known_args()
    options.output, options.script = options.output.resolve(), options.script.resolve()
    import tensorflow as tf

    root = os.path.dirname(os.path.dirname(os.path.abspath(tf.__file__))) + os.sep
    everywhere = not options.step and not options.line
    if options.cells:
        import cells
        import switches

        switches.turn(("eager", "unrolled"))
        calls = cells.Cells(everywhere)
    else:
        calls = Calls(everywhere)
    sys.argv = [str(options.script), *(each for each in arguments if each != "--")]
    sys.path.insert(0, str(options.script.parent))
    ended = ""
    os.chdir(str(options.output.parent))
    try:
        if options.variant:
            run_scenario(options, calls)
        else:
            run_script(options, calls)
    except (Exception, SystemExit) as error:  # what ran before is an answer too
        ended = "{}: {}".format(type(error).__name__, error)
    finally:
        profile(None)
        found = {"calls": calls.document(root), "ended": ended}
        options.output.write_text(json.dumps(found), encoding="utf-8")


def run_scenario(options, calls):
    module = runpy.run_path(str(options.script), run_name="scenario_that_is_traced")

    @contextlib.contextmanager
    def step(name):
        calls.inside = options.step in ("", name)
        try:
            yield lambda **_: None
        except Exception as error:  # an error is an observation, as in the harness
            print("{}: {}: {}".format(name, type(error).__name__, error), file=sys.stderr)
        finally:
            calls.inside = not options.step

    profile(calls)
    module["scenario"](options.variant, step)


def run_script(options, calls):
    import inner
    import plain
    import statements

    script = statements.Script(options.script)
    lines = []  # of the statements that run, the innermost last

    def begin(statement):
        lines.append(statement.line)
        calls.inside = not options.line or options.line in lines

    def end(statement, *_):
        del lines[lines.index(statement.line) :]
        calls.inside = not options.line or options.line in lines

    functions = inner.Inner(script, begin, end)
    module = plain.main_module(script)
    profile(calls)
    for statement in script.statements:
        if not statement.within:
            del lines[:]
            functions.enter(statement)
            begin(statement)
            code, _ = script.code(statement)
            exec(code, vars(module))  # noqa: S102 - the user's own script
    calls.inside = False
    if functions.fault:
        raise functions.fault


def profile(calls):
    sys.setprofile(calls)
    threading.setprofile(calls)


if __name__ == "__main__":
    main()
