"""Commands that write what people read."""

import argparse
import datetime
import gc
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.base.errors import UsageError
from harness.base.files import write_whole
from harness.commands.options import Context, add_names, context_of

if TYPE_CHECKING:
    from harness.commands.options import Parsers
    from harness.report.model import Report


def add(subcommands: "Parsers") -> None:
    """What is written for people."""
    command = subcommands.add_parser(
        "report", help="build results/report from the records at hand; runs nothing"
    )
    add_names(command, "or `all`; those with a record, if none is named")
    command.set_defaults(command=report)

    command = subcommands.add_parser("docs", help="write the tables of README.md and docs anew")
    command.set_defaults(command=docs)

    command = subcommands.add_parser(
        "fixtures", help="have releases write the files anew that the scenario older_files reads"
    )
    command.set_defaults(command=fixtures)


def report(options: argparse.Namespace) -> int:
    """Build the report from the records at hand, and show what it says."""
    from harness.report.summary import print_report
    from harness.report.terminal import console

    found, written = build_report(context_of(options), options.names)
    print_report(found, console())
    print(f"written: {', '.join(map(str, written))}")
    return found.exit_code


def docs(options: argparse.Namespace) -> int:
    """Write the generated parts of the documents anew."""
    context = context_of(options)
    context.project.require_checkout("docs")
    write_documents(context)
    return 0


def fixtures(options: argparse.Namespace) -> int:
    """Write the files of older releases anew."""
    from harness.upkeep.fixtures import write_fixtures

    context = context_of(options)
    context.project.require_checkout("fixtures")
    for path in write_fixtures(context.targets, context.project):
        print(f"written: {path}")
    return 0


def write_documents(context: Context) -> None:
    """Write the generated parts of the documents anew."""
    from harness.report.tables import documents

    found = documents(context.project, list(context.targets.values()), context.criteria)
    for path, text in found.items():
        write_whole(path, text.encode())


def build_report(context: Context, names: Sequence[str]) -> tuple["Report", list[Path]]:
    """Write the report on the records at hand. Raises UsageError if there are no results."""
    from harness.report.gather import gather

    results = context.project.results
    if not results.is_dir():
        what = "is no directory" if results.exists() else "is not there"
        raise UsageError(f"{results} {what}; `state-harness run tf-2.15` makes a first record")
    now = datetime.datetime.now(datetime.UTC)
    # hardly anything of a report refers to itself, and the collector would search all of it again
    # and again while it is made, and once more when Python ends
    gc.disable()
    try:
        found = gather(context.project, context.targets, context.criteria, names, now)
        return found, publish_report(found, context)
    finally:
        gc.freeze()
        gc.enable()


def publish_report(found: "Report", context: Context) -> list[Path]:
    """Write a report, and annotate the run of a workflow, if this is one."""
    from harness.report.summary import annotations
    from harness.report.writing import write_report

    project = context.project
    written = write_report(found, project.results / "report", project.scenarios)
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(found)))
    return written
