"""Commands for the scripts of users."""

import argparse
import functools
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import BaselineError, UsageError
from harness.base.files import write_whole
from harness.commands.options import Context, context_of, directory, limits, positive, style

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.judging.diff import Diff
    from harness.judging.tried import Comparison

ULP = 32  # units in the last place: a script may add up the rounding of many steps
SECONDS = 300


def add(subcommands: "Parsers") -> None:
    """What a script does on many targets."""
    command = subcommands.add_parser(
        "try",
        parents=[limits(), style()],
        help="at which statement a script of yours first differs, on which releases",
        epilog="What follows `--` are the arguments of the script.",
    )
    command.add_argument("script", type=Path, metavar="SCRIPT", help="a plain Python script")
    command.add_argument(
        "--on",
        nargs="+",
        metavar="TARGET",
        default=["tensorflow"],
        help="targets, families, ranges such as tf-2.9..tf-2.21, or releases such as "
        "keras==3.4.0 (default: the releases of TensorFlow)",
    )
    command.add_argument(
        "--with",
        dest="more",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="a requirement, or the directory of a project, that the script needs",
    )
    command.add_argument("--requirements", action="append", type=Path, default=[], metavar="FILE")
    command.add_argument(
        "--cwd", type=directory, metavar="DIR", help="where it runs (default: a new directory)"
    )
    command.add_argument(
        "--ulp",
        type=positive,
        default=ULP,
        metavar="N",
        help="the largest difference that counts as rounding, in units in the last place "
        "(default: %(default)s)",
    )
    command.set_defaults(command=try_, time_limit=SECONDS, passed_on=())


def try_(options: argparse.Namespace) -> int:
    """Run a script on each target, and compare what its statements do."""
    from harness.environments.candidates import choose
    from harness.environments.extras import read_extras
    from harness.observing.numerics import Tolerances
    from harness.observing.probing import Limits, PlainScript
    from harness.running.trying import Trial, try_script

    context = context_of(options)
    script = _script(options.script)
    if options.cwd and not options.cwd.is_dir():
        raise UsageError(f"--cwd {options.cwd}: is no directory")
    targets = choose(context.targets, options.on, context.project.locks)
    trial = Trial(
        script=PlainScript(path=script, arguments=tuple(options.passed_on), directory=options.cwd),
        extras=read_extras(script, tuple(options.more), tuple(options.requirements)),
        limits=Limits(scenario=options.time_limit),
        tolerances=Tolerances(ulp=options.ulp, mean_ulp=options.ulp),
    )
    jobs = 1 if options.cwd else options.jobs  # as the runs of one target
    began = time.monotonic()
    traces, failures = {}, {}
    for number, tried in enumerate(try_script(trial, targets, context.project, jobs), start=1):
        if tried.trace:
            traces[tried.target.name] = tried.trace
        else:
            failures[tried.target.name] = tried.failure
        left = (time.monotonic() - began) / number * (len(targets) - number)
        said = "done" if tried.trace else "not run"
        print(
            f"[{number}/{len(targets)}, about {left:.0f} s left] {tried.target.name}: {said} "
            f"in {tried.seconds:.1f} s",
            file=sys.stderr,
            flush=True,
        )
    from harness.judging.tried import compare_traces

    found = compare_traces(
        {each.name: traces[each.name] for each in targets if each.name in traces},
        failures,
        targets,
        trial.tolerances,
        functools.partial(_canonical, context=context),
    )
    _show(found, script, options, context)
    return found.exit_code


def _script(path: Path) -> Path:
    """The script, as an absolute path. Raises UsageError."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such script")
    if not path.is_file():
        raise UsageError(f"{path}: is no file; name a Python script")
    return path.absolute()


def _show(found: "Comparison", script: Path, options: argparse.Namespace, context: Context) -> None:
    from harness.report.script_page import script_page
    from harness.report.scripts import script_document, script_markdown, script_text
    from harness.running.trying import results_of

    results = results_of(script, context.project)
    document = json.dumps(script_document(found, script), indent=2)
    write_whole(results / "try.json", document.encode())
    write_whole(results / "try.md", script_markdown(found, script.name).encode())
    write_whole(results / "index.html", script_page(found, script.name).encode())
    print(f"written: {results / 'index.html'}", file=sys.stderr)
    if options.format == "json":
        print(document)
    elif options.format == "markdown":
        print(script_markdown(found, script.name), end="")
    else:
        print(script_text(found, script.name), end="")


def _canonical(before: str, after: str, *, context: Context) -> "Diff | None":
    """The diff of the canonical scenarios between two targets, from their baselines."""
    from harness.judging.diff import diff
    from harness.observing.snapshots import from_baseline

    if not {before, after} <= context.targets.keys():
        return None
    try:
        old, new = (
            from_baseline(context.targets[each], context.project) for each in (before, after)
        )
    except BaselineError:
        return None
    return diff(old, new, context.criteria)
