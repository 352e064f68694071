"""The scripts of a repository and their baselines as one HTML page, which loads no other file."""

import os
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from urllib.parse import quote

from harness.base.words import printable
from harness.judging.held import Held
from harness.report.environment import pages
from harness.report.held import accepting, by_script, gone, headline, standings, telling, title
from harness.report.script_page import SOURCE
from harness.report.scripts import short


def held_page(found: Sequence[Held], orphans: Sequence[Path]) -> str:
    """The page as text. It links to the page of each script, which lies below its directory."""
    environment = pages()
    environment.filters.update(
        short=lambda statement: short(statement, SOURCE),
        title=title,
        accepting=accepting,
        # as the file system has it, since a name need not be UTF-8
        page=lambda script: quote(
            os.fsencode(PurePosixPath(script).with_suffix("") / "index.html")
        ),
    )
    page = environment.get_template("held.html.jinja").render(
        headline=headline(found),
        good=not telling(found) and not orphans,
        scripts={script: list(standings(each)) for script, each in by_script(found).items()},
        telling=telling(found),
        orphans=[gone(path) for path in orphans],
    )
    return printable(page)


def _page(script: str) -> str:
    """The address of the page of a script, whose name need not be UTF-8."""
    return quote(os.fsencode(PurePosixPath(script).with_suffix("") / "index.html"))
