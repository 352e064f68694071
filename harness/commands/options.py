"""What several commands take from the command line."""

import argparse
import os
from typing import TYPE_CHECKING

from harness.paths import Workspace
from harness.targets import Target, load_targets, named

if TYPE_CHECKING:
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name


def limits() -> argparse.ArgumentParser:
    """The arguments of whatever runs targets."""
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument(
        "--jobs",
        type=positive,
        default=len(os.sched_getaffinity(0)),
        metavar="N",
        help="how many targets or scenarios run at once (default: %(default)s, the cores)",
    )
    arguments.add_argument(
        "--time-limit",
        type=positive,
        default=60,
        metavar="SECONDS",
        help="for one scenario in one variant (default: %(default)s)",
    )
    return arguments


def style() -> argparse.ArgumentParser:
    """The arguments of whatever prints a comparison."""
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    return arguments


def add_names(subcommand: argparse.ArgumentParser, about: str) -> None:
    subcommand.add_argument("names", nargs="*", metavar="TARGET_OR_FAMILY", help=about)


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def workspace_of(options: argparse.Namespace) -> Workspace:
    return Workspace(
        environments=options.environments.absolute(),
        results=options.results.absolute(),
        baselines=options.baselines.absolute(),
    )


def target_named(name: str) -> Target:
    return named(load_targets().values(), name)
