"""The arguments of the command line."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from harness import commands
from harness.paths import ARCHIVE, Workspace

if TYPE_CHECKING:
    Subcommands = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def parser(description: str | None = None) -> argparse.ArgumentParser:
    """The parser of `python -m harness`; what it returns has the `command` to call with it."""
    defaults = Workspace()
    top = argparse.ArgumentParser(
        prog="python -m harness",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("-v", "--verbose", action="store_true", help="show each command that is run")
    for name in ("environments", "results", "baselines"):
        top.add_argument(f"--{name}", type=Path, default=getattr(defaults, name), metavar="DIR")
    subcommands = top.add_subparsers(metavar="COMMAND", required=True)
    _add_checks(subcommands)
    _add_comparisons(subcommands)
    _add_nights(subcommands)
    _add_documents(subcommands)
    return top


def _add_checks(subcommands: "Subcommands") -> None:
    """What runs targets, and what they are."""
    run = subcommands.add_parser(
        "run", parents=[_limits()], help="check one target; further arguments go to pytest"
    )
    run.add_argument("target")
    run.add_argument("pytest_arguments", nargs=argparse.REMAINDER, metavar="...")
    run.set_defaults(command=commands.run)

    matrix = subcommands.add_parser(
        "matrix", parents=[_limits()], help="check many targets, then show all of them"
    )
    _add_names(matrix, "or `all`; the releases of TensorFlow, if none is named")
    matrix.add_argument("--restart", action="store_true", help="do not take up what is unfinished")
    matrix.add_argument("--force-regen", action="store_true", help="write differing baselines anew")
    matrix.add_argument("--again", action="store_true", help="try twice what does not end well")
    matrix.add_argument(
        "--json", action="store_true", help="run nothing, print the jobs of a CI matrix"
    )
    matrix.set_defaults(command=commands.matrix)

    lock = subcommands.add_parser("lock", help="resolve targets anew and write their locks")
    _add_names(lock, "all, if none is named")
    lock.add_argument("--dry-run", action="store_true", help="only show what would change")
    lock.set_defaults(command=commands.lock)

    targets = subcommands.add_parser("targets", help="list the targets")
    targets.set_defaults(command=commands.targets)


def _add_comparisons(subcommands: "Subcommands") -> None:
    """What differs between targets."""
    internals = subcommands.add_parser("internals", help="the history of an internal of Keras")
    internals.add_argument("name", metavar="CLASS.NAME", help="such as RNN.get_initial_state")
    internals.add_argument("--diff", action="store_true", help="show each change in full")
    internals.set_defaults(command=commands.internals)

    diff = subcommands.add_parser(
        "diff", parents=[_limits(), _style()], help="what differs between two targets"
    )
    diff.add_argument("a", metavar="A", help="a target, or the path of a record.json")
    diff.add_argument("b", metavar="B")
    diff.add_argument(
        "--accepted", action="store_true", help="compare baselines and locks, and run nothing"
    )
    diff.add_argument(
        "--threads", type=_positive, metavar="N", help="that TensorFlow computes with"
    )
    diff.set_defaults(command=commands.diff)

    upgrade = subcommands.add_parser(
        "upgrade",
        parents=[_style()],
        help="what an upgrade does to code with hidden state",
    )
    upgrade.add_argument("a", metavar="FROM", help="a release, such as 2.9, or a target")
    upgrade.add_argument("b", metavar="TO")
    upgrade.set_defaults(command=commands.upgrade)

    known = subcommands.add_parser(
        "known", help="hold known_changes.toml against all changes between neighbouring targets"
    )
    known.set_defaults(command=commands.known)


def _add_nights(subcommands: "Subcommands") -> None:
    """What the workflows of CI run, and what answers them."""
    nightly = subcommands.add_parser(
        "nightly", parents=[_limits()], help="check targets, see to an issue for each regression"
    )
    _add_names(nightly, "all, if none is named")
    nightly.add_argument(
        "--records", type=Path, metavar="DIR", help="take DIR/JOB/TARGET/record.json, run nothing"
    )
    nightly.add_argument(
        "--archive",
        type=Path,
        default=ARCHIVE,
        metavar="DIR",
        help="what earlier nights recorded (default: %(default)s)",
    )
    nightly.add_argument(
        "--tracker",
        choices=("folder", "github"),
        default="folder",
        help="where issues are: in the archive's folder `issues`, or on GitHub, through gh",
    )
    nightly.set_defaults(command=commands.nightly)

    accept = subcommands.add_parser(
        "accept", help="edit known changes and baselines so that a regression is accepted"
    )
    accept.add_argument("target")
    accept.add_argument("fingerprint", help="of the regression, as its issue has it")
    accept.add_argument("--link", required=True, metavar="URL", help="where upstream speaks of it")
    accept.add_argument("--why", required=True, help="a sentence: what it means for users")
    accept.add_argument("--title", help="what changed, in a few words (default: the worst finding)")
    accept.add_argument("--instead", default="see the link", help="what to write instead")
    accept.add_argument("--package", help="whose release brought it, where several differ")
    accept.add_argument("--since", metavar="RELEASE", help="the first release of it that has it")
    accept.set_defaults(command=commands.accept)

    update = subcommands.add_parser(
        "update", parents=[_limits()], help="propose new releases as targets, for a pull request"
    )
    update.set_defaults(command=commands.update)


def _add_documents(subcommands: "Subcommands") -> None:
    """What is written for people."""
    report = subcommands.add_parser(
        "report", help="build results/report from the records at hand; runs nothing"
    )
    _add_names(report, "or `all`; those with a record, if none is named")
    report.set_defaults(command=commands.report)

    docs = subcommands.add_parser("docs", help="write the tables of README.md and docs anew")
    docs.set_defaults(command=commands.docs)


def _limits() -> argparse.ArgumentParser:
    """The arguments of whatever runs targets."""
    limits = argparse.ArgumentParser(add_help=False)
    limits.add_argument(
        "--jobs",
        type=_positive,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="how many targets or scenarios run at once (default: %(default)s, the cores)",
    )
    limits.add_argument(
        "--time-limit",
        type=_positive,
        default=60,
        metavar="SECONDS",
        help="for one scenario in one variant (default: %(default)s)",
    )
    return limits


def _style() -> argparse.ArgumentParser:
    """The arguments of whatever prints a comparison."""
    style = argparse.ArgumentParser(add_help=False)
    style.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    return style


def _add_names(subcommand: argparse.ArgumentParser, about: str) -> None:
    subcommand.add_argument("names", nargs="*", metavar="TARGET_OR_FAMILY", help=about)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)
