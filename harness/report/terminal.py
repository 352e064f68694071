"""Verdicts as tables for a terminal of 80 columns or a pipe, with rich."""

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from harness.changes import Outcome, Standing, Verdict
from harness.check import Checked

if TYPE_CHECKING:
    from harness.matrix import Progress

STYLES = {
    Standing.UNCHANGED: "green",
    Standing.FIXED: "cyan",
    Standing.REGRESSED: "bold red",
    Standing.INCONCLUSIVE: "yellow",
}
LABEL = 34  # columns for the names of steps
NOT_CHECKED = "!"  # in the matrix, a target that could not be checked
NOT_THERE = " "  # in the matrix, a step that a target does not have


def console() -> Console:
    """The terminal, or a pipe; rich itself heeds NO_COLOR and the width."""
    return Console(highlight=False, soft_wrap=False)


def print_checked(checked: Checked, out: Console) -> None:
    """The table of one target, then one line that says it all."""
    if checked.failure is not None:
        out.print(Text(f"{checked.target}: could not be checked: {checked.failure}", "yellow"))
        return
    print_verdicts(checked.verdicts, out)
    out.print(sentence(checked.verdicts))
    out.print(Text(_line(checked), STYLES[_standing(checked)]))


def print_verdicts(verdicts: Sequence[Verdict], out: Console) -> None:
    """Under each scenario and variant its steps, with mean, baseline, difference and verdict."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("scenario, variant, step", width=31, overflow="fold")
    for name, width in (("mean", 11), ("baseline", 11), ("differ.", 7)):
        table.add_column(name, justify="right", width=width)
    table.add_column("verdict", width=16)
    for (scenario, variant), group in itertools.groupby(
        verdicts, lambda verdict: (verdict.scenario, verdict.variant)
    ):
        table.add_row(Text(f"{scenario} {variant}".rstrip(), "bold"))
        for verdict in group:
            table.add_row(
                Text(verdict.step),
                _number(verdict.mean),
                _number(verdict.baseline),
                "" if verdict.difference is None else f"{verdict.difference:.0e}",
                Text(verdict.outcome, STYLES[verdict.outcome.standing]),
            )
    out.print(table)


@contextlib.contextmanager
def progress(out: Console, total: int) -> Iterator[Callable[["Progress"], None]]:
    """A bar with the time left where there is a terminal, and a line for each target done."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("left:"), TimeRemainingColumn())
    with Bar(*columns, console=out, disable=not out.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def show(now: "Progress") -> None:
            bar.update(task, completed=now.done)
            left = "done earlier" if now.earlier else f"about {now.seconds_left:.0f} s left"
            text = f"[{now.done}/{now.total}, {left}] {_line(now.checked)}"
            out.print(Text(text, STYLES[_standing(now.checked)]))

        yield show


def print_matrix(done: Sequence[Checked], out: Console) -> None:
    """Steps down, targets across, a sign for each outcome; then totals that add up."""
    signs = {
        (checked.target, (v.scenario, v.variant), v.step): v.outcome
        for checked in done
        for v in checked.verdicts
    }
    failed = {checked.target for checked in done if checked.failure is not None}
    steps: dict[tuple[str, str], dict[str, None]] = {}
    for _, where, step in signs:
        steps.setdefault(where, {})[step] = None
    names = [checked.target for checked in done]
    width = max(out.width - LABEL, 1)
    for block in (names[at : at + width] for at in range(0, len(names), width)):
        for line in _vertical(block):
            out.print(Text(" " * LABEL + line))
        for where, its_steps in steps.items():
            out.print(Text(" ".join(where).rstrip(), "bold"))
            for step in its_steps:
                row = Text(f"  {step[: LABEL - 3]}".ljust(LABEL))
                for name in block:
                    outcome = signs.get((name, where, step))
                    if outcome is not None:
                        row.append(outcome.sign, STYLES[outcome.standing])
                    else:
                        row.append(NOT_CHECKED if name in failed else NOT_THERE, "yellow")
                out.print(row)
    legend = ", ".join(f"{outcome.sign} {outcome}" for outcome in Outcome)
    out.print(f"{legend}, {NOT_CHECKED} target not checked", style="dim")
    for checked in done:
        if checked.failure is not None or checked.exit_code != 0:
            out.print(Text(_line(checked), STYLES[_standing(checked)]))
    verdicts = [verdict for checked in done for verdict in checked.verdicts]
    standings = Counter(_standing(checked) for checked in done)
    counted = ", ".join(f"{standings[s]} {s}" for s in Standing)
    out.print(f"{len(done)} targets: {counted}", style="bold")
    out.print(sentence(verdicts), style="bold")


def sentence(verdicts: Sequence[Verdict]) -> str:
    """All verdicts in one line, `78 observations: 75 identical, 3 raises (78 unchanged, ...)`."""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    standings = Counter(verdict.outcome.standing for verdict in verdicts)
    parts = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
    totals = ", ".join(f"{standings[standing]} {standing}" for standing in Standing)
    return f"{len(verdicts)} observations: {parts or 'none'} ({totals})"


def _line(checked: Checked) -> str:
    if checked.failure is not None:
        reason = checked.failure.strip().splitlines()[0]
        return f"{checked.target}: could not be checked: {reason}"
    how = "passed" if checked.exit_code == 0 else _standing(checked).upper()
    standings = Counter(verdict.outcome.standing for verdict in checked.verdicts)
    counted = ", ".join(f"{standings[s]} {s}" for s in Standing if standings[s])
    return f"{checked.target} {how} in {checked.seconds:.1f} s: {counted}"


def _standing(checked: Checked) -> Standing:
    """The standing of a whole target: that of its worst observation."""
    if checked.failure is not None:
        return Standing.INCONCLUSIVE
    found = {verdict.outcome.standing for verdict in checked.verdicts}
    worst_first = (Standing.REGRESSED, Standing.INCONCLUSIVE, Standing.FIXED)
    return next((standing for standing in worst_first if standing in found), Standing.UNCHANGED)


def _vertical(names: Sequence[str]) -> Iterator[str]:
    """The names written downwards, one column each, without the part that all share."""
    prefix = len("tf-") if all(name.startswith("tf-") for name in names) else 0
    short = [name[prefix:] for name in names]
    height = max(map(len, short), default=0)
    for line in zip(*(name.rjust(height) for name in short), strict=True):
        yield "".join(line)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.8f}"
