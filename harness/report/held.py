"""The scripts of a repository, held against their baselines: text, Markdown, plain data."""

import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from harness.base.words import counted, listed, printable
from harness.judging.held import Held
from harness.judging.verdicts import WORST_FIRST, Standing
from harness.report.escaping import cell, code, plain
from harness.report.scripts import block, boundary_document, differing, wrapped

SCHEMA_VERSION = 1
TARGETS = 8  # named in a line
COMMAND = "    $ "  # before a command


def headline(found: Sequence[Held]) -> str:
    """The finding in one sentence."""
    scripts, targets = ({getattr(h, name) for h in found} for name in ("script", "target"))
    parts = [
        f"{count} {standing}"
        for standing in WORST_FIRST
        if (count := sum(each.standing is standing for each in found))
    ]
    return (
        f"{counted(len(scripts), 'script')} on {counted(len(targets), 'target')}: "
        f"{', '.join(parts)}."
    )


def held_text(found: Sequence[Held], orphans: Sequence[Path] = ()) -> str:
    """What each script came to, then all that differs or could not be compared; 80 columns."""
    lines = [headline(found), ""]
    for script, checks in by_script(found).items():
        lines += [script, *(f"  {text}" for text in standings(checks)), ""]
    for alike in telling(found):
        lines += [title(alike), *said(alike), ""]
    lines += [gone(path) for path in orphans]
    # a command stays in one line, to be pasted
    lines = [p for line in lines for p in ([line] if line.startswith(COMMAND) else wrapped(line))]
    return printable("\n".join(lines).rstrip()) + "\n"


def held_markdown(found: Sequence[Held], orphans: Sequence[Path] = ()) -> str:
    """The same as Markdown."""
    lines = ["# Scripts and their baselines", "", headline(found), ""]
    lines += ["| script | targets |", "| --- | --- |"]
    for script, checks in by_script(found).items():
        lines.append(f"| {cell(code(script))} | {cell('; '.join(standings(checks)))} |")
    lines.append("")
    for alike in telling(found):
        lines += [f"## {plain(title(alike), None)}", ""]
        lines += [*block([part for text in said(alike) for part in text.splitlines()]), ""]
    lines += [gone(path) for path in orphans]
    return printable("\n".join(lines).rstrip()) + "\n"


def held_document(found: Sequence[Held], orphans: Sequence[Path], exit_code: int) -> dict[str, Any]:
    """All of it as plain data; `schema_version` changes with the layout."""
    return {
        "schema_version": SCHEMA_VERSION,
        "headline": headline(found),
        "exit_code": exit_code,
        "checks": [
            {
                "script": each.script,
                "target": each.target,
                "standing": str(each.standing),
                "failure": each.failure,
                "doubts": each.doubts,
                "added": [one.name for one in each.added],
                "gone": [one.name for one in each.gone],
                "not_reproducible": [one.name for one in each.accepted],
                "difference": boundary_document(each.between, {}) if each.between else None,
            }
            for each in found
        ],
        "without_script": [str(path) for path in orphans],
    }


def by_script(found: Sequence[Held]) -> dict[str, list[Held]]:
    """The targets of each script."""
    scripts: dict[str, list[Held]] = {}
    for each in found:
        scripts.setdefault(each.script, []).append(each)
    return scripts


def standings(of_one: Sequence[Held]) -> Iterator[str]:
    """The targets of a script by their standing, the worst first."""
    for standing in WORST_FIRST:
        alike = [each for each in of_one if each.standing is standing]
        if alike:
            yield f"{standing}: {listed([each.target for each in alike], TARGETS)}"
    for each in of_one:
        if each.accepted:
            count = counted(len(each.accepted), "statement")
            yield f"{each.target}: {count} with other values in each run, as accepted"


def telling(found: Sequence[Held]) -> list[list[Held]]:
    """The checks that did not end well, the worst first; those of a script that say the same are
    together.
    """
    alike: dict[object, list[Held]] = {}
    for each in found:
        if each.standing is not Standing.UNCHANGED:
            key = each.script, each.standing, tuple(_findings(each))
            alike.setdefault(key, []).append(each)
    return sorted(alike.values(), key=lambda checks: WORST_FIRST.index(checks[0].standing))


def title(alike: Sequence[Held]) -> str:
    """The script, the targets and the standing of checks that say the same."""
    first = alike[0]
    return f"{first.script} on {', '.join(each.target for each in alike)}: {first.standing}"


def said(alike: Sequence[Held]) -> Iterator[str]:
    """What differs, what could not be compared, and how to accept it."""
    yield from _findings(alike[0])
    if alike[0].trace and not alike[0].trace.ended:
        yield from ("  to accept it:", f"{COMMAND}{accepting(alike)}")


def _findings(found: Held) -> Iterator[str]:
    if found.between and found.between.divergences:
        yield from differing(found.between, {})
    yield from (f"  {text}" for text in found.doubts)


def accepting(alike: Sequence[Held]) -> str:
    """The command that accepts what a script does now."""
    targets = " ".join(each.target for each in alike)
    return f"state-harness check {shlex.quote(alike[0].script)} --on {targets} --force-regen"


def gone(path: Path) -> str:
    """The line on baselines without a script."""
    return f"{path}: its script is gone; delete these baselines, or name the script again"
