"""A report as Markdown for an issue or a summary on GitHub, within GitHub's limit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from harness.base.words import counted, listed
from harness.judging.causes import Cause
from harness.judging.known import Knowledge
from harness.judging.verdicts import Outcome, Standing
from harness.report import evidence
from harness.report.actions import (
    Action,
    actions,
    firsts,
    headline,
    suspects,
    unfinished,
)
from harness.report.escaping import cell, code, link, plain
from harness.report.model import Explained, Report, families, moment, span, totals
from harness.report.outcomes import most_important

LENGTH = 65_000  # characters; GitHub's limit for a comment is 65,536
SHOWN = 8  # names of targets in a row
ROUNDING = 160  # characters of the line on rounding, which ends with the names of steps


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part of the report: its title, its lines, and the text before and after the lines.

    `first` are the places of the lines to keep first if there is no room for all.
    """

    title: str
    head: tuple[str, ...]
    lines: tuple[str, ...]
    foot: tuple[str, ...] = ()
    first: frozenset[int] = frozenset()


def markdown(report: Report) -> str:
    """The report in at most LENGTH characters; a note counts the lines that do not fit."""
    text = "\n".join(_summary(report)) + "\n"
    parts = [part for part in _parts(report) if part.lines]
    longest = LENGTH - len(_note([(len(part.lines), part) for part in parts]))
    cuts = []
    for part in parts:
        frame = "\n".join(["", *part.head, "", *part.foot, ""])
        kept = _fitting(part, longest - len(text) - len(frame))
        if kept:
            text += "\n".join(["", *part.head, *kept, *part.foot, ""])
        if left := len(part.lines) - len(kept):
            cuts.append((left, part))
    return text + _note(cuts)


def _note(cuts: Sequence[tuple[int, Part]]) -> str:
    if not cuts:
        return ""
    counts = ", ".join(
        f"{left:,} of {counted(len(part.lines), 'line')} of {part.title}" for left, part in cuts
    )
    return (
        f"\n*Cut, to stay below {LENGTH:,} characters: {counts}. "
        "`report.json` and `index.html` have all of them.*\n"
    )


def _fitting(part: Part, room: int) -> list[str]:
    """The lines that fit into `room` characters, in their order."""
    kept = []
    for at in sorted(range(len(part.lines)), key=lambda at: at not in part.first):
        room -= len(part.lines[at]) + 1
        if room < 0:
            break
        kept.append(at)
    return [part.lines[at] for at in sorted(kept)]


def _summary(report: Report) -> Iterator[str]:
    counted = totals(report)
    yield "# Hidden state across TensorFlow and Keras"
    yield ""
    yield f"**{plain(headline(report))}**"
    yield ""
    if report.span:
        first, last = map(moment, report.span)
        yield f"Ran {first} to {last}."
        yield ""
    yield f"| | total | {' | '.join(Standing)} |"
    yield f"| --- |{' ---: |' * (len(Standing) + 1)}"
    for name, counts in (("observations", counted.observations), ("targets", counted.targets)):
        cells = [sum(counts.values()), *(counts[standing] for standing in Standing)]
        yield f"| {name} | {' | '.join(map(str, cells))} |"
    yield ""
    if found := suspects(report):
        names = ", ".join(f"{code(name)} ({', '.join(on)})" for name, on in found.items())
        yield f"The source of {names} differs from the baseline."
        yield ""
    yield f"{counted.in_words}."


def _parts(report: Report) -> Iterator[Part]:
    """The parts, those that need action first."""
    regressed: list[Action] = []
    unsure: list[Action] = []
    for action in actions(report):
        standing = action.outcome.standing
        (regressed if standing in (Standing.REGRESSED, Standing.FIXED) else unsure).append(action)
    yield _actions("Differs from the baseline", regressed)
    lines = [
        f"- **{plain(each.name)}** ({each.standing}): {plain(each.reason)}"
        for each in unfinished(report)
    ]
    lines += [f"- not read: {plain(why)}" for why in report.refused]
    yield Part(title="unchecked targets", head=("## Not checked", ""), lines=tuple(lines))
    yield _actions("Could not be checked", unsure)
    yield Part(
        title="unknown causes",
        head=("## Causes that no known change explains", ""),
        lines=tuple(
            f"- {plain(comparison.before)} → {plain(comparison.after)}: {_brief(cause)}"
            for comparison, cause in report.unknown
        ),
    )
    head = "| since | at | what | what to write instead |"
    yield Part(
        title="known changes",
        head=("## What changed and when", "", head, "| --- | --- | --- | --- |"),
        lines=tuple(map(_known, report.explained)),
    )
    yield _comparisons(report)
    yield _matrix(report)
    yield Part(
        title="environments",
        head=(
            *_fold("Environments"),
            "| target | standing | TensorFlow | Keras | NumPy | Python |",
            "| --- | --- | --- | --- | --- | --- |",
        ),
        lines=tuple(_environments(report)),
        foot=("", "</details>"),
    )


def _actions(title: str, found: Sequence[Action]) -> Part:
    return Part(
        title=f"“{title}”",
        head=(
            f"## {title}",
            "",
            "| outcome | step | targets | why | again |",
            "| --- | --- | --- | --- | --- |",
        ),
        lines=tuple(
            f"| {each.outcome.sign} {each.outcome} | {plain(each.where)} "
            f"{plain(', '.join(each.variants))} | {_names(each.targets)} | {plain(each.reason)} "
            f"| {cell(code(each.command))} |"
            for each in found
        ),
        first=firsts(found),
    )


def _known(each: Explained) -> str:
    known = each.known
    script = f" ({code(known.portable)} does so on every target)" if known.portable else ""
    return (
        f"| {known.package} {known.since} | {', '.join(each.at)} | {each.effect}: "
        f"[{plain(known.title)}]({link(known.link)}){_class(each.knowledge)} | "
        f"{cell(known.instead)}{script} |"
    )


def _comparisons(report: Report) -> Part:
    """Each comparison with its causes, and the line on rounding; the page has the evidence."""
    lines: list[str] = []
    first = []
    for each in report.comparisons:
        first.append(len(lines))
        names = f"{plain(each.before)} → {plain(each.after)}"
        lines.append(f"- **{names}**: {evidence.headline(each.diff)}")
        lines += [f"  {at}. {_brief(cause)}" for at, cause in enumerate(each.diff.causes, start=1)]
        if rounding := evidence.rounding(each.diff):
            lines.append(f"  - rounding: {plain(rounding, ROUNDING)}")
    return Part(
        title="comparisons",
        head=_fold("Causes, from each target to the next"),
        lines=tuple(lines),
        foot=("", "</details>"),
        first=frozenset(first),
    )


def _brief(cause: Cause) -> str:
    since = f"; {cause.release}" if cause.known else ""
    title = f"{plain(cause.title)} ({cause.effect}{since})"
    return f"{title}: {cause.extent}{_class(cause.knowledge)}"


def _class(knowledge: Knowledge) -> str:
    """A note on a cause that nobody has looked at."""
    return "" if knowledge is Knowledge.EXPLAINED else f" ({knowledge})"


def _matrix(report: Report) -> Part:
    """A line for each scenario and variant, with a sign for each target."""
    cells: dict[tuple[str, str], dict[str, list[Outcome]]] = {}
    for target in report.targets:
        for (_, *place), outcome in target.matrix.items():
            row = cells.setdefault((place[0], place[1]), {})
            row.setdefault(target.name, []).append(outcome)
    labels = [" ".join(place).rstrip() for place in cells]
    width = max(map(len, labels), default=0)
    lines = []
    for label, row in zip(labels, cells.values(), strict=True):
        signs = [
            "".join(most_important(row[t.name]).sign if t.name in row else " " for t in members)
            for _, members in families(report.targets)
        ]
        safe = label.replace("`", "'")
        lines.append(f"{' '.join(safe.split()).ljust(width)}  {' '.join(signs)}".rstrip())
    legend = ", ".join(f"{outcome.sign} {outcome}" for outcome in Outcome)
    columns = "; ".join(
        f"{family}: {span([t.name for t in members])}"
        for family, members in families(report.targets)
    )
    return Part(
        title="the matrix",
        head=(*_fold("Targets and scenarios"), f"{columns}. {legend}.", "", "```text"),
        lines=tuple(lines),
        foot=("```", "", "</details>"),
    )


def _environments(report: Report) -> Iterator[str]:
    for each in report.targets:
        where = each.environment
        versions = [each.tensorflow, each.keras, where and where.numpy, where and where.python]
        cells = [each.name, each.standing, *(version or "" for version in versions)]
        yield f"| {' | '.join(map(plain, cells))} |"


def _fold(title: str) -> tuple[str, ...]:
    return (f"<details><summary>{title}</summary>", "")


def _names(names: Sequence[str]) -> str:
    return listed(names, SHOWN)
