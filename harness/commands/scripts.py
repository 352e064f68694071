"""Commands for the scripts of users."""

import argparse
import contextlib
import functools
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from harness.base.errors import BaselineError, UsageError
from harness.base.files import write_whole
from harness.base.project import RESOURCES
from harness.commands.options import (
    SCRIPT_SECONDS,
    Context,
    add_dask,
    cluster_of,
    context_of,
    directory,
    limits,
    positive,
    style,
)
from harness.commands.watching import INTERRUPTED, memory_of, tell_warm, watching
from harness.environments.targets import Target
from harness.observing.numerics import Tolerances

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.judging.diff import Diff
    from harness.judging.tried import Comparison
    from harness.running.trying import Trial, Tried

D = TypeVar("D")
ULP = 32  # units in the last place: a script may add up the rounding of many steps


def add(subcommands: "Parsers") -> None:
    """What a script does on many targets."""
    command = subcommands.add_parser(
        "try",
        parents=[
            limits(SCRIPT_SECONDS),
            style(),
            watching("the script or a Python file beside it changes"),
        ],
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
    add_needs(command)
    command.add_argument(
        "--cwd", type=directory, metavar="DIR", help="where it runs (default: a new directory)"
    )
    add_tolerance(command)
    add_dask(command, "run it")
    command.set_defaults(command=try_, passed_on=())

    command = subcommands.add_parser(
        "steps", help="print steps.py, a copy of which beside a script names steps in it"
    )
    command.set_defaults(command=steps)


def add_needs(command: argparse.ArgumentParser) -> None:
    """The options for what a script needs, which `read_extras` reads."""
    command.add_argument(
        "--with",
        dest="more",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="a requirement, or the directory of a project, that the script needs",
    )
    command.add_argument("--requirements", action="append", type=Path, default=[], metavar="FILE")


def add_tolerance(command: argparse.ArgumentParser) -> None:
    """The option that `tolerances_of` reads."""
    command.add_argument(
        "--ulp",
        type=positive,
        default=ULP,
        metavar="N",
        help="the largest difference that counts as rounding, in units in the last place "
        "(default: %(default)s)",
    )


def tolerances_of(options: argparse.Namespace) -> Tolerances:
    return Tolerances(ulp=options.ulp, mean_ulp=options.ulp)


def steps(_: argparse.Namespace) -> int:
    """Print the file with which a script names its steps."""
    print((RESOURCES / "steps.py").read_text(encoding="utf-8"), end="")
    return 0


def try_(options: argparse.Namespace) -> int:
    """Run a script on each target, and compare what its statements do."""
    from harness.environments.candidates import choose
    from harness.environments.extras import read_extras
    from harness.observing.probing import Limits, PlainScript
    from harness.running.parcels import require_sendable
    from harness.running.trying import Trial, repeated, try_script

    context = context_of(options)
    script = script_at(options.script)
    if options.cwd and not options.cwd.is_dir():
        raise UsageError(f"--cwd {options.cwd}: is no directory")
    targets = choose(context.targets, options.on, context.project.locks)
    results = context.project.results / "try" / script.stem[:100]
    jobs = 1 if options.cwd else options.jobs  # as the runs of one target
    with tempfile.TemporaryDirectory(prefix="state-harness-") as wheels:
        trial = Trial(
            results=results,
            script=PlainScript(
                path=script, arguments=tuple(options.passed_on), directory=options.cwd
            ),
            extras=read_extras(script, tuple(options.more), tuple(options.requirements)),
            wheels=Path(wheels),
            limits=Limits(scenario=options.time_limit),
            tolerances=tolerances_of(options),
        )
        if options.watch and options.dask is not None:
            raise UsageError("--watch and --dask exclude each other: only here is a file saved")
        if options.watch:
            return _watch(trial, targets, context, jobs, options)
        cluster = cluster_of(options)
        if cluster:
            require_sendable(trial.script, trial.extras)
        done = try_script(trial, targets, context.project, jobs, cluster)
        tried = list(shown(done, len(targets), lambda each: each))
        found = compared(tried, targets, trial.tolerances, context)
        if doubtful := [each for each in targets if each.name in found.by_chance]:
            again = repeated(trial, doubtful, context.project, jobs, cluster)
            # the last of a target counts
            tried += filter(_ran, shown(again, len(doubtful), lambda each: each))
            found = compared(tried, targets, trial.tolerances, context)
    _show(found, script, options, results)
    return found.exit_code


def _watch(
    trial: "Trial",
    targets: Sequence[Target],
    context: Context,
    jobs: int,
    options: argparse.Namespace,
) -> int:
    """Try a script at each change, until Ctrl-C; the exit code is that of the last comparison.

    It is `INTERRUPTED` if nothing was compared.
    """
    from harness.running.watching import watch_script

    code = INTERRUPTED
    began = time.time()
    memory = memory_of(options)
    canonical = functools.cache(functools.partial(_canonical, context=context))
    rounds = watch_script(trial, targets, context.project, jobs, memory)
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(rounds):
        for saved, tried in rounds:
            found = compared(tried, targets, trial.tolerances, context, canonical)
            code = found.exit_code  # Ctrl-C may come as soon as it was shown
            _show(found, trial.script.path, options, trial.results)
            tell_warm(memory, targets, saved if saved > began else None)
    return code


def shown(done: Iterable[D], total: int, tried: Callable[[D], "Tried"]) -> Iterator[D]:
    """The same, with a line for each as it is done; `tried` says what was tried."""
    began = time.monotonic()
    for number, each in enumerate(done, start=1):
        left = (time.monotonic() - began) / number * (total - number)
        found = tried(each)
        print(
            f"[{number}/{total}, about {left:.0f} s left] {found.target.name}: "
            f"{'done' if found.trace else 'not run'} in {found.seconds:.1f} s",
            file=sys.stderr,
            flush=True,
        )
        yield each


def compared(
    tried: Iterable["Tried"],
    targets: Sequence[Target],
    tolerances: Tolerances,
    context: Context,
    canonical: "Callable[[str, str], Diff | None] | None" = None,
) -> "Comparison":
    """A script on its targets, each compared with the one before.

    `canonical` returns the diff of the canonical scenarios between two targets, which is made anew
    for each call of `compared` without it.
    """
    from harness.judging.tried import compare_traces

    canonical = canonical or functools.partial(_canonical, context=context)
    by_name = {each.target.name: each for each in tried}
    ran = {each.name: by_name[each.name].trace for each in targets if each.name in by_name}
    return compare_traces(
        {name: trace for name, trace in ran.items() if trace},
        {name: each.failure for name, each in by_name.items() if not each.trace},
        targets,
        tolerances,
        canonical,
    )


def _ran(tried: "Tried") -> bool:
    return tried.trace is not None


def script_at(path: Path) -> Path:
    """The script, as an absolute path. Raises UsageError."""
    if not path.exists():
        raise UsageError(f"{path}: there is no such script")
    if not path.is_file():
        raise UsageError(f"{path}: is no file; name a Python script")
    if path.suffix == ".ipynb":
        raise UsageError(
            f"{path}: is a notebook; `jupyter nbconvert --to script` makes a script of it"
        )
    return path.absolute()


def _show(found: "Comparison", script: Path, options: argparse.Namespace, results: Path) -> None:
    from harness.report.script_page import script_page
    from harness.report.scripts import script_document, script_markdown, script_text

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
