"""Searches 10,000 invented histories of each kind, and counts how the searches end.

    nox -s bench -- histories     prints the table, and writes it into docs/culprit.md

A search that ends sure must be right. Nothing runs: a candidate shows a letter, at once.
"""

from collections.abc import Iterator

import numpy as np

from harness.base.errors import UncheckedError
from harness.base.project import CHECKOUT
from harness.report.tables import with_parts
from tests.support.histories import History, random_letters

TRIES, TOTAL = 10_000, 128
DOCUMENT = CHECKOUT / "docs" / "culprit.md"
KINDS = {
    "one change": ("monotonic", 0.0),
    "there, back and there again": ("there and back", 0.0),
    "a fifth tells nothing": ("holes", 0.0),
    "5 % of the runs show the other side": ("monotonic", 0.05),
    "20 % of the runs show the other side": ("monotonic", 0.2),
}
ENDS = ("right, sure", "right, likely", "wrong, likely", "wrong, sure", "no answer")


def main() -> int:
    lines = [*_table()]
    print(*lines, sep="\n")
    text = with_parts(DOCUMENT.name, DOCUMENT.read_text(encoding="utf-8"), {"histories": lines})
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


def _table() -> Iterator[str]:
    columns = ("history", *ENDS, "probes, mean", "most")
    yield f"| {' | '.join(columns)} |"
    yield f"| --- |{' ---: |' * (len(columns) - 1)}"
    for name, (kind, flaky) in KINDS.items():
        counts, probes = _searched(kind, flaky)
        cells = [f"{counts[end]:,}" for end in ENDS]
        yield f"| {name} | {' | '.join(cells)} | {np.mean(probes):.1f} | {max(probes)} |"


def _searched(kind: str, flaky: float) -> tuple[dict[str, int], list[int]]:
    """How many searches end in which way, and the number of probes of each."""
    chance = np.random.default_rng(1)
    counts, probes = dict.fromkeys(ENDS, 0), []
    for _ in range(TRIES):
        letters = random_letters(kind, TOTAL, chance)
        history = History(letters=letters, flaky=flaky, chance=chance)
        bisection = history.bisection()
        try:
            found = bisection.search()
        except UncheckedError:
            counts["no answer"] += 1
        else:
            right = "right" if history.is_right([each.window for each in found]) else "wrong"
            sure = "likely" if any(each.doubt for each in found) else "sure"
            counts[f"{right}, {sure}"] += 1
        probes.append(bisection.probes)
    return counts, probes


if __name__ == "__main__":
    raise SystemExit(main())
