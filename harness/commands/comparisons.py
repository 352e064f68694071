"""Commands that say in what targets differ."""

import argparse
import difflib
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.baselines import load_watches
from harness.commands.options import limits, positive, style, target_named, workspace_of
from harness.errors import UsageError
from harness.runner import Limits
from harness.targets import Target, load_targets

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.observed import Observed


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
    from harness.history import reasons, stretches
    from harness.report import terminal

    families = load_watches(options.baselines, load_targets().values())
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
    from harness.diff import diff as differences
    from harness.known import load_known
    from harness.numerics import Tolerances
    from harness.report.comparison import diff_document, diff_markdown

    sides = [_side(name) for name in (options.a, options.b)]
    runs = [side for side in sides if isinstance(side, Target) and not options.accepted]
    if options.threads and not runs:
        raise UsageError("--threads is for targets that are run, and here none is")
    before, after = (_observed(options, side, at) for side, at in zip(sides, "ab", strict=True))
    found = differences(before, after, load_known(), Tolerances())
    _show(options.format, lambda: diff_markdown(found), lambda: diff_document(found))
    if found.regressed:
        return 1
    return 3 if found.lost else 0


def upgrade(options: argparse.Namespace) -> int:
    """Say what an upgrade means for what people do with hidden state; runs nothing."""
    from harness.known import load_known
    from harness.numerics import Tolerances
    from harness.observed import accepted
    from harness.report.comparison import upgrade_document, upgrade_markdown
    from harness.upgrade import load_needs, way
    from harness.upgrade import upgrade as outlook

    targets = way(list(load_targets().values()), options.a, options.b)
    observed = [accepted(target, options.baselines) for target in targets]
    found = outlook(observed, load_needs(), load_known(), Tolerances())
    _show(options.format, lambda: upgrade_markdown(found), lambda: upgrade_document(found))
    return 0


def known(options: argparse.Namespace) -> int:
    """Hold the accepted changes against every change between neighbouring targets."""
    from harness.audit import audit
    from harness.report import terminal

    found = audit(options.baselines)
    terminal.print_audit(found, terminal.console())
    return int(bool(found.alarms))


def _side(name: str) -> Path | Target:
    """What a side of a diff names: a record, a directory with one, or a target."""
    if name.endswith(".json"):
        return Path(name)
    return Path(name) / "record.json" if Path(name).is_dir() else target_named(name)


def _observed(options: argparse.Namespace, side: Path | Target, at: str) -> "Observed":
    """A side of a diff: what a record says, what is accepted of a target, or what it does now."""
    from harness.numerics import Tolerances
    from harness.observed import accepted, from_record
    from harness.records import load_record
    from harness.runner import observe

    if isinstance(side, Path):
        return from_record(load_record(side), Tolerances())
    if options.accepted:
        return accepted(side, options.baselines)
    workspace = workspace_of(options)
    record = observe(
        side,
        workspace.environments,
        workspace.results / side.name / f"diff-{at}",
        limits=Limits(scenario=options.time_limit),
        jobs=options.jobs,
        threads=options.threads,
    )
    return from_record(record, Tolerances())


def _show(style: str, markdown: Callable[[], str], document: Callable[[], object]) -> None:
    """Print a finding in the style asked for."""
    if style == "json":
        print(json.dumps(document(), indent=2))
    elif style == "markdown":
        print(markdown(), end="")
    else:
        from harness.report import terminal

        terminal.print_markdown(markdown(), terminal.console())
