"""A plain script on many targets as text, as Markdown, and as plain data for JSON."""

import re
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from harness.base.words import counted, json_number, listed, printable
from harness.judging.deprecations import Deprecation, warned_of
from harness.judging.differences import Sort
from harness.judging.divergence import Boundary, Divergence
from harness.judging.explained import Explanation
from harness.judging.tried import LOST, Comparison, Crossing, Row
from harness.observing.records import Statement
from harness.report.escaping import cell, code, line, plain

SCHEMA_VERSION = 1
WIDTH = 80
SHOWN = 6  # differences of a statement
FOLLOWING = 8  # statements that follow from another
# the lines of a loop or `with` block up to the one that ends with a colon, or a colon and a comment
HEAD = re.compile(r"\s*(?:for|while|with)\b.*?:(?=[ \t]*(?:#[^\n]*)?\n)", re.DOTALL)
LEGEND = (
    ("letters", "equal letters: results that agree; capitals: errors"),
    ("~", "~ other values in each run: not compared"),
    ("?", "? differs by less than the rounding of what it reads: not compared"),
    (".", ". not reached"),
    ("!", "! the script was ended here"),
)


def headline(found: Comparison, script: str) -> str:
    """The finding in one sentence."""
    parts = [_first_of(each.between) for each in found.crossings]
    if found.traces and not found.readable:
        parts.append("could not be read as Python" if found.rows else "has no statement")
    elif len(found.traces) == 1:
        parts.append("nothing to compare with")
    elif found.traces and not found.differs:
        whole = not (found.not_compared or found.ended)
        parts.append("does the same everywhere" if whole else "no difference")
    if found.ends and not found.differs:
        parts.append(found.ends)
    if found.not_compared:
        count = counted(len(found.not_compared), "statement")
        parts.append(f"{count} not compared, or not whole")
    if found.ended:
        parts.append(f"ended early on {listed(list(found.ended), 5)}")
    if found.failures:
        parts.append(f"did not run on {listed(list(found.failures), 5)}")
    return f"{script} on {counted(len(found.traces), 'target')}: {'; '.join(parts)}."


def _first_of(between: Boundary) -> str:
    """The statement that differs first, and the first that raises an error."""
    begin = [each for each in between.divergences if each.follows is None]
    raises = next((each for each in begin if _newly_raises(each, between)), None)
    parts = [] if raises is begin[0] else [f"goes another way at {place(begin[0].statement)}"]
    if raises:
        result = between.after.results[raises.statement.name].result
        kind = result.error.type if result.error else ""
        within = f" (in line {raises.raised.line})" if raises.raised else ""
        parts.append(f"raises {kind} at {place(raises.statement)}{within}")
    return f"{' and '.join(parts)} on {between.after.target}"


def _newly_raises(each: Divergence, between: Boundary) -> bool:
    result = between.after.results.get(each.statement.name)
    return bool(result and result.result.error) and any(
        one.sort is Sort.ERROR for one in each.differences
    )


def script_text(found: Comparison, script: str) -> str:
    """The stretches, the table of statements, and each boundary, for 80 columns."""
    lines = [headline(found, script), ""]
    lines += [f"  {n}  {each.name}" for n, each in enumerate(found.stretches, 1)]
    lines += ["", *_table(found), ""]
    for crossing in found.crossings:
        lines += [*_crossing(crossing), ""]
    lines += [*_endings(found), *_deprecations(found)]
    lines = [part for line in lines for part in wrapped(line)]
    for target, failure in found.failures.items():
        lines += [f"{target}: not run", *(f"  {line}" for line in failure.splitlines()), ""]
    return printable("\n".join(lines).rstrip()) + "\n"


def script_markdown(found: Comparison, script: str) -> str:
    """The same as Markdown: the table as a table, each boundary as a section."""
    lines = [f"# {script}", "", headline(found, script), ""]
    names = [each.name for each in found.stretches]
    lines += ["| statement | " + " | ".join(names) + " |", "| --- |" + " :-: |" * len(names)]
    for row in telling(found):
        signs = " | ".join(f"`{sign}`" for sign in row.signs)
        source = cell(code(short(row.statement, 60)))
        lines.append(f"| {row.statement.line}: {source} | {signs} |")
    lines += ["", rest(found), "", *(f"- {text}" for text in legend(found)), ""]
    for crossing in found.crossings:
        head, *below = _crossing(crossing)
        lines += [f"## {head}", "", *block(below), ""]
    lines += _endings(found)
    for each in found.deprecations:
        said = plain(f"{listed(each.targets, 4)}: {place(each.statement)}: {each.text}")
        lines += ["", f"Deprecated: {said}", "", *(f"- {plain(text)}" for text in outlook(each))]
    for target, failure in found.failures.items():
        lines += [f"## {target}: not run", "", *block(failure.splitlines()), ""]
    return printable("\n".join(lines).rstrip()) + "\n"


def script_document(found: Comparison, script: Path) -> dict[str, Any]:
    """All of it as plain data; `schema_version` changes with the layout."""
    return {
        "schema_version": SCHEMA_VERSION,
        "script": str(script),
        "headline": headline(found, script.name),
        "exit_code": found.exit_code,
        "stretches": [list(each.targets) for each in found.stretches],
        "statements": [
            {
                "name": row.statement.name,
                "line": row.statement.line,
                "within": row.statement.within or None,
                "source": row.statement.source,
                "signs": list(row.signs),
            }
            for row in found.rows
        ],
        "boundaries": [boundary_document(each.between, each.known) for each in found.crossings],
        "not_compared": [each.name for each in found.not_compared],
        "warnings": {
            name: [f"{statement}: {text}" for statement, text in warned_of(trace)]
            for name, trace in found.traces.items()
        },
        "deprecations": [_deprecation_document(each) for each in found.deprecations],
        "ended": {name: trace.ended for name, trace in found.ended.items()},
        "failures": dict(found.failures),
    }


def boundary_document(
    between: Boundary, known: Mapping[str, tuple[Explanation, ...]]
) -> dict[str, Any]:
    """A boundary as plain data; `known` has explanations by statement."""
    return {
        "before": between.before.target,
        "after": between.after.target,
        "packages": between.packages,
        "differences": [
            {
                "statement": each.statement.name,
                "line": each.statement.line,
                "follows": each.follows.name if each.follows else None,
                "differences": [
                    {
                        "sort": str(one.sort),
                        "name": one.name,
                        "text": one.text,
                        "ulp": json_number(one.ulp),
                    }
                    for one in each.differences
                ],
                "facts": list(each.facts),
                "raised_in": asdict(each.raised) if each.raised else None,
                "known": [
                    {
                        "title": one.known.title,
                        "package": one.known.package,
                        "since": one.known.since,
                        "instead": one.known.instead,
                        "link": one.known.link,
                        "common": one.common,
                        "certain": one.certain,
                    }
                    for one in known.get(each.statement.name, ())
                ],
            }
            for each in between.divergences
        ],
        "not_compared": [each.name for each in between.not_compared],
        "not_reached": [each.name for each in between.not_reached],
    }


def _deprecation_document(found: Deprecation) -> dict[str, Any]:
    return {
        "statement": found.statement.name,
        "line": found.statement.line,
        "text": found.text,
        "targets": list(found.targets),
        "removed": found.removed or None,
        "outcomes": [
            {"target": each.target, "raises": each.raises or None, "reached": each.reached}
            for each in found.outcomes
        ],
    }


def block(lines: list[str]) -> list[str]:
    """Lines as a block of text in Markdown, which no line of theirs ends."""
    return ["```text", *(text.replace("```", "'''") for text in lines), "```"]


def _table(found: Comparison) -> Iterator[str]:
    if not telling(found):
        yield f"  {rest(found)}"
        return
    columns = "".join(f"{n:>3}" for n in range(1, len(found.stretches) + 1))
    room = max(WIDTH - len(columns) - 7, 20)
    yield f"{'line':>5} {'':{room}}{columns}"
    for row in telling(found):
        source = short(row.statement, room)
        yield f"{row.statement.line:>5} {source:{room}}{''.join(f'{s:>3}' for s in row.signs)}"
    yield f"      {rest(found)}"
    yield from (f"      {text}" for text in legend(found))


def wrapped(line: str) -> list[str]:
    """A line in lines of at most 80 columns, but for words that are longer."""
    indent = " " * (len(line) - len(line.lstrip()) + 2)
    if len(line) <= WIDTH:
        return [line]
    return textwrap.wrap(
        line, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False
    )


def telling(found: Comparison) -> list[Row]:
    """The rows in which something differs or could not be compared."""
    return [row for row in found.rows if not row.same]


def rest(found: Comparison) -> str:
    """The number of the other rows, and of those among them that say nothing."""
    unsure = {each.name for each in found.not_compared}
    rows = [row for row in found.rows if row.same]
    reached = [row for row in rows if LOST not in row.signs]
    nowhere = len(rows) - len(reached)
    not_whole = sum(row.statement.name in unsure for row in reached)
    same = len(reached) - not_whole
    text = f"{counted(same, 'statement')} with the same result everywhere"
    text += f"; {not_whole} not compared, or not whole" if not_whole else ""
    return text + (f"; {nowhere} reached nowhere" if nowhere else "")


def legend(found: Comparison) -> Iterator[str]:
    """The meaning of the signs that occur."""
    signs = {sign for row in telling(found) for sign in row.signs}
    for sign, text in LEGEND:
        if sign in signs or (sign == "letters" and any(each.isalpha() for each in signs)):
            yield text


def _crossing(crossing: Crossing) -> Iterator[str]:
    yield f"{crossing.between.before.target} -> {crossing.between.after.target}"
    yield from differing(crossing.between, crossing.known)


def differing(between: Boundary, known: Mapping[str, tuple[Explanation, ...]]) -> Iterator[str]:
    """The packages and the statements that differ; `known` has explanations by statement."""
    packages = ", ".join(between.packages) or "no package"
    yield f"  with it: {packages}"
    begins = [each for each in between.divergences if each.follows is None]
    first = between.first
    for each in begins or ([first] if first else []):
        yield f"  line {each.statement.line}: {short(each.statement, WIDTH - 12)}"
        for one in each.differences[:SHOWN]:
            yield f"    {one}"
        if more := len(each.differences) - SHOWN:
            yield from ([f"    and {more} more"] if more > 0 else [])
        if each.raised:
            yield f"    raised in {each.raised}"
        for fact in each.facts[:SHOWN]:
            yield f"    since {fact}"
        for explanation in known.get(each.statement.name, ()):
            change = explanation.known
            common = explanation.common
            word = "known" if explanation.certain else "perhaps"
            yield f"    {word}: {change.title} ({change.package} {change.since}; {common})"
            yield f"    instead: {change.instead}"
            yield f"    {change.link}"
        if follow := _following(between, each):
            yield f"    from it follow: {follow}"
    if between.not_reached:
        names = [each.name for each in between.not_reached]
        yield f"  reached on one side only: {listed(names, FOLLOWING)}"
    if between.not_compared:
        names = [each.name for each in between.not_compared]
        yield f"  not compared, or not whole: {listed(names, FOLLOWING)}"


def _following(between: Boundary, first: Divergence) -> str:
    names = [
        each.statement.name
        for each in between.divergences
        if each.follows and each.follows.name == first.statement.name
    ]
    return listed(names, FOLLOWING)


def _endings(found: Comparison) -> Iterator[str]:
    """Where the script ended early, other than by an error of a statement."""
    for name, trace in found.ended.items():
        at = f" in {trace.ended_at}" if trace.ended_at else ""
        yield f"{name}: the script ended early{at}: {trace.ended}"


def _deprecations(found: Comparison) -> Iterator[str]:
    """The warnings of what is deprecated, each with what came of it."""
    if found.deprecations:
        yield "Warnings of what is deprecated:"
        for each in found.deprecations:
            yield f"  {listed(each.targets, 4)}: {place(each.statement)}: {each.text}"
            yield from (f"    {text}" for text in outlook(each))
        yield ""


def outlook(found: Deprecation) -> Iterator[str]:
    """The release that a warning names, and what the statement does on later targets."""
    yield f"it says: {found.removed}" if found.removed else "it names no release that removes it"
    by_text: dict[str, list[str]] = {}
    for each in found.outcomes:
        by_text.setdefault(str(each), []).append(each.target)
    for text, targets in by_text.items():
        yield f"on {listed(targets, 4)} the statement {text}"
    if not found.outcomes:
        yield "gone on none of the targets tried"


def place(statement: Statement) -> str:
    """The line of a statement, with the name of a step."""
    return f"line {statement.line}" + (f" ({statement.name})" if statement.is_step else "")


def short(statement: Statement, most: int) -> str:
    """The source of a statement in one line of at most `most` characters; a step by its name.

    Of a loop or a `with` block the head alone: its statements have lines of their own.
    """
    named = f"{statement.name}: " if statement.is_step else ""
    head = None if statement.is_step else HEAD.match(statement.source)
    return line(f"{head[0]} ..." if head else named + statement.source, most)
