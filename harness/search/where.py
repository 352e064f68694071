"""Where in the source of the packages to blame the change may lie."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.base.errors import HarnessError
from harness.base.words import counted, listed
from harness.environments.targets import Target
from harness.environments.virtual_environments import Environment
from harness.judging.criteria import Criteria
from harness.judging.diff import diff
from harness.observing.catalogue import watched_internals
from harness.search.candidate_runs import Runner
from harness.search.catalogue_subjects import InternalSubject
from harness.search.cells import first_difference
from harness.search.functions import ChangedFunction, Functions, functions

WATCHED = frozenset(watched_internals())
IN_TEXT = 5  # functions that the text names
IN_FULL = 1  # of them with their difference
LINES = 16  # of a difference
INTERNALS = 8  # watched internals that the text names
WIDE = 160  # characters of a line


@dataclass(frozen=True, kw_only=True)
class Where:
    """The functions that ran and differ, and the watched internals that changed, a sentence each.

    `cells` is a sentence on where recurrent cells first differ. `reason` says why the functions
    were not looked at.
    """

    functions: Functions | None = None
    cells: str = ""
    internals: tuple[str, ...] = ()
    reason: str = ""


def where(
    runner: Runner,
    sides: tuple[Target, Target],
    shown: Any,
    packages: Sequence[str],
    differences: Sequence[str],
) -> Where:
    """Look into the source of `packages` on both sides; `shown` is what the older one shows."""
    text = "\n".join(differences)
    internals = tuple(_internals(runner, sides, text))
    if not packages:
        return Where(internals=internals, reason="no package is known to be to blame")
    arguments = runner.subject.traced(shown)
    if not arguments:
        return Where(internals=internals, reason="the functions that run cannot be traced")
    try:
        with runner.held(sides[0]) as old, runner.held(sides[1]) as new:
            found = functions(packages, (old, new), arguments, text)
            cells = _cells((old, new), arguments)
    except HarnessError as error:
        return Where(internals=internals, reason=str(error))
    return Where(functions=found, cells=cells, internals=internals)


def _cells(sides: tuple[Environment, Environment], arguments: Sequence[str | Path]) -> str:
    try:
        return first_difference(sides, arguments)
    except HarnessError as error:
        return str(error)


def _internals(runner: Runner, sides: tuple[Target, Target], text: str) -> Iterator[str]:
    """The watched internals that differ, first those that the differences name."""
    criteria = Criteria()
    subject = InternalSubject(name="", criteria=criteria)
    looking = replace(runner, subject=subject, results=runner.results.parent / subject.key)
    old, new = (looking.run(each, 1).shown for each in sides)
    if old is None or new is None:
        return
    found = (each.change for each in diff(old.value, new.value, criteria).changes)
    changes = [each for each in found if not each.scenario and each.subject in WATCHED]
    changes.sort(key=lambda each: (each.subject not in text, not each.kind.finding))
    for each in changes:
        yield f"{each.where}: {each}"


def where_lines(found: Where) -> Iterator[str]:
    """The answer for a terminal."""
    if found.functions is None:
        yield f"the functions that ran were not compared: {found.reason}"
    else:
        yield from _functions(found.functions)
    if found.cells:
        yield f"eagerly and unrolled: {_cut(found.cells)}"
    if found.internals:
        yield f"watched internals that changed ({len(found.internals)}):"
        for each in found.internals[:INTERNALS]:
            yield f"  {_cut(each)}"


def _functions(found: Functions) -> Iterator[str]:
    names = listed(found.packages, IN_TEXT)
    if not found.same and not found.changed and not found.old_alone and not found.new_alone:
        yield f"no function of {names} that ran could be traced"
        yield from _ended(found)
        return
    if found.none_differs:
        code = "compiled code" if found.compiled else "code outside of functions"
        yield (
            f"all {counted(found.same, 'function')} of {names} that ran are the same on both "
            f"sides: the change is in {code}, or in values that {names} keeps"
        )
        yield from _ended(found)
        return
    yield (
        f"functions of {names} that ran: {found.same} are the same, {len(found.changed)} differ, "
        f"{found.old_alone} ran on the old side alone, {found.new_alone} on the new side alone"
        + (f", {found.unread} could not be read" if found.unread else "")
    )
    yield from _ended(found)
    for number, each in enumerate(found.changed[:IN_TEXT]):
        yield f"  {each.new.name} ({each.new.file})" + "".join(
            f": {_cut(told)}" for told in each.told[:1]
        )
        if number < IN_FULL:
            yield from (f"    {_cut(line)}" for line in each.lines[:LINES])
            if len(each.lines) > LINES:
                yield f"    and {len(each.lines) - LINES} more lines"


def _ended(found: Functions) -> Iterator[str]:
    for error in found.ended:
        yield f"  while it was traced, the script ended with {_cut(error)}"


def where_document(found: Where) -> dict[str, Any]:
    """The answer as JSON."""
    ran = found.functions
    return {
        "reason": found.reason,
        "internals": list(found.internals),
        "cells": found.cells,
        "functions": ran
        and {
            "packages": list(ran.packages),
            "same": ran.same,
            "old_alone": ran.old_alone,
            "new_alone": ran.new_alone,
            "unread": ran.unread,
            "ended": list(ran.ended),
            "compiled": ran.compiled,
            "changed": [_changed(each) for each in ran.changed],
        },
    }


def _changed(found: ChangedFunction) -> dict[str, Any]:
    return {
        "name": found.new.name,
        "old_file": found.old.file,
        "new_file": found.new.file,
        "inside": found.new.inside,
        "watched": found.new.watched,
        "told": list(found.told),
        "diff": list(found.lines),
    }


def _cut(text: str) -> str:
    text = " ".join(text.splitlines()) if text[:1] not in "+-" else text
    return text if len(text) <= WIDE else f"{text[: WIDE - 1]}…"
