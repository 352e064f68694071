"""An upgrade as Markdown, for people, and as plain data, for JSON."""

from collections.abc import Iterator
from typing import Any

from harness.base.project import CHECKOUT
from harness.base.words import agreeing, counted
from harness.judging.upgrade import Outlook, Upgrade
from harness.report.escaping import code, plain

SCHEMA_VERSION = 1


def upgrade_markdown(upgrade: Upgrade) -> str:
    """An upgrade as Markdown: the changes of each need, then the portable script of each."""
    first, *_, last = upgrade.targets
    changed = sum(bool(outlook.events) for outlook in upgrade.outlooks)
    hit = [outlook for outlook in upgrade.outlooks if outlook.events or outlook.raises]
    lines = [f"# With hidden state, from {first} to {last}", ""]
    needs = f"{changed} of {counted(len(upgrade.outlooks), 'need')}"
    lines += [f"{needs} {agreeing(changed, 'change')} on the way:", ""]
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
        text = f"{change.kind}: {plain(change.difference)}"
        yield f"- **{event.target}**, {code(change.where)}: {text}"
    if outlook.raises:
        yield f"- raises on {last}: {', '.join(map(code, outlook.raises))}"
    known = {each.title: each for event in outlook.events for each in event.attributed.known}
    if outlook.events and not known:
        yield "  - unknown: no entry of `known_changes.toml` explains it"
    for each in known.values():
        yield f"  - known since {each.package} {each.since}: {each.title}. {each.why} {each.link}"
        yield f"  - instead: {each.instead}"
