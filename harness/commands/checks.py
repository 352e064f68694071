"""Commands that run targets, and list them."""

import argparse
import contextlib
import dataclasses
import datetime
import json
import time
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.commands.options import (
    Context,
    add_dask,
    add_names,
    cluster_of,
    context_of,
    limits,
    limits_of,
    natural,
    runs,
    tell,
)
from harness.commands.watching import INTERRUPTED, memory_of, tell_warm, watching
from harness.environments.locks import lock_path, make_lock, pinned
from harness.environments.targets import Target, select
from harness.observing.probing import Limits
from harness.observing.shared import remove_unused
from harness.running.check import Checking, check
from harness.running.matrix import run_matrix
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.running.parcels import Cluster
    from harness.upkeep.searching import Searching


def add(subcommands: "Parsers") -> None:
    """What runs targets, and what they are."""
    command = subcommands.add_parser(
        "run",
        parents=[limits(), runs(), watching("a scenario is saved")],
        help="check one target against its baseline",
    )
    command.add_argument("target")
    _add_suite_options(command)
    layout = command.add_argument_group("how pytest prints")
    for option in ("-q", "-v", "-vv"):
        layout.add_argument(option, action="append_const", dest="layout", const=option)
    layout.add_argument("--tb", choices=("auto", "long", "short", "line", "native", "no"))
    command.set_defaults(command=run)

    command = subcommands.add_parser(
        "matrix", parents=[limits(), runs()], help="check many targets, then show all of them"
    )
    add_names(command, "or `all`; the releases of TensorFlow, if none is named")
    command.add_argument("--restart", action="store_true", help="do not take up what is unfinished")
    _add_suite_options(command)
    command.add_argument("--again", action="store_true", help="try twice what does not end well")
    add_search(command, 0)
    add_dask(command, "check them")
    command.add_argument(
        "--json", action="store_true", help="run nothing, print the jobs of a CI matrix"
    )
    command.set_defaults(command=matrix)

    command = subcommands.add_parser("lock", help="resolve targets anew and write their locks")
    add_names(command, "all, if none is named")
    command.add_argument("--dry-run", action="store_true", help="only show what would change")
    command.set_defaults(command=lock)

    command = subcommands.add_parser("targets", help="list the targets")
    command.set_defaults(command=targets)


def run(options: argparse.Namespace) -> int:
    """Check one target; a table of its observations, then one line that sums them up."""
    context = context_of(options)
    target = context.target(options.target)
    layout = [*(options.layout or ()), *([f"--tb={options.tb}"] if options.tb else [])]
    how = Checking(
        jobs=options.jobs,
        limits=limits_of(options),
        runs=options.runs,
        suite=SuiteOptions(
            expression=options.expression,
            force_regen=options.force_regen,
            layout=tuple(layout),
        ),
    )
    if options.watch:
        return _watch(target, context, how, options)
    checked = check(target, context.project, context.criteria, how)
    if options.force_regen:
        remove_unused(context.project.baselines)
    from harness.report import terminal

    terminal.print_checked(checked, terminal.console())
    return checked.exit_code


def _watch(target: Target, context: Context, how: Checking, options: argparse.Namespace) -> int:
    """Check a target at each change, until Ctrl-C; the exit code is that of the last check.

    It is `INTERRUPTED` if nothing was checked.
    """
    from harness.report import terminal
    from harness.running.watching import watch_target

    if how.suite.force_regen:
        raise UsageError("--force-regen: with --watch, no baseline is written; leave one of them")
    code, began = INTERRUPTED, time.time()
    memory = memory_of(options)
    rounds = watch_target(target, context.project, context.criteria, how, memory)
    with contextlib.suppress(KeyboardInterrupt), contextlib.closing(rounds):
        for saved, checked in rounds:
            code = checked.exit_code  # Ctrl-C may come as soon as it was shown
            terminal.print_checked(checked, terminal.console())
            tell_warm(memory, [target], saved if saved > began else None)
    return code


def matrix(options: argparse.Namespace) -> int:
    """Check many targets; a line for each as it is done, then the table of all."""
    context = context_of(options)
    targets = select(context.targets, options.names or ["tensorflow"])
    if options.json:
        print_jobs(targets, context)
        return 0
    how = Checking(
        jobs=options.jobs,
        limits=limits_of(options),
        runs=options.runs,
        suite=SuiteOptions(expression=options.expression, force_regen=options.force_regen),
        again=options.again,
    )
    began = datetime.datetime.now(datetime.UTC)
    done = check_all(context, targets, how, restart=options.restart, cluster=cluster_of(options))
    if options.force_regen:
        remove_unused(context.project.baselines)
    search_causes(targets, context, options, began)
    return _worst(done)


def lock(options: argparse.Namespace) -> int:
    """Resolve targets anew, show what differs from their locks, write them."""
    context = context_of(options)
    chosen = select(context.targets, options.names or ["all"])
    unlocked = [target.name for target in chosen if not target.locked]
    if options.names and unlocked:
        raise UsageError(f"no lock is kept for {', '.join(unlocked)}: resolved whenever they run")
    if not options.dry_run:
        context.project.require_checkout("lock")
    for target in (target for target in chosen if target.locked):
        path, old = lock_path(target, context.project.locks), _lock_text(target, context)
        new = make_lock(target)
        _show_lock(target, old, new)
        if not options.dry_run and new != old:
            write_whole(path, new.encode())
    return 0


def targets(options: argparse.Namespace) -> int:
    """List the targets, a line each."""
    for target in context_of(options).targets.values():
        print(f"{target.name:16} {target.summary}")
    return 0


def check_all(
    context: Context,
    targets: Sequence[Target],
    how: Checking,
    *,
    restart: bool,
    cluster: "Cluster | None" = None,
) -> list[Checked]:
    """Check targets; a line for each as it is done, then the table of all."""
    from harness.report import terminal

    console = terminal.console()
    done = []
    with terminal.progress(console, len(targets)) as show:
        for progress in run_matrix(
            targets, context.project, context.criteria, how, restart=restart, cluster=cluster
        ):
            show(progress)
            done.append(progress.checked)
    order = [target.name for target in targets]
    done.sort(key=lambda checked: order.index(checked.target))
    terminal.print_matrix(done, console)
    return done


def search_causes(
    targets: Iterable[Target],
    context: Context,
    options: argparse.Namespace,
    began: datetime.datetime,
) -> None:
    """Search which packages brought what is new, within the minutes of `--search`."""
    if not options.search:
        return
    from harness.running.results import read_result
    from harness.upkeep.searching import keep_cause

    with searching(context, options, limits_of(options)) as how:
        for target in targets:
            if not target.locked:  # a locked one has the packages of its baseline
                keep_cause(read_result(target, context.project, context.criteria, began), how, tell)


@contextlib.contextmanager
def searching(
    context: Context, options: argparse.Namespace, limits: Limits
) -> "Iterator[Searching]":
    """How causes are searched within the minutes of `--search`, from now on."""
    from harness.running.parcels import elsewhere
    from harness.upkeep.searching import Searching

    deadline = time.monotonic() + options.search * 60
    with contextlib.ExitStack() as stack:
        workers = None
        if cluster := cluster_of(options):
            try:
                workers = stack.enter_context(elsewhere(cluster))
            except UsageError as error:  # what was checked counts more than its cause
                tell(f"{error}; causes are searched on this machine")
        yield Searching(
            project=context.project,
            targets=context.targets,
            criteria=context.criteria,
            jobs=options.jobs,
            limits=limits,
            deadline=deadline,
            elsewhere=workers,
        )


def add_search(command: argparse.ArgumentParser, minutes: int) -> None:
    command.add_argument(
        "--search",
        type=natural,
        default=minutes,
        metavar="MINUTES",
        help="search which package and which build of it brought a new finding, for at most so "
        "long in all (default: %(default)s; 0: do not search)",
    )


def print_jobs(targets: Sequence[Target], context: Context) -> None:
    """Print the jobs of a CI matrix that has these targets, as JSON."""
    from harness.upkeep.jobs import shards

    today = datetime.datetime.now(datetime.UTC).date()
    jobs = shards(targets, lambda target: _lock_text(target, context), today)
    print(json.dumps({"include": [dataclasses.asdict(shard) for shard in jobs]}))


def _add_suite_options(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "-k",
        dest="expression",
        default="",
        metavar="EXPRESSION",
        help="check only what matches parts of scenario and variant names, as pytest's -k",
    )
    command.add_argument(
        "--force-regen", action="store_true", help="write differing baselines anew"
    )


def _lock_text(target: Target, context: Context) -> str:
    """The text of a lock, even of a damaged one, which the job of its target reports, and which
    `lock` makes again.
    """
    path = lock_path(target, context.project.locks)
    return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""


def _show_lock(target: Target, old: str, new: str) -> None:
    before, after = pinned(old), pinned(new)
    lines = [
        f"  {name} {before.get(name, '(none)')} -> {after.get(name, '(none)')}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    if not lines and new != old:
        lines = ["  the same versions, other hashes or another header"]
    print("\n".join([f"{target.name}: {'changes' if lines else 'no change'}", *lines]), flush=True)


def _worst(done: Sequence[Checked]) -> int:
    """1 if any target differs, else 3 if any could not be checked, else 0."""
    codes = {checked.exit_code for checked in done}
    return next((code for code in (1, 3, *sorted(codes, reverse=True)) if code in codes), 0)
