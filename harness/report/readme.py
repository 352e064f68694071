"""The README's tables, from the targets file, the locks and the baselines; nothing is run."""

import itertools
from collections.abc import Iterator, Sequence
from pathlib import Path

from harness.baselines import file_name, load_steps
from harness.environments import pinned, read_lock
from harness.errors import UsageError
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


def with_tables(text: str, baselines: Path) -> str:
    """`text` with each part between `<!-- begin NAME -->` and `<!-- end NAME -->` made anew.

    Raises UsageError if a part that belongs there is missing.
    """
    targets = list(load_targets().values())
    parts = {"results": results_table(targets, baselines), "targets": targets_table(targets)}
    for name, lines in parts.items():
        begin, end = f"<!-- begin {name} -->", f"<!-- end {name} -->"
        if begin not in text or end not in text:
            raise UsageError(f"README.md: {begin} ... {end} is missing")
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
