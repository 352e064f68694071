"""Writes the files of a report."""

from pathlib import Path

import msgspec

from harness.report.document import document
from harness.report.html import render
from harness.report.markdown import markdown
from harness.report.model import Report


def write_report(report: Report, directory: Path) -> list[Path]:
    """Write the page, the Markdown and the JSON of a report, each whole or not at all."""
    directory.mkdir(parents=True, exist_ok=True)
    contents = {
        "index.html": render(report).encode(),
        "report.md": markdown(report).encode(),
        "report.json": msgspec.json.encode(document(report)),
    }
    written = []
    for name, data in contents.items():
        path = directory / name
        beside = path.with_name(f"{name}.part")
        beside.write_bytes(data)
        beside.replace(path)
        written.append(path)
    return written
