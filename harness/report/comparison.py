"""A diff and an upgrade as Markdown, for people, and as plain data, for JSON."""

import itertools
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from harness.changes import ChangeKind
from harness.diff import Diff, Finding
from harness.known import KnownChange
from harness.paths import ROOT
from harness.report.escaping import code, plain
from harness.upgrade import Outlook, Upgrade

SCHEMA_VERSION = 1
NAMED = 6  # changes of one kind and explanation that are told one by one
PROVEN = (  # kinds whose two sides, in a few words, do not show what was measured
    ChangeKind.SEMANTICS,
    ChangeKind.NOT_FINITE,
    ChangeKind.VALUES,
    ChangeKind.LAYOUT,
    ChangeKind.SEEDING,
)
QUIET = (ChangeKind.ROUNDING, ChangeKind.BODY, ChangeKind.PACKAGE)  # told in one line each


def diff_markdown(diff: Diff) -> str:
    """What hurts most first, with what is known of it and what to write instead."""
    before, after = plain(diff.before.name), plain(diff.after.name)
    lines = [f"# {before} → {after}", "", f"{_totals(diff)}.", ""]
    if diff.lost:
        lines += ["## Could not be compared", "", *(f"- {plain(why)}" for why in diff.lost), ""]
    for kind, findings in itertools.groupby(diff.findings, lambda finding: finding.change.kind):
        if kind in QUIET:
            continue
        lines += [f"## {str(kind).capitalize()}", ""]
        for known, alike in _by_known(list(findings)):
            lines += _change_lines(alike)
            lines += [*_known_lines(known, scripts=True), ""]
    lines += [line for kind in QUIET for line in _quiet_lines(kind, diff.findings)]
    return "\n".join(lines).rstrip() + "\n"


def diff_document(diff: Diff) -> dict[str, Any]:
    """All of a diff. `known` names the accepted changes in `known_changes`."""
    known = {each.title: each for finding in diff.findings for each in finding.known}
    return {
        "schema_version": SCHEMA_VERSION,
        "before": _side(diff, 0),
        "after": _side(diff, 1),
        "totals": _counts(diff),
        "lost": list(diff.lost),
        "changes": [
            {
                "kind": str(finding.change.kind),
                "subject": finding.change.subject,
                "scenario": finding.change.scenario,
                "variants": list(finding.change.variants),
                "before": finding.change.before,
                "after": finding.change.after,
                "reason": finding.change.reason,
                "known": [each.title for each in finding.known],
            }
            for finding in diff.findings
        ],
        "known_changes": {
            title: {
                "package": each.package,
                "since": each.since,
                "why": each.why,
                "instead": each.instead,
                "portable": each.portable,
                "link": each.link,
                "expires": each.expires.isoformat(),
            }
            for title, each in known.items()
        },
    }


def upgrade_markdown(upgrade: Upgrade) -> str:
    """Each need with what happens to it and where; then the code to write, once for each need."""
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
            lines += [f"`{script.relative_to(ROOT)}`", "", "```python"]
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
                        "step": event.finding.change.where,
                        "kind": str(event.finding.change.kind),
                        "before": event.finding.change.before,
                        "after": event.finding.change.after,
                        "instead": [each.instead for each in event.finding.known],
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
        change = event.finding.change
        told = f"{change.kind}: {plain(_told(event.finding))}"
        yield f"- **{event.target}**, {code(change.where)}: {told}"
    if outlook.raises:
        yield f"- raises on {last}: {', '.join(map(code, outlook.raises))}"
    known = {each.title: each for event in outlook.events for each in event.finding.known}
    if outlook.events:
        yield from _known_lines(tuple(known.values()), scripts=False)


def _by_known(
    findings: Sequence[Finding],
) -> Iterator[tuple[tuple[KnownChange, ...], list[Finding]]]:
    """The findings in groups that the same accepted changes explain; first what none explains."""
    groups: dict[tuple[str, ...], list[Finding]] = {(): []}
    for finding in findings:
        groups.setdefault(tuple(each.title for each in finding.known), []).append(finding)
    for alike in groups.values():
        if alike:
            yield alike[0].known, alike


def _change_lines(findings: Sequence[Finding]) -> Iterator[str]:
    for finding in findings[:NAMED]:
        change = finding.change
        variants = f" ({', '.join(map(plain, change.variants))})" if change.variants else ""
        yield f"- {code(change.where)}{variants}: {plain(_told(finding))}"
    if more := findings[NAMED:]:
        names = ", ".join(code(finding.change.where) for finding in more)
        yield f"- and {len(more)} more: {names}"


def _told(finding: Finding) -> str:
    """A change in words, without its subject and kind."""
    change = finding.change
    if not change.scenario:
        return str(change).removeprefix(f"{change.kind}: ")
    told = f"{change.after} instead of {change.before}"
    return f"{told} ({change.reason})" if change.kind in PROVEN else told


def _known_lines(known: Sequence[KnownChange], *, scripts: bool) -> Iterator[str]:
    """What is known of a change, what to write, and if wanted the name of the script."""
    if not known:
        yield "  - not known: no entry of `known_changes.toml` explains it"
    for each in known:
        yield f"  - known since {each.package} {each.since}: {each.title}. {each.why} {each.link}"
        script = f"; {code(each.portable)} does so on every target" if each.portable else ""
        yield f"  - instead: {each.instead}{script if scripts else ''}"


def _quiet_lines(kind: ChangeKind, findings: Sequence[Finding]) -> Iterator[str]:
    alike = [finding.change for finding in findings if finding.change.kind is kind]
    if not alike:
        return
    yield f"## {str(kind).capitalize()}"
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
    """How many changes are of each kind, and of all the known; the kinds add up to `changes`."""
    kinds = Counter(finding.change.kind for finding in diff.findings)
    return {
        "changes": len(diff.findings),
        "known": sum(bool(finding.known) for finding in diff.findings),
        "lost": len(diff.lost),
        **{str(kind): kinds[kind] for kind in ChangeKind},
    }


def _totals(diff: Diff) -> str:
    counts = _counts(diff)
    kinds = ", ".join(f"{counts[kind]} {kind}" for kind in ChangeKind if counts[kind])
    findings = sum(finding.change.finding for finding in diff.findings)
    unknown = sum(finding.change.finding and not finding.known for finding in diff.findings)
    lost = f"; {len(diff.lost)} could not be compared" if diff.lost else ""
    if not diff.findings:
        return f"No difference{lost}"
    return f"{findings} findings, {unknown} of them not known; {kinds}{lost}"
