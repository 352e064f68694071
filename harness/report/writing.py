"""Writes the files of a report."""

from pathlib import Path

import msgspec

from harness.base.files import write_whole
from harness.base.project import SCENARIOS
from harness.report.badges import badges
from harness.report.behaviours import behaviours_document
from harness.report.document import document
from harness.report.feeds import feeds
from harness.report.html import render
from harness.report.markdown import markdown
from harness.report.model import Report
from harness.report.page import SCRIPTS


def write_report(report: Report, directory: Path, scenarios: Path = SCENARIOS) -> list[Path]:
    """Write the files of a report, each atomically; returns the paths of the main ones.

    The main ones are the page, the Markdown, and the report and the behaviours as JSON. Besides
    there are a feed for each family and a badge for each target.

    Also copies the canonical scripts and those of the project, of all families, with all files
    that they need, into one directory, so that the links of the page work also after it is moved.
    """
    contents = {
        directory / "index.html": render(report).encode(),
        directory / "report.md": markdown(report).encode(),
        directory / "report.json": msgspec.json.encode(document(report)),
        directory / "behaviours.json": msgspec.json.encode(behaviours_document(report)),
    }
    places = (SCENARIOS, scenarios)
    for script in (path for each in places for n in ("*.*", "*/*.py") for path in each.glob(n)):
        write_whole(directory / SCRIPTS / script.name, script.read_bytes())
    for name, data in (*feeds(report), *badges(report)):
        write_whole(directory / name, data)
    for path, data in contents.items():
        write_whole(path, data)
    return list(contents)
