"""A report as one HTML page that loads no other file: text, tables, plots, and a script."""

import itertools
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape

from harness.base import words
from harness.judging.changes import ChangeKind
from harness.judging.known import Effect
from harness.judging.verdicts import TRUTH, Axis, Outcome, Standing
from harness.report import evidence, plots
from harness.report.actions import (
    actions,
    headline,
    merged,
    shown,
    suspects,
    unfinished,
)
from harness.report.environment import pages
from harness.report.escaping import line
from harness.report.feeds import feed_names
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
from harness.report.page import SCRIPTS, page_data

SHORT = ("tf-", "keras-")  # beginnings of names that the columns of the matrix omit
NAMES = {"keras": "Keras", "tensorflow": "TensorFlow", "tf-keras": "tf_keras"}
SHOWN = 6  # names of targets in a list
ACTIONS = 50  # rows of actions, of unchecked targets, and of unstable steps
NIGHTS = 30
LIMIT = 200  # characters of a reason or a name that a table shows


@dataclass(frozen=True, kw_only=True)
class Row:
    """A scenario and variant, with the most important outcome on each target, None without one."""

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
    """The number of changed steps and changed internals at a target."""

    target: str
    before: str
    steps: int
    internals: int
    worst: ChangeKind | None


def render(report: Report) -> str:
    """The page as text."""
    environment = pages()
    environment.filters.update(
        and_more=and_more_sentence,
        brief=brief,
        code=code,
        counted=words.counted,
        few=few,
        evidence=evidence.evidence,
        listed=joined,
        moment=moment,
        number=number,
        package=package,
        shorter=shorter,
        slug=slug,
        weight=weight,
    )
    counted = totals(report)
    found = merged(actions(report))
    rows = matrix_rows(report)
    unchecked = unfinished(report)
    seen: Counter[Outcome] = Counter()
    for target in report.targets:
        seen += target.outcomes
    return environment.get_template("page.html.jinja").render(
        report=report,
        headline=headline(report),
        stale_after=STALE.days,
        totals=counted,
        comparisons=[
            (each, evidence.headline(each.diff), evidence.rounding(each.diff))
            for each in report.comparisons
        ],
        actions=shown(found, ACTIONS),
        actions_more=len(found[ACTIONS:]),
        suspects=suspects(report),
        rows=rows,
        marks={None: "", **{outcome: mark(outcome) for outcome in Outcome}},
        blocks=blocks(rows),
        families=list(families(report.targets)),
        feeds=feed_names(report),
        nights_shown=NIGHTS,
        flakes_shown=ACTIONS,
        arrivals=arrivals(report),
        groups=groups(report.explained),
        packages=packages(report),
        plots=plots.plots(report),
        drawn=plots,
        outcomes=[each for each in Outcome if each in seen],
        standings=list(Standing),
        silent={outcome: count for outcome, count in seen.items() if outcome.silent},
        unfinished=unchecked[:ACTIONS],
        unfinished_more=len(unchecked[ACTIONS:]),
        numbered={each.known.title: at for at, each in enumerate(report.explained)},
        ages=ages(report.explained),
        firsts=first_columns(report),
        hard=(Effect.RESULTS, Effect.RAISES),
        scenarios=list(dict.fromkeys(row.scenario for row in rows)),
        scripts=SCRIPTS,
        data=embedded(page_data(report)),
    )


def embedded(document: Mapping[str, Any]) -> Markup:
    """JSON for a script element, escaped so that no text in it can end the element."""
    text = json.dumps(document, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return Markup(text)  # noqa: S704 - has no character that is special in HTML


def mark(outcome: Outcome) -> Markup:
    """A cell of the matrix."""
    cell = Markup('<span class="cell o-{}">{}</span>')
    return cell.format(slug(outcome), outcome.sign)


def matrix_rows(report: Report) -> list[Row]:
    """Scenarios and variants down, targets across."""
    places = dict.fromkeys(place for target in report.targets for place in target.matrix)
    return [
        Row(
            number=number,
            axis=axis,
            scenario=scenario,
            variant=variant,
            outcomes=tuple(target.matrix.get(place) for target in report.targets),
        )
        for number, place in enumerate(places)
        for axis, scenario, variant in [place]
    ]


def blocks(rows: Sequence[Row]) -> list[tuple[str, list[Row]]]:
    """The rows grouped by their reference: the baseline, or the oracle."""
    named = (
        ("Scenarios, against the baseline", (Axis.DRIFT,)),
        ("The same steps, against the oracle and the published figures", TRUTH),
        ("Internals, against the baseline", (Axis.WATCH,)),
    )
    found = [(title, [row for row in rows if row.axis in axes]) for title, axes in named]
    return [(title, members) for title, members in found if members]


def arrivals(report: Report) -> list[tuple[str, list[Arrival]]]:
    """The arrivals of each family that has a change."""
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
    """The known changes: first those with changed steps, then those of internals alone."""
    behaviour = [each for each in explained if _in_steps(each)]
    inside = [each for each in explained if not _in_steps(each)]
    named = (("Behaviour of code", behaviour), ("Internals of Keras", inside))
    return [(title, members) for title, members in named if members]


def ages(explained: Sequence[Explained]) -> dict[str, int]:
    """The place of each known change in the order of age, the oldest first, by title."""
    return {title: at for at, title in enumerate(oldest_first(explained))}


def first_columns(report: Report) -> list[int]:
    """The first column of each family in the matrix, except the first family."""
    sizes = [len(members) for _, members in families(report.targets)]
    return list(itertools.accumulate(sizes))[:-1]


def packages(report: Report) -> dict[str, list[tuple[str, str, str]]]:
    """For each target the packages that differ from the target before: name, before, after."""
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
    """Text as HTML, with the parts between backticks as code."""
    parts = text.split("`")
    pieces = [
        Markup("<code>{}</code>").format(part) if at % 2 else escape(part)
        for at, part in enumerate(parts)
    ]
    return Markup("").join(pieces)


def shorter(name: str, family: str) -> str:
    """A target's name without its beginning and its family."""
    head = next((head for head in SHORT if name.startswith(head)), "")
    return name.removeprefix(head).removesuffix(f"-{family}")


def brief(text: str) -> str:
    """Text in one line of at most LIMIT characters."""
    return line(text, LIMIT)


def number(count: int) -> str:
    return f"{count:,}"


def joined(names: Sequence[str]) -> str:
    return ", ".join(names)


def few(names: Sequence[str]) -> str:
    """The first SHOWN names, and the number of the others."""
    return words.listed(names, SHOWN)


def and_more_sentence(count: int) -> str:
    """The beginning of a sentence on the rows that a table leaves out: `And 3 more`."""
    return words.and_more("", count).strip().capitalize()


def slug(name: str) -> str:
    return name.replace(" ", "-")


def package(name: str) -> str:
    return NAMES.get(name, name)


def weight(count: int) -> int:
    """The shade of a number of changes, from 0 (none) to 3 (20 or more)."""
    return sum(count >= least for least in (1, 5, 20))


def _in_steps(each: Explained) -> bool:
    return any(cause.steps for _, cause in each.seen)
