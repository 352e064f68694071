"""Commands that run targets, and say what they are."""

import argparse
import dataclasses
import datetime
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from harness.check import Checked, check
from harness.commands.options import add_names, limits, target_named, workspace_of
from harness.errors import UsageError
from harness.locks import lock_path, make_lock, pinned
from harness.runner import Limits
from harness.targets import Target, load_targets, select

if TYPE_CHECKING:
    from harness.commands.options import Parsers


def add(subcommands: "Parsers") -> None:
    """What runs targets, and what they are."""
    command = subcommands.add_parser(
        "run", parents=[limits()], help="check one target; further arguments go to pytest"
    )
    command.add_argument("target")
    command.add_argument("pytest_arguments", nargs=argparse.REMAINDER, metavar="...")
    command.set_defaults(command=run)

    command = subcommands.add_parser(
        "matrix", parents=[limits()], help="check many targets, then show all of them"
    )
    add_names(command, "or `all`; the releases of TensorFlow, if none is named")
    command.add_argument("--restart", action="store_true", help="do not take up what is unfinished")
    command.add_argument(
        "--force-regen", action="store_true", help="write differing baselines anew"
    )
    command.add_argument("--again", action="store_true", help="try twice what does not end well")
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
    """Check one target; a table of its observations, then one line that says it all."""
    checked = check(
        target_named(options.target),
        workspace_of(options),
        limits=Limits(scenario=options.time_limit),
        jobs=options.jobs,
        pytest_arguments=options.pytest_arguments,
    )
    from harness.report import terminal

    terminal.print_checked(checked, terminal.console())
    return checked.exit_code


def matrix(options: argparse.Namespace) -> int:
    """Check many targets; a line for each as it is done, then the table of all."""
    targets = select(load_targets(), options.names or ["tensorflow"])
    if options.json:
        from harness.shards import shards

        today = datetime.datetime.now(datetime.UTC).date()
        jobs = [dataclasses.asdict(shard) for shard in shards(targets, _lock_text, today)]
        print(json.dumps({"include": jobs}))
        return 0
    arguments = ["--force-regen"] if options.force_regen else []
    done = check_all(options, targets, arguments, again=options.again, restart=options.restart)
    return _worst(done)


def lock(options: argparse.Namespace) -> int:
    """Resolve targets anew, show what differs from their locks, write them."""
    chosen = select(load_targets(), options.names or ["all"])
    unlocked = [target.name for target in chosen if not target.locked]
    if options.names and unlocked:
        raise UsageError(f"no lock is kept for {', '.join(unlocked)}: resolved whenever they run")
    for target in (target for target in chosen if target.locked):
        path = lock_path(target)
        old = path.read_text(encoding="utf-8") if path.exists() else ""
        new = make_lock(target)
        _show_lock(target, old, new)
        if not options.dry_run and new != old:
            path.write_text(new, encoding="utf-8")
    return 0


def targets(_options: argparse.Namespace) -> int:
    """List the targets, a line each."""
    for target in load_targets().values():
        print(f"{target.name:16} {target.summary}")
    return 0


def check_all(
    options: argparse.Namespace,
    targets: Sequence[Target],
    pytest_arguments: Sequence[str],
    *,
    again: bool,
    restart: bool,
) -> list[Checked]:
    """Check targets; a line for each as it is done, then the table of all."""
    from harness.matrix import run_matrix
    from harness.report import terminal

    console = terminal.console()
    done = []
    with terminal.progress(console, len(targets)) as show:
        for progress in run_matrix(
            targets,
            workspace_of(options),
            jobs=options.jobs,
            limits=Limits(scenario=options.time_limit),
            pytest_arguments=pytest_arguments,
            restart=restart,
            again=again,
        ):
            show(progress)
            done.append(progress.checked)
    order = [target.name for target in targets]
    done.sort(key=lambda checked: order.index(checked.target))
    terminal.print_matrix(done, console)
    return done


def _lock_text(target: Target) -> str:
    """What a lock holds, be it damaged: that is for the job of its target to say."""
    path = lock_path(target)
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
