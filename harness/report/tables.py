"""The tables in the documents, from targets, locks and baselines; nothing is run."""

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from harness.baselines import file_name, load_steps, load_watches
from harness.environments import pinned, read_lock
from harness.errors import UsageError
from harness.history import Stretch, Watch, defined_by_its_class, reasons, stretches
from harness.paths import ROOT
from harness.records import Accepted
from harness.targets import FAMILIES, Target, load_targets

# the steps that the table of results shows: its heading, scenario, variant, step
RESULTS = (
    ("article as printed", "stateful", "printed", "first pass"),
    ("all seeds set", "stateful", "strict", "first pass"),
    ("fixed weights", "stateful", "fixed", "first pass"),
    ("second pass", "stateful", "fixed", "second pass"),
    ("reset to ones", "reset", "fixed", "reset to ones"),
    ("override, ones", "override", "fixed", "single sample, ones"),
)


def documents(baselines: Path) -> dict[Path, str]:
    """Every document with generated parts, by its path, as it should read.

    Raises UsageError if a part that belongs into one is missing.
    """
    targets = list(load_targets().values())
    watches = load_watches(baselines, targets)
    readme = {"results": results_table(targets, baselines), "targets": targets_table(targets)}
    parts = {
        ROOT / "README.md": readme,
        ROOT / "docs" / "internals.md": {"internals": internals_table(watches)},
    }
    return {
        path: with_parts(path.name, path.read_text(encoding="utf-8"), tables)
        for path, tables in parts.items()
    }


def with_parts(name: str, text: str, parts: Mapping[str, Iterable[str]]) -> str:
    """`text` with the lines between `<!-- begin NAME -->` and `<!-- end NAME -->` made anew."""
    for part, lines in parts.items():
        begin, end = f"<!-- begin {part} -->", f"<!-- end {part} -->"
        if begin not in text or end not in text:
            raise UsageError(f"{name}: {begin} ... {end} is missing")
        before, rest = text.split(begin, 1)
        text = "\n".join([before + begin, *lines, end]) + rest.split(end, 1)[1]
    return text


def results_table(targets: Sequence[Target], baselines: Path) -> Iterator[str]:
    """A row for each stretch of targets of a family in which every cell is the same."""
    headings = ["targets", "Keras", *(heading for heading, *_ in RESULTS)]
    yield _row(headings)
    yield _row(["---"] * len(headings))
    for family in FAMILIES:
        members = [target for target in targets if target.family == family and target.locked]
        rows = ((target, _cells(baselines / target.name)) for target in members)
        for cells, stretch in itertools.groupby(rows, lambda row: row[1]):
            alike = [target for target, _ in stretch]
            yield _row([_ends([t.name for t in alike]), _ends(list(map(_keras, alike))), *cells])


def targets_table(targets: Sequence[Target]) -> Iterator[str]:
    headings = ["target", "family", "requirements", "Keras", "Python", "as of"]
    yield _row(headings)
    yield _row(["---"] * len(headings))
    for target in targets:
        wanted = " ".join(f"`{requirement}`" for requirement in target.requirements)
        as_of = str(target.as_of) if target.locked else "the day it runs"
        keras = _keras(target) if target.locked else "newest"
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
    """Where it changed, and in what, e.g. `tf-2.6 moved; tf-2.16 signature, body`."""
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


def _cell(accepted: Accepted | None) -> str:
    if accepted is None:
        return ""
    if accepted.error:
        return f"`{accepted.error.type}`"
    if not accepted.reproducible:
        return "not reproducible"
    mean = accepted.arrays["output"].mean
    return f"{mean:.6f}"


def _keras(target: Target) -> str:
    """The Keras behind `tf.keras` as the lock has it; before 2.6 it is part of TensorFlow."""
    lock = pinned(read_lock(target))
    legacy = "TF_USE_LEGACY_KERAS" in target.variables
    return lock.get("tf-keras" if legacy else "keras", "built in")


def _ends(names: Sequence[str]) -> str:
    return names[0] if names[0] == names[-1] else f"{names[0]} … {names[-1]}"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
