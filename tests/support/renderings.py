"""The renderings of a report as text."""

import io
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import html5lib
import msgspec
from rich.console import Console

from harness.judging.changes import ChangeKind
from harness.judging.verdicts import Outcome
from harness.observing.records import Error
from harness.report.document import document
from harness.report.legible import legible
from harness.report.model import Report
from harness.report.summary import print_report
from tests.support.makers import verdict
from tests.support.reports import comparison, every_outcome, finding, large, report, target_report

MARKUP = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(1)> ]]> | `*_ @user %0A::error"
)

EVIL = f"{MARKUP} \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m \x00 \x85 \u202e \ud800 \uffff"

NAMESPACE = "{http://www.w3.org/1999/xhtml}"

EMPTY = report()


def printed(show: Callable[[Console], None]) -> str:
    """The output on a pipe of 80 columns."""
    stream = io.StringIO()
    show(Console(width=80, file=stream, highlight=False))
    return stream.getvalue()


def terminal(shown: Report) -> str:
    return printed(lambda out: print_report(shown, out))


def parsed(page: str) -> Any:
    """The page's elements. Raises for the first invalid part of the page."""
    return html5lib.HTMLParser(strict=True).parse(page)


def data_of(page: str) -> Any:
    """The page's data, with its texts whole."""
    [element] = [e for e in parsed(page).iter(f"{NAMESPACE}script") if e.get("id") == "data"]
    data = json.loads(element.text)
    texts = data["texts"]
    for at, lines in enumerate(texts):
        if isinstance(lines, list):
            texts[at] = "\n".join(texts[line] for line in lines)
    return data


REPORTS = {"every outcome": every_outcome(), "nothing": EMPTY, "large": large(9, 40)}


def evil() -> Report:
    """A report on records all of whose texts contain markup or control characters."""
    error = Error(type=EVIL, message=EVIL)
    verdicts = [
        verdict(outcome, EVIL, scenario=f"s{EVIL}", variant=EVIL, reason=f"{EVIL}\n{EVIL}")
        for outcome in (Outcome.NEWLY_RAISES, Outcome.CRASHED)
    ]
    target = replace(target_report("tf-2.15", *verdicts, error=error), reason=EVIL, keras=EVIL)
    change = finding(ChangeKind.VALUES, EVIL, scenario=EVIL, before=EVIL, after=EVIL)
    shown = report(target, comparisons=[comparison(MARKUP, "tf-2.15", change, lost=[EVIL])])
    return legible(replace(shown, refused=(EVIL,), uncompared=((EVIL, EVIL, EVIL),)))


def plain(shown: Report) -> Any:
    """The document, encoded to JSON and decoded again."""
    return json.loads(msgspec.json.encode(document(shown)))
