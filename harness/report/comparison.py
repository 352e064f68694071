"""A diff as text, as Markdown and as plain data, for JSON: first its causes, then the evidence."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from harness.base.words import counted, printable
from harness.judging.causes import Cause
from harness.judging.changes import ChangeKind
from harness.judging.diff import Diff
from harness.judging.known import Knowledge
from harness.report.document import cause_document, cause_titles, known_document
from harness.report.escaping import code, link, plain
from harness.report.evidence import evidence, headline, packages, rounding, sources

SCHEMA_VERSION = 1


def diff_text(diff: Diff) -> str:
    """A diff for a terminal or a pipe: a line for each cause, the totals, then the evidence."""
    lines = [f"{at:2}. {_in_one_line(cause)}" for at, cause in enumerate(diff.causes, start=1)]
    lines += [""] if lines else []
    lines += [f"{diff.before.name} → {diff.after.name}: {headline(diff)}.", ""]
    for at, cause in enumerate(diff.causes, start=1):
        lines += [f"{at:2}. {cause.title} ({cause.knowledge})"]
        if cause.known:
            lines += [f"    {cause.known.why}", f"    {cause.known.link}"]
        for each in evidence(cause.changes):
            lines += [f"    {each.kind}: {', '.join(each.places)}", f"        {each.difference}"]
        lines += [""]
    for source in sources(diff):
        lines += [f"another source: {', '.join(source.names)}"]
        lines += [f"    {line}" for line in source.lines]
        lines += [f"    ({_left_out(source.left_out)})"] if source.left_out else []
        lines += [""]
    rest = (("rounding", rounding(diff)), ("packages", packages(diff)))
    lines += [f"{name}: {text}" for name, text in rest if text]
    lines += [f"could not be compared: {why}" for why in diff.lost]
    return "\n".join(map(printable, lines)).rstrip() + "\n"


def diff_markdown(diff: Diff) -> str:
    """A diff as Markdown: a line for each cause, with its evidence folded below it."""
    before, after = plain(diff.before.name), plain(diff.after.name)
    lines = [f"# {before} → {after}", "", f"{headline(diff)}.", "", *diff_sections(diff)]
    return "\n".join(lines).rstrip() + "\n"


def diff_sections(diff: Diff, level: int = 2, *, folded: bool = True) -> list[str]:
    """The causes as a numbered list, then sections for the rest, with headings of a level.

    With `folded`, the evidence of a cause and the differences of sources are folded; without, the
    evidence is a list, and the differences of sources are left out, so that lines can be cut.
    """
    head = "#" * level
    lines = []
    for at, cause in enumerate(diff.causes, start=1):
        below = _evidence_lines(cause)
        shown = _folded(below, "evidence") if folded else [f"   {line}" for line in below if line]
        lines += [f"{at}. {_in_markdown(cause)}", *shown, ""]
    if found := sources(diff):
        lines += [f"{head} Functions with another source", ""]
    for source in found:
        body = ["```diff", *(line.replace("```", "` ` `") for line in source.lines), "```"]
        body += ["", _left_out(source.left_out)] if source.left_out else []
        shown = [*_folded(body, "diff"), ""] if folded else []
        lines += [f"- {', '.join(map(code, source.names))}", *shown]
    lines += [""] if found and not folded else []
    for title, text in (("Rounding", rounding(diff)), ("Packages", packages(diff))):
        lines += [f"{head} {title}", "", plain(text, most=None), ""] if text else []
    if diff.lost:
        lines += [f"{head} Could not be compared", "", *(f"- {plain(w)}" for w in diff.lost), ""]
    return lines


def diff_document(diff: Diff) -> dict[str, Any]:
    """All of a diff. `known` names entries of `known_changes`, `cause` an entry of `causes`."""
    known = {each.title: each for attributed in diff.changes for each in attributed.known}
    titles = cause_titles(diff)
    return {
        "schema_version": SCHEMA_VERSION,
        "headline": headline(diff),
        "before": _side(diff, 0),
        "after": _side(diff, 1),
        "totals": _counts(diff),
        "lost": list(diff.lost),
        "causes": [cause_document(cause) for cause in diff.causes],
        "changes": [
            {
                "kind": str(attributed.change.kind),
                "finding": attributed.change.finding,
                "subject": attributed.change.subject,
                "part": attributed.change.part,
                "scenario": attributed.change.scenario,
                "variants": list(attributed.change.variants),
                "before": attributed.change.before,
                "after": attributed.change.after,
                "reason": attributed.change.reason,
                "difference": attributed.change.difference,
                "known": [each.title for each in attributed.known],
                "cause": titles.get(id(attributed)),
            }
            for attributed in diff.changes
        ],
        "known_changes": {title: known_document(each) for title, each in known.items()},
    }


def _in_one_line(cause: Cause) -> str:
    """A cause: its effect, since when, how many places show it, and the code to write instead."""
    parts = [f"{cause.title} ({cause.effect}; {cause.release}): {cause.extent}"]
    if cause.knowledge is not Knowledge.EXPLAINED:
        parts.append(_looked_at(cause))
    if cause.known:
        parts.append(f"instead: {cause.known.instead}")
    return "; ".join(parts)


def _in_markdown(cause: Cause) -> str:
    known, title = cause.known, plain(cause.title)
    title = f"[{title}]({link(known.link)})" if known else title
    parts = [f"**{title}** ({cause.effect}; {plain(cause.release)}): {cause.extent}"]
    if cause.knowledge is not Knowledge.EXPLAINED:
        parts.append(f"**{_looked_at(cause)}**")
    if known:
        script = f" ({code(known.portable)} does so on every target)" if known.portable else ""
        parts.append(f"instead: {known.instead}{script}")
    return "; ".join(parts)


def _looked_at(cause: Cause) -> str:
    return f"{cause.knowledge}: nobody has looked at it"


def _evidence_lines(cause: Cause) -> Iterator[str]:
    if cause.known:
        yield from (cause.known.why, "")
    for each in evidence(cause.changes):
        yield f"- {each.kind}: {', '.join(map(code, each.places))}: {plain(each.difference)}"


def _folded(lines: Iterable[str], summary: str) -> list[str]:
    """Lines below an item of a list, folded."""
    folded = ["", f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"]
    return [f"   {line}" if line else "" for line in folded]


def _left_out(count: int) -> str:
    return f"{counted(count, 'other line')} of the difference; `--kind body` shows all"


def _side(diff: Diff, at: int) -> dict[str, Any]:
    side = (diff.before, diff.after)[at]
    return {
        "name": side.name,
        "tensorflow": side.version("tensorflow"),
        "keras": side.version("keras"),
        "numpy": side.version("numpy"),
        "distributions": dict(side.distributions),
    }


def _counts(diff: Diff) -> dict[str, int]:
    """The number of changes, of known and lost ones, of findings by knowledge, and of each kind.

    The kinds sum to `changes`; explained, covered and unknown sum to `findings`.
    """
    kinds = Counter(attributed.change.kind for attributed in diff.changes)
    return {
        "changes": len(diff.changes),
        "findings": len(diff.findings),
        "known": sum(bool(attributed.known) for attributed in diff.changes),
        "lost": len(diff.lost),
        "left out": diff.left_out,
        "causes": len(diff.causes),
        **{str(each): diff.count(each) for each in Knowledge},
        **{str(kind): kinds[kind] for kind in ChangeKind},
    }
