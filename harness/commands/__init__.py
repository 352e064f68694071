"""The commands: each module has the arguments of some and what they do.

A command chooses targets, has the work done, and shows what comes of it.
"""

import argparse
from typing import Any

from harness.commands import (
    checks,
    comparisons,
    documents,
    nights,
    repository,
    scripts,
    search,
    witnesses,
)
from harness.commands.options import PLACES, directory


class _Parser(argparse.ArgumentParser):
    """Takes options in full only: a shortened option could come to mean another one."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings, allow_abbrev=False)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Keep what follows `--` for a command that passes it on, which has such a default."""
        if self.get_default("passed_on") is None or "--" not in args:
            return super().parse_known_args(args, namespace)
        at = args.index("--")
        self.set_defaults(passed_on=tuple(args[at + 1 :]))
        return super().parse_known_args(args[:at], namespace)


def parser(description: str | None = None) -> argparse.ArgumentParser:
    """The parser of `python -m harness`; what it returns has the `command` to call with it."""
    top = _Parser(
        prog="state-harness",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("-v", "--verbose", action="store_true", help="show each command that is run")
    for name in PLACES:
        top.add_argument(
            f"--{name}", type=directory, metavar="DIR", help=f"in place of the project's {name}"
        )
    subcommands = top.add_subparsers(
        metavar="COMMAND",
        required=True,
        parser_class=_Parser,
    )
    for group in (checks, comparisons, scripts, repository, search, witnesses, nights, documents):
        group.add(subcommands)
    return top
