"""A report on a terminal of 80 columns or a pipe, and as annotations of a workflow on GitHub."""

from collections.abc import Iterator, Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.base.words import and_more, listed
from harness.judging.verdicts import Standing
from harness.report.actions import (
    actions,
    headline,
    merged,
    shown,
    suspects,
    unfinished,
)
from harness.report.escaping import command_data, command_property, line
from harness.report.model import KINDS, Report, totals
from harness.report.terminal import STYLES

SHOWN = 12  # actions
CAUSES = 12
REASON = 300  # characters
NAMED = 5  # targets
ANNOTATIONS = 10  # of one kind; GitHub's limit for a step of a job


def print_report(report: Report, out: Console) -> None:
    """The actions, the most harmful causes of changes, and the totals."""
    found = merged(actions(report))
    for name, targets in suspects(report).items():
        out.print(Text(f"the source of {name} differs on {_names(tuple(targets))}", "bold"))
    for action in shown(found, SHOWN):
        style = STYLES[action.outcome.standing]
        out.print(Text(f"{action.outcome.sign} {action.outcome}: {_short(action.place)}", style))
        out.print(Text(f"    on {_names(action.targets)}"))
        if action.reason:
            out.print(Text(f"    {_short(action.reason)}"))
        out.print(Text(f"    {action.command}", "dim"))
    if len(found) > SHOWN:
        out.print(f"{and_more('...', len(found) - SHOWN)}, in report.md and index.html")
    unchecked = unfinished(report)
    for target in unchecked[:SHOWN]:
        text = f"{target.name} ({target.standing}): {_short(target.reason)}"
        out.print(Text(text, STYLES[target.standing]))
    if len(unchecked) > SHOWN:
        text = and_more("...", len(unchecked) - SHOWN, "target")
        out.print(f"{text}, in index.html")
    for why in report.refused:
        out.print(Text(f"not read: {_short(why)}", STYLES[Standing.INCONCLUSIVE]))
    if report.causes:
        out.print(_causes(report))
    _print_totals(report, out)
    out.print(Text(headline(report), "bold"))


def annotations(report: Report) -> Iterator[str]:
    """Workflow commands: an error for each regression, a warning for each check that is missing."""
    left = {"error": ANNOTATIONS, "warning": ANNOTATIONS}
    for action in merged(actions(report)):
        level = "error" if action.outcome.standing is Standing.REGRESSED else "warning"
        if action.outcome.standing is not Standing.FIXED and left[level]:
            left[level] -= 1
            title = command_property(_short(f"{action.outcome}: {action.place}"))
            text = f"{_names(action.targets)}: {_short(action.reason)}\n{action.command}"
            yield f"::{level} title={title}::{command_data(text)}"
    for target in unfinished(report):
        title = command_property(f"{target.name}: {target.standing}")
        yield f"::warning title={title}::{command_data(_short(target.reason))}"


def _causes(report: Report) -> Table:
    """The most harmful causes: of known changes, then of changes that nobody has looked at."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("at", no_wrap=True)
    table.add_column("causes of changes, and what to write instead", overflow="fold")
    known = [(each.at[0], each.seen[0][1]) for each in report.explained]
    unknown = [(comparison.after, cause) for comparison, cause in report.unknown]
    for found in (known, unknown):
        for at, cause in found[:CAUSES]:
            about = f"{cause.effect}; {cause.release}; {cause.extent}; {cause.knowledge}"
            what = Text(f"{_short(cause.title)} ({about})")
            if cause.known:
                what.append(f"\ninstead: {cause.known.instead}", "dim")
            table.add_row(Text(at), what)
        if len(found) > CAUSES:
            more = and_more("...", len(found) - CAUSES, f"{found[0][1].knowledge} cause")
            table.add_row("", f"{more}, in report.md and index.html")
    return table


def _print_totals(report: Report, out: Console) -> None:
    counted = totals(report)
    _count(out, "observations", counted.observations)
    _count(out, "targets", counted.targets)
    kinds = ", ".join(f"{counted.kinds[kind]} {kind}" for kind in KINDS if counted.kinds[kind])
    out.print(f"{counted.in_words}; {kinds or 'none'}", markup=False)


def _count(out: Console, name: str, counts: Mapping[Standing, int]) -> None:
    parts = ", ".join(f"{counts[standing]} {standing}" for standing in Standing)
    out.print(f"{sum(counts.values())} {name}: {parts}", style="bold", markup=False)


def _short(text: str) -> str:
    return line(text, REASON)


def _names(names: tuple[str, ...]) -> str:
    return listed(names, NAMED)
