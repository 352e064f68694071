"""docs/performance.md: a row for each part of the benchmark, as it was last measured. Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

HEAD = ("measured", "beside", "harness", "ratio", "besides", "at most", "bound by", "on")
NOT_MEASURED = "not measured"


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Two sides measured in turn, in seconds; `wanted` is what the ratio or the rest may be.

    Without `lefts`, nothing is there to compare with, and `wanted` is about the right side.
    """

    title: str
    left: str = ""
    lefts: Sequence[float] = ()
    right: str
    rights: Sequence[float]
    wanted: str
    bound: str  # by what the time of the right side is bound

    @property
    def ratio(self) -> str:
        if not self.lefts:
            return ""
        return f"{statistics.median(self.rights) / statistics.median(self.lefts):.2f}"

    @property
    def besides(self) -> str:
        if not self.lefts:
            return ""
        return f"{statistics.median(self.rights) - statistics.median(self.lefts):.2f} s"


def described(compared: Compared) -> str:
    """The figures of both sides, for a terminal."""
    lines = [compared.title]
    for name, figures in ((compared.left, compared.lefts), (compared.right, compared.rights)):
        if figures:
            each = " ".join(f"{value:.2f}" for value in figures)
            lines += [f"  {name}", f"    {each}   median {statistics.median(figures):.2f}"]
    told = f"ratio of the medians {compared.ratio}, besides {compared.besides}"
    wanted = f"wanted at most {compared.wanted}" if compared.wanted else ""
    both = [told if compared.lefts else "", wanted]
    return "\n".join([*lines, f"  {', '.join(filter(None, both))}\n"])


def page(old: str, titles: Iterable[str], done: Iterable[Compared], machine: str) -> str:
    """The page with what was measured now; other rows are those of the `old` page.

    `titles` are all that can be measured, in order; `machine` says on what it was measured now.
    """
    rows = dict(_rows(old)) | {each.title: _row(each, machine) for each in done}
    lines = [
        "# Performance",
        "",
        "Written by `nox -s bench`. Seconds of wall clock where nothing else is said: the median,",
        "and the fastest and the slowest of several runs. The two sides are measured in turn.",
        "",
        _line(HEAD),
        _line(["---"] * len(HEAD)),
        *(rows.get(title, _line([title, *[NOT_MEASURED] * (len(HEAD) - 1)])) for title in titles),
    ]
    return "\n".join(lines) + "\n"


def _rows(old: str) -> Mapping[str, str]:
    """The rows of a page by their titles."""
    lines = [line for line in old.splitlines() if line.startswith("| ")][2:]
    return {line[2:].split(" | ", 1)[0]: line for line in lines}


def _row(each: Compared, machine: str) -> str:
    left = f"{each.left}: {_spread(each.lefts)}" if each.lefts else ""
    right = f"{each.right}: {_spread(each.rights)}"
    wanted = each.wanted or "not set"
    return _line([each.title, left, right, each.ratio, each.besides, wanted, each.bound, machine])


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _spread(figures: Sequence[float]) -> str:
    return f"{statistics.median(figures):.2f} ({min(figures):.2f} to {max(figures):.2f})"
