"""Takes the screenshots of the report that the README shows, from results/report.

    nox -s screenshots

In Debian's Chromium, 1440 x 900, light and dark.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

from harness.base.project import find_project

PROJECT = find_project(Path(__file__).parent)
PAGE = PROJECT.results / "report" / "index.html"


def main() -> None:
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("there is no chromium: apt-get install chromium")
    if not PAGE.exists():
        sys.exit(f"{PAGE} is not there: nox -s report")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": 1440, "height": 900},
                color_scheme="light" if scheme == "light" else "dark",
            )
            page.goto(PAGE.as_uri())
            page.screenshot(path=PROJECT.root / "docs" / f"report-{scheme}.png")
        browser.close()


if __name__ == "__main__":
    main()
