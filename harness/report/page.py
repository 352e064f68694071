"""The data of the page's script: a report as nested lists, each text stored once."""

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from harness.base.words import json_number
from harness.judging.causes import Cause
from harness.judging.changes import ChangeKind
from harness.judging.history import Stretch
from harness.judging.known import AttributedChange
from harness.judging.verdicts import Outcome
from harness.report.actions import command
from harness.report.evidence import sources
from harness.report.model import STALE, Comparison, Report, ReportedVerdict

TARGET = "TARGET"  # placeholder for a target's name in a command
SCRIPTS = "scenarios"  # the directory of the scenarios' scripts, beside the page


class Texts:
    """Numbers texts, so that each is stored once; of a text of several lines, each line.

    `stored` has for each number its text, or the numbers of its lines.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self.stored: list[str | list[int]] = []

    def __call__(self, text: str) -> int:
        if text not in self._numbers:
            lines = text.split("\n")
            what = text if len(lines) == 1 else self.all(lines)
            self._numbers[text] = len(self.stored)
            self.stored.append(what)
        return self._numbers[text]

    def all(self, texts: Iterable[str]) -> list[int]:
        return [self(text) for text in texts]


def page_data(report: Report) -> dict[str, Any]:
    """The report as data; `templates/page.js` documents the order of each list."""
    texts = Texts()
    rows, cells = _matrix(report, texts)
    known = {each.known.title: at for at, each in enumerate(report.explained)}
    return {
        "targets": [
            [each.name, each.target.family, each.standing, each.reason] for each in report.targets
        ],
        "outcomes": [[outcome, outcome.sign, outcome.standing] for outcome in Outcome],
        "kinds": [[kind, kind.finding] for kind in ChangeKind],
        "rows": rows,
        "cells": cells,
        "known": [each.known.title for each in report.explained],
        "comparisons": [_comparison(each, known, texts) for each in report.comparisons],
        "histories": _histories(report, texts),
        "span": [moment.isoformat() for moment in report.span] if report.span else None,
        "staleAfter": STALE.days,
        "scripts": SCRIPTS,
        "texts": texts.stored,
    }


def _matrix(report: Report, texts: Texts) -> tuple[list[Any], list[Any]]:
    """A row for each step, with the number of a cell for each target, and the cells."""
    cells: dict[tuple[object, ...], int] = {}
    rows: dict[tuple[str, str, str, str], tuple[str | None, list[int]]] = {}

    @functools.cache
    def placed(each: ReportedVerdict) -> tuple[list[int], int]:
        place = (*each.row, each.verdict.listed_step)
        _, row = rows.setdefault(place, (each.script, [-1] * len(report.targets)))
        return row, cells.setdefault(_cell(each, texts), len(cells))

    for at, target in enumerate(report.targets):
        for each in target.observations:
            row, cell = placed(each)
            row[at] = cell
    return (
        [
            [*texts.all(place), texts(script or ""), texts(command(TARGET, script)), row, axis]
            for (axis, *place), (script, row) in rows.items()
        ],
        [list(cell) for cell in cells],
    )


def _cell(each: ReportedVerdict, texts: Texts) -> tuple[object, ...]:
    verdict = each.verdict
    means = ", ".join(
        f"{name} {'no value' if mean is None else format(mean, '.9g')}"
        for name, mean in each.means.items()
    )
    return (
        OUTCOMES[verdict.outcome],
        texts(verdict.reason),
        json_number(verdict.mean),
        json_number(verdict.baseline),
        json_number(verdict.difference),
        json_number(verdict.ulp),
        json_number(verdict.noise),
        texts(f"{each.error.type}: {each.error.message}" if each.error else ""),
        texts(each.oracle.reason if each.oracle else ""),
        texts(means),
    )


def _comparison(each: Comparison, known: Mapping[str, int], texts: Texts) -> list[Any]:
    causes = each.diff.causes
    places = {id(found): at for at, cause in enumerate(causes) for found in cause.changes}
    return [
        each.before,
        each.after,
        [_change(found, places.get(id(found), -1), texts) for found in each.diff.changes],
        [_cause(cause, known.get(cause.title, -1) if cause.known else -1) for cause in causes],
        [
            [texts(", ".join(source.names)), texts("\n".join(source.lines)), source.left_out]
            for source in sources(each.diff)
        ],
    ]


def _change(attributed: AttributedChange, cause: int, texts: Texts) -> list[Any]:
    change = attributed.change
    return [
        KINDS[change.kind],
        texts(change.scenario),
        texts(change.subject),
        texts(", ".join(change.variants)),
        cause,
    ]


def _cause(cause: Cause, known: int) -> list[Any]:
    return [cause.title, cause.knowledge, cause.effect, cause.release, known]


def _histories(report: Report, texts: Texts) -> list[Any]:
    """For each internal its name, the reason to watch it, and its stretches by family."""
    found: dict[str, tuple[str, list[Any]]] = {}
    for each in report.histories:
        families = found.setdefault(each.name, (each.why, []))[1]
        families.append([each.family, [_stretch(s, texts) for s in each.stretches]])
    return [[name, why, families] for name, (why, families) in found.items()]


def _stretch(stretch: Stretch, texts: Texts) -> list[Any]:
    described = stretch.described
    facts = [f"{fact}: {line}" for fact, lines in described.facts.items() for line in lines]
    return [
        stretch.targets[0],
        stretch.targets[-1],
        len(stretch.targets),
        texts(str(described)),
        texts("\n".join(described.calls)),
        texts(described.body or "\n".join(facts)),
        [
            [KINDS[change.kind], texts(change.before), texts(change.after)]
            for change in stretch.changes
        ],
    ]


def positions(names: Sequence[str]) -> dict[str, int]:
    return {name: at for at, name in enumerate(names)}


OUTCOMES = positions(list(Outcome))
KINDS = positions(list(ChangeKind))
