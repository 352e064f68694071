"""A diff and an upgrade as Markdown, for people, and as plain data, for JSON."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from harness.base.project import CHECKOUT
from harness.base.words import and_more
from harness.judging.changes import ChangeKind
from harness.judging.diff import Diff
from harness.judging.known import AttributedChange, KnownChange
from harness.judging.upgrade import Outlook, Upgrade
from harness.report.document import known_document
from harness.report.escaping import code, plain

SCHEMA_VERSION = 1
NAMED = 6  # changes of one kind and explanation that have a line of their own
PROVEN = (  # kinds whose reason has the measurement, which the two sides alone do not show
    ChangeKind.SEMANTICS,
    ChangeKind.NOT_FINITE,
    ChangeKind.VALUES,
    ChangeKind.LAYOUT,
    ChangeKind.SEEDING,
)
QUIET = (ChangeKind.ROUNDING, ChangeKind.BODY, ChangeKind.PACKAGE)  # one line for each kind


def diff_markdown(diff: Diff) -> str:
    """A diff as Markdown: the most severe changes first, with the known changes and remedies."""
    before, after = plain(diff.before.name), plain(diff.after.name)
    lines = [f"# {before} → {after}", "", f"{diff_totals(diff)}.", "", *diff_sections(diff)]
    return "\n".join(lines).rstrip() + "\n"


def diff_totals(diff: Diff) -> str:
    """The changes, counted, in one line."""
    if not diff.changes:
        return f"No difference{_not_compared(diff)}"
    counts = _counts(diff)
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ChangeKind if counts[kind])
    unknown = sum(each.unexplained for each in diff.findings)
    return (
        f"{len(diff.findings)} findings, {unknown} of them not known; {kinds}{_not_compared(diff)}"
    )


def diff_sections(diff: Diff, level: int = 2) -> list[str]:
    """The lines of a section for each kind of change, with headings of a level."""
    head = "#" * level
    lines = []
    if diff.lost:
        lines += [f"{head} Could not be compared", "", *(f"- {plain(w)}" for w in diff.lost), ""]
    for kind, changes in itertools.groupby(diff.changes, lambda each: each.change.kind):
        if kind in QUIET:
            continue
        lines += [f"{head} {str(kind).capitalize()}", ""]
        for known, alike in _by_known(list(changes)):
            lines += _change_lines(alike)
            lines += [*_known_lines(known, scripts=True), ""]
    for kind in QUIET:
        lines += _quiet_lines(kind, diff.changes, head)
    return lines


def diff_document(diff: Diff) -> dict[str, Any]:
    """All of a diff. `known` names the accepted changes in `known_changes`."""
    known = {each.title: each for attributed in diff.changes for each in attributed.known}
    return {
        "schema_version": SCHEMA_VERSION,
        "before": _side(diff, 0),
        "after": _side(diff, 1),
        "totals": _counts(diff),
        "lost": list(diff.lost),
        "changes": [
            {
                "kind": str(attributed.change.kind),
                "subject": attributed.change.subject,
                "scenario": attributed.change.scenario,
                "variants": list(attributed.change.variants),
                "before": attributed.change.before,
                "after": attributed.change.after,
                "reason": attributed.change.reason,
                "known": [each.title for each in attributed.known],
            }
            for attributed in diff.changes
        ],
        "known_changes": {title: known_document(each) for title, each in known.items()},
    }


def upgrade_markdown(upgrade: Upgrade) -> str:
    """An upgrade as Markdown: the changes of each need, then the portable script of each."""
    first, *_, last = upgrade.targets
    changed = sum(bool(outlook.events) for outlook in upgrade.outlooks)
    hit = [outlook for outlook in upgrade.outlooks if outlook.events or outlook.raises]
    lines = [f"# With hidden state, from {first} to {last}", ""]
    lines += [f"{changed} of {len(upgrade.outlooks)} needs change on the way:", ""]
    for outlook in upgrade.outlooks:
        at = ", ".join(dict.fromkeys(event.target for event in outlook.events))
        before = "raises in part, as before" if outlook.raises else "as before"
        lines += [f"- {outlook.need.name}: {f'changes at {at}' if at else before}"]
    lines += [""]
    for outlook in hit:
        lines += [*_outlook_lines(outlook, last), ""]
    if hit:
        lines += [
            "## What to write instead",
            "",
            "These scripts run in every check of every target, and agree with the oracle. Each",
            "runs alone in a checkout; code of your own needs neither `with step(...)` and",
            "`see(...)`, which name what is observed, nor `fixed(...)`, which reads weights.",
            "",
        ]
        for outlook in hit:
            script = outlook.need.script
            lines += [f"### {outlook.need.name.capitalize()}", ""]
            lines += [f"`{script.relative_to(CHECKOUT)}`", "", "```python"]
            lines += [*script.read_text(encoding="utf-8").splitlines(), "```", ""]
    return "\n".join(lines).rstrip() + "\n"


def upgrade_document(upgrade: Upgrade) -> dict[str, Any]:
    """All of an upgrade."""
    return {
        "schema_version": SCHEMA_VERSION,
        "targets": list(upgrade.targets),
        "needs": [
            {
                "name": outlook.need.name,
                "portable": outlook.need.portable,
                "raises": list(outlook.raises),
                "events": [
                    {
                        "target": event.target,
                        "step": event.attributed.change.where,
                        "kind": str(event.attributed.change.kind),
                        "before": event.attributed.change.before,
                        "after": event.attributed.change.after,
                        "instead": [each.instead for each in event.attributed.known],
                    }
                    for event in outlook.events
                ],
            }
            for outlook in upgrade.outlooks
        ],
    }


def _outlook_lines(outlook: Outlook, last: str) -> Iterator[str]:
    yield f"## {outlook.need.name.capitalize()}"
    yield ""
    for event in outlook.events:
        change = event.attributed.change
        text = f"{change.kind}: {plain(_described(event.attributed))}"
        yield f"- **{event.target}**, {code(change.where)}: {text}"
    if outlook.raises:
        yield f"- raises on {last}: {', '.join(map(code, outlook.raises))}"
    known = {each.title: each for event in outlook.events for each in event.attributed.known}
    if outlook.events:
        yield from _known_lines(tuple(known.values()), scripts=False)


def _by_known(
    changes: Sequence[AttributedChange],
) -> Iterator[tuple[tuple[KnownChange, ...], list[AttributedChange]]]:
    """Changes grouped by the known changes that explain them; first those without any."""
    groups: dict[tuple[str, ...], list[AttributedChange]] = {(): []}
    for attributed in changes:
        groups.setdefault(tuple(each.title for each in attributed.known), []).append(attributed)
    for alike in groups.values():
        if alike:
            yield alike[0].known, alike


def _change_lines(changes: Sequence[AttributedChange]) -> Iterator[str]:
    for attributed in changes[:NAMED]:
        change = attributed.change
        variants = f" ({', '.join(map(plain, change.variants))})" if change.variants else ""
        yield f"- {code(change.where)}{variants}: {plain(_described(attributed))}"
    if more := changes[NAMED:]:
        names = ", ".join(code(attributed.change.where) for attributed in more)
        yield f"-{and_more('', len(more))}: {names}"


def _described(attributed: AttributedChange) -> str:
    """A change in words, without its subject and kind."""
    change = attributed.change
    return f"{change.difference} ({change.reason})" if change.kind in PROVEN else change.difference


def _known_lines(known: Sequence[KnownChange], *, scripts: bool) -> Iterator[str]:
    """The known changes with their remedies and, if wanted, the names of their scripts."""
    if not known:
        yield "  - not known: no entry of `known_changes.toml` explains it"
    for each in known:
        yield f"  - known since {each.package} {each.since}: {each.title}. {each.why} {each.link}"
        script = f"; {code(each.portable)} does so on every target" if each.portable else ""
        yield f"  - instead: {each.instead}{script if scripts else ''}"


def _quiet_lines(kind: ChangeKind, changes: Sequence[AttributedChange], head: str) -> Iterator[str]:
    """The section of a kind in `QUIET`."""
    alike = [attributed.change for attributed in changes if attributed.change.kind is kind]
    if not alike:
        return
    yield f"{head} {str(kind).capitalize()}"
    yield ""
    if kind is ChangeKind.PACKAGE:
        yield ", ".join(plain(f"{c.subject} {c.before} → {c.after}") for c in alike)
    else:
        yield f"{len(alike)}: {', '.join(code(change.where) for change in alike)}"
    yield ""


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
    """The number of changes, of known and lost ones, and of each kind; kinds sum to `changes`."""
    kinds = Counter(attributed.change.kind for attributed in diff.changes)
    return {
        "changes": len(diff.changes),
        "known": sum(bool(attributed.known) for attributed in diff.changes),
        "lost": len(diff.lost),
        **{str(kind): kinds[kind] for kind in ChangeKind},
    }


def _not_compared(diff: Diff) -> str:
    return f"; {len(diff.lost)} could not be compared" if diff.lost else ""
