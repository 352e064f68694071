"""The generated parts of the documents: tables of targets, locks, baselines, changes and tests."""

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.base.errors import UsageError
from harness.base.project import RESOURCES, SCENARIOS, Project
from harness.environments.locks import pinned, read_lock
from harness.environments.targets import FAMILIES, UNLOCKED, Target
from harness.judging.criteria import Criteria
from harness.judging.defects import load_defects, open_defects
from harness.judging.history import Stretch, Watch, defined_by_its_class, reasons, stretches
from harness.judging.known import KnownChange
from harness.observing.baselines import file_name, load_steps, load_watches
from harness.observing.catalogue import scenario_script
from harness.observing.results import Result
from harness.observing.snapshots import Snapshot, from_baseline, keras_of
from harness.report.model import span
from harness.report.numbers import eras_rows, meanings_rows, oracle_rows, seeding_rows
from harness.report.reliability import fault_tables

SCRIPTS = "../harness/probe/scenarios"  # relative to docs
# the steps that the table of results shows: its heading, scenario, variant, step
RESULTS = (
    ("article as printed", "stateful", "printed", "first pass"),
    ("all seeds set", "stateful", "strict", "first pass"),
    ("fixed weights", "stateful", "fixed", "first pass"),
    ("second pass", "stateful", "fixed", "second pass"),
    ("reset to ones", "reset", "fixed", "reset to ones"),
    ("override, ones", "override", "fixed", "single sample, ones"),
)


def documents(project: Project, targets: Sequence[Target], criteria: Criteria) -> dict[Path, str]:
    """The up-to-date text of each document with generated parts, by its path.

    Raises UsageError if a document lacks the markers of a part, or a test has a wrong mark.
    """
    watches = load_watches(project.baselines, targets)
    observed: dict[str, list[Snapshot]] = {}
    for target in targets:
        observed.setdefault(target.family, []).append(from_baseline(target, project))
    families = {name: each for name, each in observed.items() if name not in UNLOCKED}
    numbers = {
        "eras": _table(eras_rows(families, criteria.tolerances)),
        "oracle": _table(oracle_rows(families)),
        "meanings": _table(meanings_rows(families)),
        "seeding": _table(seeding_rows(families)),
    }
    root = project.root
    parts = {
        root / "README.md": {"results": results_table(targets, project)},
        root / "docs" / "targets.md": {"targets": targets_table(targets, project)},
        root / "docs" / "internals.md": {"internals": internals_table(watches)},
        root / "docs" / "numerics.md": numbers,
        root / "docs" / "changes.md": {"changes": _table(changes_rows(criteria.known))},
        root / "docs" / "open-defects.md": {"defects": _table(defects_rows(observed))},
        root / "docs" / "reliability.md": {"faults": fault_tables(root)},
    }
    return {
        path: with_parts(path.name, path.read_text(encoding="utf-8"), tables)
        for path, tables in parts.items()
    }


def with_parts(name: str, text: str, parts: Mapping[str, Iterable[str]]) -> str:
    """`text` with new lines between `<!-- begin PART -->` and `<!-- end PART -->`.

    Raises UsageError, which names the document `name`, if a marker is missing.
    """
    for part, lines in parts.items():
        begin, end = f"<!-- begin {part} -->", f"<!-- end {part} -->"
        if begin not in text or end not in text:
            raise UsageError(f"{name}: {begin} ... {end} is missing")
        before, rest = text.split(begin, 1)
        text = "\n".join([before + begin, *lines, end]) + rest.split(end, 1)[1]
    return text


def changes_rows(known: Iterable[KnownChange]) -> Iterator[list[str]]:
    yield ["since", "what", "what it means", "what to write instead"]
    for each in known:
        script = f" ([{each.portable}]({SCRIPTS}/{each.portable}.py))" if each.portable else ""
        what = f"[{each.title}]({each.link})"
        yield [f"{each.package} {each.since}", what, each.why, f"{each.instead}{script}"]


def defects_rows(observed: Mapping[str, Sequence[Snapshot]]) -> Iterator[list[str]]:
    """A row for each open defect; `observed` are the targets of each family."""
    yield ["what goes wrong", "seen on", "in the nightly", "step", "thread"]
    families = {name: each for name, each in observed.items() if name != "fresh"}
    for each in open_defects(load_defects(RESOURCES / "open_defects.toml"), families):
        defect = each.defect
        seen = [
            spans([snapshot.name for snapshot in family], each.targets)
            for name, family in families.items()
            if name != "nightly"
        ]
        script = scenario_script(defect.scenario).relative_to(SCENARIOS)
        yield [
            defect.what,
            ", ".join(filter(None, seen)) or "no release",
            "yes" if each.nightly else "not shown",  # it may be hidden by another defect
            f"[{defect.step}]({SCRIPTS}/{script}): {defect.shows}",
            f"[thread]({defect.link})" if defect.link else "none known",
        ]


def spans(names: Sequence[str], chosen: Collection[str]) -> str:
    """The chosen names, neighbours of them as a span: `tf-2.0 … tf-2.4, tf-2.9`."""
    found = (
        list(group)
        for is_chosen, group in itertools.groupby(names, key=lambda name: name in chosen)
        if is_chosen
    )
    return ", ".join(span(each) for each in found)


def results_table(targets: Sequence[Target], project: Project) -> Iterator[str]:
    """A row for each stretch of targets of a family in which every cell is the same."""
    headings = ["targets", "Keras", *(heading for heading, *_ in RESULTS)]
    yield _row(headings)
    yield _row(["---"] * len(headings))
    for family in FAMILIES:
        members = [target for target in targets if target.family == family and target.locked]
        rows = ((target, _cells(project.baselines / target.name)) for target in members)
        for cells, stretch in itertools.groupby(rows, lambda row: row[1]):
            alike = [target for target, _ in stretch]
            yield _row(
                [span([t.name for t in alike]), span([_keras(t, project) for t in alike]), *cells]
            )


def targets_table(targets: Sequence[Target], project: Project) -> Iterator[str]:
    headings = ["target", "family", "requirements", "Keras", "Python", "as of"]
    yield _row(headings)
    yield _row(["---"] * len(headings))
    for target in targets:
        wanted = " ".join(f"`{requirement}`" for requirement in target.requirements)
        as_of = str(target.as_of) if target.locked else "the day it runs"
        keras = _keras(target, project) if target.locked else "newest"
        yield _row([f"`{target.name}`", target.family, wanted, keras, target.python, as_of])


def internals_table(watches: Mapping[str, Mapping[str, Watch]]) -> Iterator[str]:
    """A row for each watched internal that its class itself defines on some target."""
    families = [family for family in FAMILIES if family in watches]
    yield _row(["internal", *families, "why it is watched"])
    yield _row(["---"] * (len(families) + 2))
    every = [watch for targets in watches.values() for watch in targets.values()]
    for name, why in reasons(every).items():
        if defined_by_its_class(name, every):
            cells = [_changes(stretches(name, watches[family])) for family in families]
            yield _row([f"`{name}`", *cells, why])


def _changes(history: Iterable[Stretch]) -> str:
    """The targets with changes, and the kinds, e.g. `tf-2.6 moved; tf-2.16 signature, body`."""
    return "; ".join(
        f"{stretch.targets[0]} {', '.join(change.kind for change in stretch.changes)}"
        for stretch in history
        if stretch.changes
    )


def _cells(directory: Path) -> list[str]:
    return [
        _cell(load_steps(directory / file_name(scenario, variant)).get(step))
        for _, scenario, variant, step in RESULTS
    ]


def _cell(result: Result | None) -> str:
    if result is None:
        return ""
    if result.error:
        return f"`{result.error.type}`"
    if not result.reproducible:
        return "not reproducible"
    mean = result.arrays["output"].mean
    return f"{mean:.6f}"


def _keras(target: Target, project: Project) -> str:
    return keras_of(pinned(read_lock(target, project.locks)), target.variables)


def _table(rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Rows, of which the first is the heading, as lines of Markdown."""
    heading, *others = rows
    yield _row(heading)
    yield _row(["---"] * len(heading))
    yield from map(_row, others)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
