"""What several commands take from the command line."""

import argparse
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.project import Project, find_project
from harness.environments.targets import Target, load_targets, named
from harness.judging.criteria import Criteria, load_criteria
from harness.observing.probing import Limits
from harness.observing.snapshots import RUNS

if TYPE_CHECKING:
    from harness.running.parcels import Cluster

    Options = argparse._ActionsContainer  # noqa: SLF001 - a parser, or a group of its options
    Parsers = argparse._SubParsersAction[argparse.ArgumentParser]  # noqa: SLF001 - its only name

SECONDS = 60  # for one scenario in one variant
SCRIPT_SECONDS = 300  # for one run of a script of a user
PLACES = ("environments", "results", "baselines")  # that an option can set for one run


@dataclass(frozen=True, kw_only=True)
class Context:
    """The files of a project, read once: what every command stands on."""

    project: Project
    targets: dict[str, Target]
    criteria: Criteria

    def target(self, name: str) -> Target:
        """The target of a name or release. Raises UsageError."""
        return named(self.targets.values(), name)


def context_of(options: argparse.Namespace) -> Context:
    """The project at the working directory, with the places that options name.

    Raises UsageError if one of its files cannot be read, or if a path cannot be written in a file.
    """
    places = {name: getattr(options, name) for name in PLACES if getattr(options, name)}
    project = find_project(Path.cwd()).with_places(**places)
    for path in (project.root, *(getattr(project, name) for name in PLACES)):
        try:
            str(path).encode()
        except UnicodeEncodeError as error:
            raise UsageError(f"{path}: is no UTF-8 text: name another directory") from error
    targets = load_targets(project.targets)
    return Context(project=project, targets=targets, criteria=load_criteria(project, targets))


def limits_of(options: argparse.Namespace) -> Limits:
    return Limits(scenario=options.time_limit or SECONDS)


def limits(
    seconds: int | None = SECONDS, said: str = "%(default)s seconds"
) -> argparse.ArgumentParser:
    """The arguments of whatever runs targets; `seconds` is the default time limit."""
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
        default=seconds,
        metavar="SECONDS",
        help=f"for one scenario in one variant, or one run of a script (default: {said})",
    )
    return arguments


def runs() -> argparse.ArgumentParser:
    """The argument of whatever holds targets against their baselines."""
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument(
        "--runs",
        type=_several,
        metavar="N",
        help=f"run every scenario N times (default: {RUNS} times, or once where that equals the "
        "baseline)",
    )
    return arguments


def style() -> argparse.ArgumentParser:
    """The arguments of whatever prints a comparison."""
    arguments = argparse.ArgumentParser(add_help=False)
    arguments.add_argument("--format", choices=("text", "markdown", "json"), default="text")
    return arguments


def add_names(subcommand: argparse.ArgumentParser, about: str) -> None:
    subcommand.add_argument("names", nargs="*", metavar="TARGET_OR_FAMILY", help=about)


def add_dask(options: "Options", does: str) -> None:
    """The option that `cluster_of` reads."""
    options.add_argument(
        "--dask",
        metavar="ADDRESS",
        help=f"{does} on the workers of a Dask cluster, by the address of its scheduler; "
        "--environments is then a directory of the workers",
    )


def cluster_of(options: argparse.Namespace) -> "Cluster | None":
    if options.dask is None:
        return None
    from harness.running.parcels import Cluster

    return Cluster(address=options.dask, environments=options.environments)


def directory(text: str) -> Path:
    """A path of an option; an empty one would be the working directory, which nobody means."""
    if not text.strip():
        raise argparse.ArgumentTypeError("the name of the directory is empty")
    return Path(text).absolute()


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 1 on")
    return int(text)


def natural(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from 0 on")
    return int(text)


def tell(line: str) -> None:
    """Print a line on how far a search is."""
    print(line, file=sys.stderr, flush=True)


def _several(text: str) -> int:
    """A number of runs; a single one never shows whether a step is reproducible."""
    if positive(text) < RUNS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number from {RUNS} on")
    return int(text)
