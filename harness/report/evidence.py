"""The evidence of a diff, for its renderings as text, Markdown and JSON. Pure."""

import difflib
import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from harness.base.words import counted
from harness.judging.changes import Change, ChangeKind
from harness.judging.diff import Diff
from harness.judging.known import AttributedChange, Knowledge
from harness.observing.catalogue import watched_internals

IN_FULL = 10  # functions with another source that are shown in full; of more the telling lines
TELLING = 12  # lines of a function that are shown where more functions than IN_FULL differ


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """One difference, and all the changes that show it, each in its place with its variants."""

    kind: ChangeKind
    difference: str
    changes: tuple[AttributedChange, ...]

    @property
    def places(self) -> tuple[str, ...]:
        return tuple(_place(each.change) for each in self.changes)


@dataclass(frozen=True, kw_only=True)
class Source:
    """The unified diff of a watched function, for all internals that have this function.

    `lines` are in full, or the most telling ones; `left_out` is the number of the other lines.
    """

    names: tuple[str, ...]
    lines: tuple[str, ...]
    left_out: int = 0


def headline(diff: Diff) -> str:
    """The changes of a diff in one sentence, which never claims more than was compared."""
    parts = []
    if not diff.left_out and not any(each.change.scenario for each in diff.findings):
        parts.append(_same(diff))
    if diff.findings:
        counts = ", ".join(f"{diff.count(each)} {each}" for each in Knowledge)
        causes, findings = len(diff.causes), len(diff.findings)
        parts.append(f"{counted(causes, 'cause')}, {counted(findings, 'finding')}: {counts}")
    if bodies := len(_bodies(diff)):
        has = "has" if bodies == 1 else "have"
        parts.append(f"{counted(bodies, 'watched function')} {has} another source")
    if diff.left_out:
        parts.append(f"{counted(diff.left_out, 'other change')} not selected")
    if diff.lost:
        parts.append(f"{counted(len(diff.lost), 'part')} could not be compared")
    return "; ".join(parts)


def _same(diff: Diff) -> str:
    """The sentence for a diff in which no step has a finding."""
    if diff.lost and not any(diff.after.steps.get(pair) for pair in diff.before.steps):
        return "No scenario was compared"
    if not diff.changes:
        return "No difference in the compared parts" if diff.lost else "No difference"
    rounded = any(each.change.kind is ChangeKind.ROUNDING for each in diff.changes)
    return (
        f"Nothing that the {'compared ' if diff.lost else ''}scenarios do differs"
        f"{' beyond rounding' if rounded else ''}"
    )


def evidence(changes: Iterable[AttributedChange]) -> Iterator[Evidence]:
    """The changes, with those of the same kind and difference as one."""
    alike: dict[tuple[ChangeKind, str], list[AttributedChange]] = {}
    for each in changes:
        alike.setdefault((each.change.kind, each.change.difference), []).append(each)
    for (kind, difference), found in alike.items():
        yield Evidence(kind=kind, difference=difference, changes=tuple(found))


def sources(diff: Diff) -> list[Source]:
    """The watched functions whose source differs, the most telling first."""
    names: dict[tuple[str, str], list[str]] = {}
    for change in _bodies(diff):
        names.setdefault((change.before, change.after), []).append(change.subject)
    found = []
    for (before, after), internals in names.items():
        sides = before.splitlines(), after.splitlines()
        lines = list(difflib.unified_diff(*sides, n=2, lineterm=""))[2:]
        found.append((sum(map(_telling, lines)), internals, lines))
    found.sort(key=lambda each: -each[0])
    # a diff of nothing else was selected to see the sources
    in_full = len(found) <= IN_FULL or len(_bodies(diff)) == len(diff.changes)
    return [_source(internals, lines, in_full=in_full) for _, internals, lines in found]


def rounding(diff: Diff) -> str:
    """The steps that differ by rounding in one line: how far, where, and what goes with it."""
    steps = [each.change for each in diff.changes if each.change.kind is ChangeKind.ROUNDING]
    if not steps:
        return ""
    places = dict.fromkeys(change.where for change in steps)
    worst = max(steps, key=lambda change: change.ulp or 0.0)
    return (
        f"{counted(len(places), 'step')}, at most {worst.ulp or 0.0:.1f} ULP ({worst.where}); "
        f"{_with_it(diff)}; in {', '.join(places)}"
    )


def packages(diff: Diff) -> str:
    """The packages that differ, in one line."""
    changes = [each.change for each in diff.changes if each.change.kind is ChangeKind.PACKAGE]
    return ", ".join(f"{each.subject} {each.before} → {each.after}" for each in changes)


def _with_it(diff: Diff) -> str:
    """The packages and switches that may bring other rounding and differ between the sides."""
    names = ("tensorflow", "keras", "tf-keras", "numpy")
    facts = [(name, diff.before.version(name), diff.after.version(name)) for name in names]
    old, new = diff.before.settings, diff.after.settings
    facts += [(name, old[name], new[name]) for name in old if name in new]
    differing = [f"{name} {a or 'absent'} → {b or 'absent'}" for name, a, b in facts if a != b]
    text = f"with it differ {', '.join(differing)}" if differing else "no package of them differs"
    return text if old and new else f"{text}; machines were not compared"


def _bodies(diff: Diff) -> list[Change]:
    return [each.change for each in diff.changes if each.change.kind is ChangeKind.BODY]


def _place(change: Change) -> str:
    return change.where + (f" ({', '.join(change.variants)})" if change.variants else "")


def _source(internals: list[str], lines: list[str], *, in_full: bool) -> Source:
    if in_full or len(lines) <= TELLING:
        return Source(names=tuple(internals), lines=tuple(lines))
    ranked = sorted(range(len(lines)), key=lambda at: -_telling(lines[at]))[:TELLING]
    kept = tuple(lines[at] for at in sorted(ranked) if _telling(lines[at]))
    return Source(names=tuple(internals), lines=kept, left_out=len(lines) - len(kept))


def _telling(line: str) -> int:
    """How much a line of a unified diff tells users: errors most, then conditions and defaults."""
    if line[:1] not in ("+", "-"):
        return 0
    if re.search(r"\braise\b", line):
        return 8
    if re.match(r".\s*(?:if|elif|while)\b", line):
        return 4
    if re.search(r"\b(?:get|pop|getattr)\(|\w=(?:None|True|False|'|\d)", line):
        return 3
    return 2 if _watched_call().search(line) else 1


@functools.cache
def _watched_call() -> re.Pattern[str]:
    """The call of an attribute with the name of a watched internal."""
    names = {name.rpartition(".")[2] for name in watched_internals()}
    return re.compile(rf"\.(?:{'|'.join(map(re.escape, names))})\(")
