"""A report as one page that asks for nothing else: text, tables, plots, and a script on demand."""

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import jinja2
from markupsafe import Markup, escape

from harness.base.words import listed
from harness.judging.changes import ChangeKind
from harness.judging.verdicts import TRUTH, Axis, Outcome, Standing
from harness.report.actions import actions, bare, headline, in_short, shown, suspects
from harness.report.escaping import line
from harness.report.model import (
    KINDS,
    STALE,
    Explained,
    Report,
    families,
    moment,
    oldest_first,
    totals,
)
from harness.report.outcomes import loudest
from harness.report.page import SCRIPTS, page_data
from harness.report.plots import plots

SHORT = ("tf-", "keras-")  # what a column of the matrix leaves out of a name
NAMES = {"keras": "Keras", "tensorflow": "TensorFlow", "tf-keras": "tf_keras"}
SHOWN = 6  # names of targets in a list
ACTIONS = 50  # of what needs action, and of what is not there
LIMIT = 200  # characters of a reason or a name that a table shows


@dataclass(frozen=True, kw_only=True)
class Row:
    """A scenario and variant, and the outcome that says most for each target; None: not there."""

    number: int
    axis: Axis
    scenario: str
    variant: str
    outcomes: tuple[Outcome | None, ...]

    @property
    def label(self) -> str:
        return f"{self.scenario} {self.variant}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """How much changes at a target: what scenarios do, and what internals are."""

    target: str
    before: str
    steps: int
    internals: int
    worst: ChangeKind | None


def render(report: Report) -> str:
    """The page as text."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("harness.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        brief=brief,
        code=code,
        few=few,
        listed=joined,
        moment=moment,
        number=number,
        package=package,
        shorter=shorter,
        slug=slug,
        weight=weight,
    )
    counted = totals(report)
    found = in_short(actions(report))
    rows = matrix_rows(report)
    unfinished = bare(report)
    return environment.get_template("page.html.jinja").render(
        report=report,
        headline=headline(report),
        stale_after=STALE.days,
        totals=counted,
        actions=shown(found, ACTIONS),
        actions_more=len(found[ACTIONS:]),
        suspects=suspects(report),
        rows=rows,
        blocks=blocks(rows),
        families=list(families(report.targets)),
        arrivals=arrivals(report),
        groups=groups(report.explained),
        packages=packages(report),
        plots=plots(report),
        outcomes=[o for o in Outcome if any(o is each.outcome for each in report.observations)],
        standings=list(Standing),
        silent=Counter(o.outcome for o in report.observations if o.outcome.silent),
        unfinished=unfinished[:ACTIONS],
        unfinished_more=len(unfinished[ACTIONS:]),
        numbered={each.known.title: at for at, each in enumerate(report.explained)},
        ages=ages(report.explained),
        firsts=first_columns(report),
        hard=KINDS[: KINDS.index(ChangeKind.WORKS)],
        scenarios=list(dict.fromkeys(row.scenario for row in rows)),
        scripts=SCRIPTS,
        data=embedded(page_data(report)),
    )


def embedded(document: Mapping[str, Any]) -> Markup:
    """JSON that no text in it can end the element of."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - nothing is left in it that HTML could take for more than text


def matrix_rows(report: Report) -> list[Row]:
    """Scenarios and variants down, targets across."""
    found: dict[tuple[Axis, str, str], list[list[Outcome]]] = {}
    for at, target in enumerate(report.targets):
        for each in target.observations:
            place = each.verdict.axis, *each.verdict.heading
            cells = found.setdefault(place, [[] for _ in report.targets])
            cells[at].append(each.outcome)
    return [
        Row(
            number=number,
            axis=axis,
            scenario=scenario,
            variant=variant,
            outcomes=tuple(loudest(cell) if cell else None for cell in cells),
        )
        for number, ((axis, scenario, variant), cells) in enumerate(found.items())
    ]


def blocks(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows under what they are compared with."""
    named = (
        ("Scenarios, against the baseline", (Axis.DRIFT,)),
        ("The same steps, against the oracle and the published figures", TRUTH),
        ("Internals, against the baseline", (Axis.WATCH,)),
    )
    found = [(title, [row for row in rows if row.axis in axes]) for title, axes in named]
    return [(title, members) for title, members in found if members]


def arrivals(report: Report) -> list[tuple[str, list[Arrival]]]:
    """How much changes at each target, by family."""
    found: dict[str, list[Arrival]] = {}
    for comparison in report.comparisons:
        changes = [each.change for each in comparison.diff.findings]
        steps = [change for change in changes if change.scenario]
        arrival = Arrival(
            target=comparison.after,
            before=comparison.before,
            steps=len(steps),
            internals=len(changes) - len(steps),
            worst=min((c.kind for c in changes), key=KINDS.index, default=None),
        )
        found.setdefault(comparison.family, []).append(arrival)
    return [(family, its) for family, its in found.items() if any(each.worst for each in its)]


def groups(explained: Sequence[Explained]) -> list[tuple[str, list[Explained]]]:
    """The known changes: first those of what code does, then those of internals alone."""
    does = [each for each in explained if _scenarios(each)]
    inside = [each for each in explained if not _scenarios(each)]
    named = (("What code does", does), ("What Keras is inside", inside))
    return [(title, members) for title, members in named if members]


def ages(explained: Sequence[Explained]) -> dict[str, int]:
    """The place of each known change among all, the oldest first."""
    return {title: at for at, title in enumerate(oldest_first(explained))}


def first_columns(report: Report) -> list[int]:
    """The columns of the matrix at which a family begins, but for the first."""
    sizes = [len(members) for _, members in families(report.targets)]
    return list(itertools.accumulate(sizes))[:-1]


def packages(report: Report) -> dict[str, list[tuple[str, str, str]]]:
    """For each target, what differs in its packages from the one before it."""
    return {
        comparison.after: [
            (change.subject, change.before, change.after)
            for attributed in comparison.diff.changes
            for change in [attributed.change]
            if change.kind is ChangeKind.PACKAGE
        ]
        for comparison in report.comparisons
    }


def code(text: str) -> Markup:
    """Text in which what stands between backticks is code."""
    parts = text.split("`")
    pieces = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    ]
    return Markup("").join(pieces)


def shorter(name: str, family: str) -> str:
    """A target's name without what its family says already."""
    head = next((head for head in SHORT if name.startswith(head)), "")
    return name.removeprefix(head).removesuffix(f"-{family}")


def brief(text: str) -> str:
    """Text in one line that fits a table."""
    return line(text, LIMIT)


def number(count: int) -> str:
    return f"{count:,}"


def joined(names: Sequence[str]) -> str:
    return ", ".join(names)


def few(names: Sequence[str]) -> str:
    """The first of many names."""
    return listed(names, SHOWN)


def slug(name: str) -> str:
    return name.replace(" ", "-")


def package(name: str) -> str:
    return NAMES.get(name, name)


def weight(count: int) -> int:
    """How much a number of changes weighs, from 0 to 3."""
    return sum(count >= least for least in (1, 5, 20))


def _scenarios(each: Explained) -> set[str]:
    return {f.change.scenario for _, found in each.seen for f in found if f.change.scenario}
