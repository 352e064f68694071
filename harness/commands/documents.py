"""Commands that write what people read."""

import argparse
import datetime
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.commands.options import add_names
from harness.errors import UsageError

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


def report(options: argparse.Namespace) -> int:
    """Build the report from the records at hand, and show what it says."""
    from harness.report.summary import print_report
    from harness.report.terminal import console

    found, written = build_report(options, options.names)
    print_report(found, console())
    print(f"written: {', '.join(map(str, written))}")
    return found.exit_code


def docs(options: argparse.Namespace) -> int:
    """Write the generated parts of the documents anew."""
    from harness.report.tables import documents

    for path, text in documents(options.baselines).items():
        path.write_text(text, encoding="utf-8")
    return 0


def build_report(options: argparse.Namespace, names: Sequence[str]) -> tuple["Report", list[Path]]:
    """Write the report on the records at hand, and annotate the run of a workflow, if it is one.

    Raises UsageError if there is no directory of records.
    """
    from harness.report.gather import gather
    from harness.report.summary import annotations
    from harness.report.writing import write_report

    if not options.results.is_dir():
        what = "is no directory" if options.results.exists() else "is not there"
        raise UsageError(f"{options.results} {what}; `nox -s tf-2.15` makes a first record")
    now = datetime.datetime.now(datetime.UTC)
    found = gather(options.results, options.baselines, names, now)
    written = write_report(found, options.results / "report")
    if os.environ.get("GITHUB_ACTIONS") == "true":
        print("\n".join(annotations(found)))
    return found, written
