"""Verdicts as tables for a terminal of 80 columns or a pipe."""

import contextlib
import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.progress import Progress as Bar
from rich.table import Table
from rich.text import Text

from harness.base.words import and_more, counted, listed, printable
from harness.judging.audit import Audit
from harness.judging.history import Stretch
from harness.judging.judge import REPRODUCED
from harness.judging.known import Knowledge
from harness.judging.verdicts import (
    INTERNALS,
    ORACLE,
    WORST_FIRST,
    Axis,
    Outcome,
    Standing,
    Verdict,
)
from harness.running.results import Checked

if TYPE_CHECKING:
    from harness.running.matrix import Progress

STYLES = {
    Standing.UNCHANGED: "green",
    Standing.NOTICED: "blue",
    Standing.FIXED: "cyan",
    Standing.REGRESSED: "bold red",
    Standing.INCONCLUSIVE: "yellow",
    Standing.NOT_RUN: "dim",
}
QUIET = (Axis.WATCH, Axis.ORACLE)  # shown step by step only where something differs
REASONS = 8  # differences of a target that are printed with their reason
NAMED = 8  # scenarios that a run left out
LABEL = 34  # columns for the names of steps
NOT_THERE = " "  # the sign in the matrix of a step that a target does not have


class _Console(Console):
    """A console that leaves a closed pipe to the caller; rich itself would exit with 1."""

    def on_broken_pipe(self) -> None:
        raise BrokenPipeError


def console() -> Console:
    """A console for standard output; rich itself obeys NO_COLOR and the width."""
    return _Console(highlight=False, soft_wrap=False)


def print_checked(checked: Checked, out: Console) -> None:
    """The table of one target, its differences with their reasons, then a line of totals."""
    if checked.failure is not None:
        out.print(Text(f"{checked.target}: could not be checked: {checked.failure}", "yellow"))
        out.print(_outcomes(checked.verdicts))
        return
    print_verdicts(checked.verdicts, out)
    print_reasons(checked.verdicts, out)
    out.print(_outcomes(checked.verdicts))
    out.print(Text(_line(checked), STYLES[checked.standing]))


def print_reasons(verdicts: Sequence[Verdict], out: Console) -> None:
    """The first REASONS differences, the worst standing first, and the number of the others."""
    differing = [
        v for v in verdicts if not (v.outcome.silent or v.outcome.standing is Standing.UNCHANGED)
    ]
    differing.sort(key=lambda verdict: WORST_FIRST.index(verdict.outcome.standing))
    for verdict in differing[:REASONS]:
        out.print(Text(f"  {verdict}", STYLES[verdict.outcome.standing]))
    if len(differing) > REASONS:
        text = and_more("  ...", len(differing) - REASONS)
        out.print(f"{text}, in verdicts.json and junit.xml")
        sources = [v.step for v in differing[REASONS:] if v.outcome is Outcome.BODY_CHANGED]
        if sources:  # a changed source may be the cause of the other differences
            out.print(Text(f"  the source differs: {', '.join(sources[:REASONS])}", "bold"))


def print_verdicts(verdicts: Sequence[Verdict], out: Console) -> None:
    """The steps of each scenario and variant, with mean, baseline, difference and verdict.

    Of the hundreds of internals only those that are not unchanged have a row.
    """
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0))
    table.add_column("scenario, variant, step", width=30, overflow="fold")
    for name, width in (("mean", 11), ("baseline", 11), ("max diff", 8)):
        table.add_column(name, justify="right", width=width)
    table.add_column("verdict", width=16)
    rows = _worth_a_row(verdicts)
    for heading, group in itertools.groupby(rows, lambda verdict: verdict.heading):
        table.add_row(Text(" ".join(heading).rstrip(), "bold"))
        for verdict in group:
            table.add_row(
                Text(printable(verdict.listed_step)),
                _number(verdict.mean),
                _number(verdict.baseline),
                "" if verdict.difference is None else f"{verdict.difference:.0e}",
                Text(verdict.outcome, STYLES[verdict.outcome.standing]),
            )
    out.print(table)
    _print_rest(verdicts, out)


@contextlib.contextmanager
def progress(out: Console, total: int) -> Iterator[Callable[["Progress"], None]]:
    """A line for each target done and, on a terminal, a bar with the time left."""
    columns = (BarColumn(), MofNCompleteColumn(), TextColumn("left:"), TimeRemainingColumn())
    with Bar(*columns, console=out, disable=not out.is_terminal) as bar:
        task = bar.add_task("", total=total)

        def show(now: "Progress") -> None:
            bar.update(task, completed=now.done)
            left = "done earlier" if now.earlier else f"about {now.seconds_left:.0f} s left"
            text = f"[{now.done}/{now.total}, {left}] {_line(now.checked)}"
            out.print(Text(text, STYLES[now.checked.standing]))

        yield show


def print_matrix(done: Sequence[Checked], out: Console) -> None:
    """The matrix, with a row for each step and a column for each target, and the totals."""
    verdicts = [verdict for checked in done for verdict in checked.verdicts]
    _print_signs(done, out)
    _print_rest([v for c in done if c.failure is None for v in c.verdicts], out)
    out.print(", ".join(f"{outcome.sign} {outcome}" for outcome in Outcome), style="dim")
    for checked in done:
        if checked.exit_code != 0:
            out.print(Text(_line(checked), STYLES[checked.standing]))
            if checked.failure is None:
                print_reasons(checked.verdicts, out)
    out.print(_outcomes(verdicts))
    standings = _standings(verdict.outcome.standing for verdict in verdicts)
    targets = _standings(checked.standing for checked in done)
    out.print(f"{counted(len(verdicts), 'observation')}: {standings}", style="bold")
    in_part = any(verdict.outcome is Outcome.LEFT_OUT for verdict in verdicts)
    what = f"{counted(len(done), 'target')}{', in part' if in_part else ''}"
    out.print(f"{what}: {targets}", style="bold")


def _print_signs(done: Sequence[Checked], out: Console) -> None:
    verdicts = [v for checked in done if checked.failure is None for v in checked.verdicts]
    shown = {(v.heading, v.step) for v in _worth_a_row(verdicts)}
    signs = {
        (checked.target, v.heading, v.listed_step): v.outcome
        for checked in done
        for v in checked.verdicts
        if (v.heading, v.step) in shown
    }
    failed = {
        c.target: next((v.outcome for v in c.verdicts), Outcome.CRASHED)
        for c in done
        if c.failure is not None
    }
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
                row = Text(f"  {printable(step)[: LABEL - 3]}".ljust(LABEL))
                for name in block:
                    outcome = signs.get((name, where, step), failed.get(name))
                    if outcome is None:
                        row.append(NOT_THERE)
                    else:
                        row.append(outcome.sign, STYLES[outcome.standing])
                out.print(row)


def _worth_a_row(verdicts: Sequence[Verdict]) -> list[Verdict]:
    """The verdicts with a row of their own.

    Internals and the oracle, which would fill screens, have a row only if a target differs.
    """
    quiet = (Standing.UNCHANGED, Standing.NOT_RUN)
    changed = {(v.heading, v.step) for v in verdicts if v.outcome.standing not in quiet}
    return [
        v
        for v in verdicts
        if (v.heading, v.step) in changed
        or (v.axis not in QUIET and v.outcome is not Outcome.LEFT_OUT)
    ]


def _print_rest(verdicts: Sequence[Verdict], out: Console) -> None:
    """A line for each kind of verdicts without rows: internals, noise, the oracle, left out."""
    watched = [v for v in verdicts if v.axis is Axis.WATCH and not v.outcome.silent]
    rest = {v.step: v.reason for v in watched}
    for verdict in _worth_a_row(watched):
        rest.pop(verdict.step, None)
    hidden = sum(map(bool, rest.values()))
    text = f" unchanged: {len(rest)}, of which could not be inspected: {hidden}"
    out.print(Text.assemble((INTERNALS, "bold"), text))
    noise = [v.noise for v in verdicts if v.noise is not None]
    if noise:
        text = f" between two runs: in {sum(map(bool, noise))} of "
        text += f"{counted(len(noise), 'reproducible step')}, "
        out.print(Text.assemble(("noise", "bold"), f"{text}at most {max(noise):.1f} ULP"))
    if once := sum(v.reason == REPRODUCED for v in verdicts):
        text = f" by one run: {counted(once, 'step')}, equal to the baseline of another day"
        out.print(Text.assemble(("reproduced", "bold"), text))
    compared = [v for v in verdicts if v.axis is Axis.ORACLE and v.outcome is not Outcome.LEFT_OUT]
    near = [v.ulp for v in compared if v.ulp is not None and v.outcome is Outcome.EQUAL]
    if compared:
        nothing = sum(v.outcome is Outcome.NOT_APPLICABLE for v in compared)
        text = f" agrees: {len(near)}, at most {max(near, default=0):.1f} ULP away; "
        out.print(Text.assemble((ORACLE, "bold"), f"{text}nothing to compare: {nothing}"))
    left_out = dict.fromkeys(v.heading for v in verdicts if v.outcome is Outcome.LEFT_OUT)
    if left_out:
        names = listed([" ".join(heading).rstrip() for heading in left_out], NAMED)
        out.print(Text.assemble(("left out", "bold"), f": {names}"), soft_wrap=True)


def print_markdown(text: str, out: Console) -> None:
    """Markdown, formatted on a terminal and unchanged in a pipe."""
    if out.is_terminal:
        from rich.markdown import Markdown

        out.print(Markdown(text))
    else:
        out.file.write(text)


def print_audit(found: Audit, out: Console) -> None:
    """A line for each alarm, then the number of alarms of each kind."""
    for each in found.unknown:
        change = each.attributed.change
        text = f"unknown: {each.before} -> {each.after}: {change.where}: {change}"
        out.print(Text(" ".join(text.split()), "bold red"), soft_wrap=True)
    for known, line in found.idle:
        out.print(Text(f"matches nothing: {known.title}: {line}", "yellow"), soft_wrap=True)
    for known in found.expired:
        out.print(Text(f"expired on {known.expires}: {known.title}", "yellow"), soft_wrap=True)
    counts = ", ".join(f"{found.findings[each]} {each}" for each in Knowledge)
    findings = counted(sum(found.findings.values()), "finding")
    out.print(
        f"{findings} between neighbouring targets: {counts}\n"
        f"entries that a person has looked at: {found.entries}, expired: {len(found.expired)}; "
        f"lines that match nothing: {len(found.idle)}",
        style="bold",
        soft_wrap=True,
    )


def print_history(family: str, history: Iterable[Stretch], out: Console, *, full: bool) -> None:
    """A line for each stretch: its targets, the kinds of its changes, and its definition."""
    out.print(Text(family, "bold"))
    found = list(history)
    if not found:
        out.print("  no baseline")
    for stretch in found:
        kinds = ", ".join(change.kind for change in stretch.changes) or "-"
        out.print(Text(f"  {stretch.span:32} {kinds:26} {stretch.described}"), soft_wrap=True)
        for change in stretch.changes if full else ():
            lines = change.diff() if "\n" in change.before + change.after else [str(change)]
            out.print(Text("\n".join(f"      {line}" for line in lines)), soft_wrap=True)


def _outcomes(verdicts: Sequence[Verdict]) -> str:
    """All verdicts counted, e.g. `78 observations: 75 identical, 3 raises`."""
    outcomes = Counter(verdict.outcome for verdict in verdicts)
    parts = ", ".join(f"{outcomes[outcome]} {outcome}" for outcome in Outcome if outcomes[outcome])
    return f"{counted(len(verdicts), 'observation')}: {parts or 'none'}"


def _standings(standings: Iterable[Standing]) -> str:
    """The number of each standing, zeros included."""
    counted = Counter(standings)
    return ", ".join(f"{counted[standing]} {standing}" for standing in Standing)


def _line(checked: Checked) -> str:
    if checked.failure is not None:
        reason = checked.failure.strip().splitlines()[0]
        return f"{checked.target}: could not be checked: {reason}"
    how = "passed" if checked.exit_code == 0 else checked.standing.upper()
    standings = Counter(verdict.outcome.standing for verdict in checked.verdicts)
    counted = ", ".join(f"{standings[s]} {s}" for s in Standing if standings[s])
    return f"{checked.target} {how} in {checked.seconds:.1f} s: {counted}"


def _vertical(names: Sequence[str]) -> Iterator[str]:
    """The names written downwards, one column each; `tf-` is omitted if all begin with it."""
    prefix = len("tf-") if all(name.startswith("tf-") for name in names) else 0
    short = [name[prefix:] for name in names]
    height = max(map(len, short), default=0)
    for line in zip(*(name.rjust(height) for name in short), strict=True):
        yield "".join(line)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.8f}"
