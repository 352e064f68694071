"""Invented histories of a behaviour, and searches among them that run nothing."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from harness.search.bisection import Bisection, Ran
from harness.search.narrowing import Window
from harness.search.subjects import Place

Runs = tuple[str, ...]  # what each run of a candidate shows

UNTOLD = "?"  # in a history: a candidate that tells nothing


class Letters:
    """A subject whose runs each show a letter; runs that differ show neither letter."""

    name = key = "letters"

    def require(self, old: Runs, new: Runs) -> None:
        pass

    def kept(self, directory: Path, lock_sha256: str, runs: int) -> Runs | None:
        del directory, lock_sha256, runs
        return None

    def show(self, place: Place, runs: int) -> Runs:
        raise NotImplementedError

    def each_run(self, shown: Runs) -> list[Runs]:
        return [(each,) for each in shown]

    def differences(self, old: Runs, new: Runs) -> list[str]:
        before, after = ("".join(sorted(set(each))) for each in (old, new))
        same = before == after or (len(before) > 1 and len(after) > 1)
        return [] if same else [f"{after} instead of {before}"]

    def not_compared(self, old: Runs, new: Runs) -> list[str]:
        del old, new
        return []


@dataclass(kw_only=True)
class History:
    """What each candidate shows, a letter each, and how often a run shows another letter."""

    letters: str
    flaky: float = 0.0
    chance: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))
    ran: list[int] = field(default_factory=list)
    prepared: list[tuple[int, bool]] = field(default_factory=list)
    offline: bool = False  # nothing can be made anew

    def submit(self, number: int, runs: int, fresh: bool) -> "Future[Ran[Runs]]":
        self.ran.append(number)
        future: Future[Ran[Runs]] = Future()
        if fresh and self.offline:
            future.set_result(Ran(reason="the index does not answer"))
        elif self.letters[number] == UNTOLD:
            future.set_result(Ran(reason="it cannot be installed"))
        else:
            shown = tuple(self._run(number) for _ in range(runs))
            future.set_result(Ran(shown=shown, seconds=float(runs)))
        return future

    def _run(self, number: int) -> str:
        letter = self.letters[number]
        if self.chance.random() < self.flaky:
            others = sorted({*self.letters} - {letter, UNTOLD})
            return str(self.chance.choice(others))
        return letter

    def bisection(
        self, jobs: int = 1, cheap: Callable[[int], bool] = lambda _: False
    ) -> Bisection[Runs]:
        return Bisection(
            subject=Letters(),
            total=len(self.letters),
            submit=self.submit,
            prepare=lambda numbers, fresh: self.prepared.extend((each, fresh) for each in numbers),
            jobs=jobs,
            cheap=cheap,
        )

    def is_right(self, found: Sequence[Window]) -> bool:
        """Whether each window has one change: between its sides is only what told nothing."""
        for window in found:
            inside = range(window.first, window.last + 1)
            told = [self.letters[at] for at in inside if at not in window.unknown]
            if len(told) != 2 or told[0] == told[1]:
                return False
        return bool(found)


def random_letters(kind: str, total: int, chance: np.random.Generator) -> str:
    """A random history of one change, or `there and back`; with `holes`, a fifth tells nothing."""
    changes = 3 if kind == "there and back" else 1
    cuts = chance.choice(np.arange(1, total), size=min(changes, total - 1), replace=False)
    if len(cuts) % 2 == 0:
        cuts = cuts[:1]
    letters = "".join("ab"[sum(at >= cuts) % 2] for at in range(total))
    if kind != "holes":
        return letters
    inside = (UNTOLD if chance.random() < 0.2 else each for each in letters[1:-1])
    return f"{letters[0]}{''.join(inside)}{letters[-1]}"
