"""Writes the files of a report."""

from pathlib import Path

import msgspec

from harness.paths import PROBE, write_whole
from harness.report.document import document
from harness.report.html import render
from harness.report.markdown import markdown
from harness.report.model import Report
from harness.report.page import SCRIPTS


def write_report(report: Report, directory: Path) -> list[Path]:
    """Write the page, the Markdown and the JSON of a report, each whole or not at all.

    Beside them the scripts of the scenarios, with what they need to be run alone: wherever the
    directory goes, the page's links lead somewhere.
    """
    contents = {
        directory / "index.html": render(report).encode(),
        directory / "report.md": markdown(report).encode(),
        directory / "report.json": msgspec.json.encode(document(report)),
    }
    for script in PROBE.joinpath("scenarios").glob("*.*"):
        write_whole(directory / SCRIPTS / script.name, script.read_bytes())
    for path, data in contents.items():
        write_whole(path, data)
    return list(contents)
