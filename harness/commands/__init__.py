"""The commands: each module has the arguments of some and what they do.

A command chooses targets, has the work done, and shows what comes of it.
"""

import argparse
from pathlib import Path

from harness.commands import checks, comparisons, documents, nights
from harness.paths import Workspace


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
    for group in (checks, comparisons, nights, documents):
        group.add(subcommands)
    return top
