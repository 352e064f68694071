"""Writes the files of a report."""

from pathlib import Path

import msgspec

from harness.paths import write_whole
from harness.report.document import document
from harness.report.html import render
from harness.report.markdown import markdown
from harness.report.model import Report


def write_report(report: Report, directory: Path) -> list[Path]:
    """Write the page, the Markdown and the JSON of a report, each whole or not at all."""
    contents = {
        directory / "index.html": render(report).encode(),
        directory / "report.md": markdown(report).encode(),
        directory / "report.json": msgspec.json.encode(document(report)),
    }
    for path, data in contents.items():
        write_whole(path, data)
    return list(contents)
