"""The command line, `python -m harness COMMAND`; nox calls it. Exit codes:

0  everything is as its baseline says
1  something differs from its baseline
2  wrong use
3  something could not be checked: no environment, no baseline, a crash, a time-out
"""

import argparse
import logging
import os
import sys
import traceback
from pathlib import Path

from harness import commands
from harness.errors import HarnessError
from harness.paths import Workspace


def parser() -> argparse.ArgumentParser:
    defaults = Workspace()
    top = argparse.ArgumentParser(
        prog="python -m harness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("-v", "--verbose", action="store_true", help="show each command that is run")
    for name in ("environments", "results", "baselines"):
        top.add_argument(f"--{name}", type=Path, default=getattr(defaults, name), metavar="DIR")
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
    subcommands = top.add_subparsers(metavar="COMMAND", required=True)

    run = subcommands.add_parser(
        "run", parents=[limits], help="check one target; further arguments go to pytest"
    )
    run.add_argument("target")
    run.add_argument("pytest_arguments", nargs=argparse.REMAINDER, metavar="...")
    run.set_defaults(command=commands.run)

    matrix = subcommands.add_parser(
        "matrix", parents=[limits], help="check many targets, then show all of them"
    )
    matrix.add_argument("names", nargs="*", metavar="TARGET_OR_FAMILY", help="or `all`")
    matrix.add_argument("--restart", action="store_true", help="do not take up what is unfinished")
    matrix.add_argument("--force-regen", action="store_true", help="write differing baselines anew")
    matrix.set_defaults(command=commands.matrix)

    lock = subcommands.add_parser("lock", help="resolve targets anew and write their locks")
    lock.add_argument("names", nargs="*", metavar="TARGET_OR_FAMILY")
    lock.add_argument("--dry-run", action="store_true", help="only show what would change")
    lock.set_defaults(command=commands.lock)

    targets = subcommands.add_parser("targets", help="list the targets")
    targets.add_argument("--json", action="store_true", help="as JSON, for a CI matrix")
    targets.set_defaults(command=commands.targets)

    internals = subcommands.add_parser("internals", help="the history of an internal of Keras")
    internals.add_argument("name", metavar="CLASS.NAME", help="such as RNN.get_initial_state")
    internals.add_argument("--diff", action="store_true", help="show each change in full")
    internals.set_defaults(command=commands.internals)

    style = argparse.ArgumentParser(add_help=False)
    style.add_argument("--format", choices=("text", "markdown", "json"), default="text")

    diff = subcommands.add_parser(
        "diff", parents=[limits, style], help="what differs between two targets"
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
        "upgrade", parents=[style], help="what an upgrade does to what one does with hidden state"
    )
    upgrade.add_argument("a", metavar="FROM", help="a release, such as 2.9, or a target")
    upgrade.add_argument("b", metavar="TO")
    upgrade.set_defaults(command=commands.upgrade)

    known = subcommands.add_parser(
        "known", help="hold known_changes.toml against all changes between neighbouring targets"
    )
    known.set_defaults(command=commands.known)

    report = subcommands.add_parser(
        "report", help="build results/report from the records at hand; runs nothing"
    )
    report.add_argument("names", nargs="*", metavar="TARGET_OR_FAMILY", help="or `all`")
    report.set_defaults(command=commands.report)

    docs = subcommands.add_parser("docs", help="write the tables of README.md and docs anew")
    docs.set_defaults(command=commands.docs)
    return top


def main() -> int:
    options = parser().parse_args()
    level = logging.INFO if options.verbose else logging.WARNING
    logging.basicConfig(level=level, format="%(message)s")
    try:
        code: int = options.command(options)
    except HarnessError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    except Exception:  # noqa: BLE001 - a bug: nothing was checked, which is no regression
        traceback.print_exc()
        return HarnessError.exit_code
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    return code


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())
