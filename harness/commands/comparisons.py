"""Commands that say in what targets differ."""

import argparse
import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.project import RESOURCES
from harness.commands.options import Context, context_of, limits, limits_of, positive, style
from harness.environments.targets import Target
from harness.judging.changes import ChangeKind
from harness.judging.known import Knowledge
from harness.observing.baselines import load_watches

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.observing.snapshots import Snapshot


def add(subcommands: "Parsers") -> None:
    """What differs between targets."""
    command = subcommands.add_parser("internals", help="the history of an internal of Keras")
    command.add_argument("name", metavar="CLASS.NAME", help="such as RNN.get_initial_state")
    command.add_argument("--diff", action="store_true", help="show each change in full")
    command.set_defaults(command=internals)

    command = subcommands.add_parser(
        "diff", parents=[limits(), style()], help="what differs between two targets"
    )
    command.add_argument("a", metavar="A", help="a target, a record.json, or a directory with one")
    command.add_argument("b", metavar="B")
    command.add_argument(
        "--accepted", action="store_true", help="compare baselines and locks, and run nothing"
    )
    command.add_argument(
        "--threads", type=positive, metavar="N", help="that TensorFlow computes with"
    )
    command.add_argument(
        "--only",
        type=Knowledge,
        choices=list(Knowledge),
        help="show only the findings of which so much is known",
    )
    command.add_argument("--scenario", metavar="NAME", help="show only one scenario")
    command.add_argument(
        "--kind",
        type=ChangeKind,
        choices=list(ChangeKind),
        metavar="KIND",
        help=f"show only one kind of changes: {', '.join(ChangeKind)}",
    )
    command.set_defaults(command=diff)

    command = subcommands.add_parser(
        "upgrade",
        parents=[style()],
        help="what an upgrade does to code with hidden state",
    )
    command.add_argument("a", metavar="FROM", help="a release, such as 2.9, or a target")
    command.add_argument("b", metavar="TO")
    command.set_defaults(command=upgrade)

    command = subcommands.add_parser(
        "known", help="hold known_changes.toml against all changes between neighbouring targets"
    )
    command.set_defaults(command=known)


def internals(options: argparse.Namespace) -> int:
    """Print the history of one internal, family by family."""
    from harness.judging.history import reasons, stretches
    from harness.report import terminal

    context = context_of(options)
    families = load_watches(context.project.baselines, context.targets.values())
    known = reasons(watch for watches in families.values() for watch in watches.values())
    if options.name not in known:
        close = difflib.get_close_matches(options.name, known, n=3) or ["RNN.get_initial_state"]
        raise UsageError(f"{options.name!r} is not watched; did you mean {', '.join(close)}?")
    out = terminal.console()
    out.print(f"{options.name}: {known[options.name]}", style="bold", markup=False, soft_wrap=True)
    for family, watches in families.items():
        terminal.print_history(family, stretches(options.name, watches), out, full=options.diff)
    return 0


def diff(options: argparse.Namespace) -> int:
    """Show all that differs between two targets, or records of them."""
    from harness.judging.diff import diff as differences
    from harness.judging.diff import select
    from harness.report.comparison import diff_document, diff_markdown, diff_text

    context = context_of(options)
    sides = [_side(name, context) for name in (options.a, options.b)]
    runs = [side for side in sides if isinstance(side, Target) and not options.accepted]
    if options.threads and not runs:
        raise UsageError("--threads is for targets that are run, and here none is")
    before, after = (
        _snapshot(options, context, side, at) for side, at in zip(sides, "ab", strict=True)
    )
    scenarios = sorted({scenario for scenario, _ in (*before.steps, *after.steps)})
    if options.scenario not in (None, *scenarios):
        raise UsageError(
            f"--scenario: {options.scenario!r} is none of those observed: {', '.join(scenarios)}"
        )
    found = differences(before, after, context.criteria)
    shown = select(found, knowledge=options.only, scenario=options.scenario, kind=options.kind)
    if options.format == "json":
        print(json.dumps(diff_document(shown), indent=2))
    else:
        print(diff_markdown(shown) if options.format == "markdown" else diff_text(shown), end="")
    if found.findings:
        return 1
    return 3 if found.lost else 0


def upgrade(options: argparse.Namespace) -> int:
    """Say what an upgrade means for what people do with hidden state; runs nothing."""
    from harness.judging.upgrade import load_needs, route
    from harness.judging.upgrade import upgrade as outlook
    from harness.observing.snapshots import from_baseline
    from harness.report.upgrade import upgrade_document, upgrade_markdown

    context = context_of(options)
    targets = route(list(context.targets.values()), options.a, options.b)
    observed = [from_baseline(target, context.project) for target in targets]
    found = outlook(observed, load_needs(RESOURCES / "needs.toml"), context.criteria)
    _show(options.format, lambda: upgrade_markdown(found), lambda: upgrade_document(found))
    return 0


def known(options: argparse.Namespace) -> int:
    """Compare the known changes with every change between neighbouring targets."""
    from harness.judging.audit import audit
    from harness.report import terminal

    context = context_of(options)
    found = audit(context.project, context.targets, context.criteria)
    terminal.print_audit(found, terminal.console())
    return int(bool(found.alarms))


def _side(name: str, context: Context) -> Path | Target:
    """A side of a diff, as it is named: a record, a directory with one, or a target."""
    if name.endswith(".json"):
        return Path(name)
    return Path(name) / "record.json" if Path(name).is_dir() else context.target(name)


def _snapshot(
    options: argparse.Namespace, context: Context, side: Path | Target, at: str
) -> "Snapshot":
    """A side of a diff: a record, the baseline of a target, or what the target does now."""
    from harness.observing.probing import observe
    from harness.observing.records import load_record
    from harness.observing.snapshots import from_baseline, from_record

    tolerances = context.criteria.tolerances
    if isinstance(side, Path):
        return from_record(load_record(side), tolerances)
    if options.accepted:
        return from_baseline(side, context.project)
    record = observe(
        side,
        context.project,
        context.project.results / side.name / f"diff-{at}",
        jobs=options.jobs,
        limits=limits_of(options),
        threads=options.threads,
    )
    return from_record(record, tolerances)


def _show(style: str, markdown: Callable[[], str], document: Callable[[], object]) -> None:
    """Print a finding in the style asked for."""
    if style == "json":
        print(json.dumps(document(), indent=2))
    elif style == "markdown":
        print(markdown(), end="")
    else:
        from harness.report import terminal

        terminal.print_markdown(markdown(), terminal.console())
