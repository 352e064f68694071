"""The search itself: which candidates run, what each shows, and which windows stay. Runs nothing.

How candidates run is passed in, so that a benchmark can search thousands of invented histories.
"""

import statistics
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

from harness.base.errors import UncheckedError
from harness.base.words import counted
from harness.search.narrowing import (
    NEW,
    OLD,
    Sighting,
    Window,
    foreseen,
    next_candidates,
    probes_left,
    windows,
)
from harness.search.subjects import Subject, alike

S = TypeVar("S")

FEW_RUNS = 2  # of a candidate: two runs that differ show noise
END_RUNS = 6  # of an end, with which every other candidate is compared
MANY_RUNS = 12  # of each candidate, once the runs of some candidate did not agree
CONFIRMATIONS = 2  # of each side of a window, in an environment made anew
CONFIRMING_RUNS = 4  # of each: a side that two runs have shown wrong does not pass
ROUNDS = 3  # searches after a confirmation that failed
TOGETHER = 0.3  # of the time of a candidate: those that started together end within it


@dataclass(frozen=True, kw_only=True)
class Ran(Generic[S]):
    """A candidate that ran: what it shows, or the reason why that could not be told.

    `seconds` are those of its runs, without the making of its environment; `lock_sha256` is the
    digest of what that was made from, as far as it was made.
    """

    shown: S | None = None
    reason: str = ""
    seconds: float = 0.0
    lock_sha256: str = ""
    kept: bool = False  # from an earlier search


@dataclass(frozen=True, kw_only=True)
class Confirmed:
    """A window at the end of a search. `doubt` says why it is not sure; empty if it is."""

    window: Window
    differences: tuple[str, ...]
    doubt: str = ""


@dataclass(kw_only=True)
class Bisection(Generic[S]):
    """A search among `total` candidates, of which at most `jobs` run at once.

    `submit(candidate, runs, fresh)` starts a candidate, which is `fresh` in an environment made
    anew. `accepted` is what candidates show according to their baselines, between the ends.
    `prepare(candidates, fresh)` may make the environments of candidates that are likely to start
    next, instead of those that it was given before. `cheap` says of a candidate that it starts
    sooner than another. `tell` gets a line for each candidate that ran, by its `name`.
    """

    subject: Subject[S]
    total: int
    submit: Callable[[int, int, bool], "Future[Ran[S]]"]
    prepare: Callable[[Sequence[int], bool], None] = lambda *_: None
    jobs: int = 1
    cheap: Callable[[int], bool] = lambda _: False
    name: Callable[[int], str] = str
    tell: Callable[[str], None] = lambda _: None
    accepted: Mapping[int, S] = field(default_factory=dict)
    seen: dict[int, Sighting] = field(default_factory=dict)
    behaviours: list[S] = field(default_factory=list)
    probes: int = 0
    repeats: int = 0
    seconds: list[float] = field(default_factory=list)
    runs: int = FEW_RUNS

    def search(self) -> list[Confirmed]:
        """The windows, confirmed. Raises UncheckedError where an end leaves nothing to search."""
        self._run_ends()
        for _ in range(ROUNDS):
            self._narrow()
            if self._confirm():
                break
        else:  # what was decided last may have opened windows
            self._narrow()
        found = [self._confirmed(each) for each in windows(self.seen)]
        if not found:
            raise UncheckedError(
                f"{self.subject.name}: run more often, {self.name(0)} and "
                f"{self.name(self.total - 1)} do the same; what they show differs from run to run"
            )
        return found

    def _run_ends(self) -> None:
        ends = (0, self.total - 1)
        running = {number: self.submit(number, END_RUNS, False) for number in ends}
        for number, future in running.items():
            ran = future.result()
            self._count(ran)
            if ran.shown is None:
                raise UncheckedError(
                    f"{self.name(number)}: {ran.reason}{_kept(ran)}; a search needs ends that can "
                    "be told"
                )
            shown, doubt = self._steadiest(number, ran.shown)
            self.behaviours.append(shown)
            self.runs = MANY_RUNS if doubt else self.runs
            self.seen[number] = Sighting(behaviour=OLD if number == 0 else NEW, doubt=doubt)
            shows = "old behaviour" if number == 0 else "new behaviour"
            self.tell(f"{self.name(number)}: {shows}{_kept(ran)}")
        self.subject.require(*self.behaviours)
        differences = self.subject.differences(*self.behaviours)
        if not differences:
            self.seen[self.total - 1] = replace(self.seen[self.total - 1], behaviour=OLD)
        self._take_accepted()
        if not differences and not windows(self.seen):
            unclear = self.subject.not_compared(*self.behaviours)
            beside = (
                f", but for what could not be compared: {'; '.join(unclear)}" if unclear else ""
            )
            raise UncheckedError(
                f"{self.subject.name}: {self.name(0)} and {self.name(self.total - 1)} do the "
                f"same{beside}; a change between them that was undone again would not show: name "
                "other ends"
            )

    def _take_accepted(self) -> None:
        """What baselines say of candidates between the ends shows changes that were undone."""
        taken = {n: each for n, each in self.accepted.items() if not self._unclear(each)}
        for number, shown in taken.items():
            behaviour = self._behaviour(shown)
            if behaviour is None:
                self.behaviours.append(shown)
                behaviour = len(self.behaviours) - 1
            self.seen[number] = Sighting(behaviour=behaviour, accepted=True)
        if taken:
            count = counted(len(taken), "target")
            self.tell(f"{count} between them: as the baselines have it (--no-baselines runs them)")

    def _steadiest(self, end: int, shown: S) -> tuple[S, str]:
        """What most runs of an end show, with the doubt; all of them, if no two runs agree.

        Raises UncheckedError if some agree, but not most.
        """
        runs = self.subject.each_run(shown)
        groups = alike(self.subject, runs)
        most = max(groups, key=len)
        if len(groups) in (1, len(runs)):  # the same each time, or another each time
            return shown, ""
        if len(most) * 2 <= len(runs):
            raise UncheckedError(
                f"{self.name(end)}: only {len(most)} of {counted(len(runs), 'run')} show the same; "
                "a search needs ends that most often do"
            )
        return most[0], f"{len(most)} of {counted(len(runs), 'run')} agree"

    def _narrow(self) -> None:
        """Run candidates until no window can be narrowed."""
        running: dict[int, Future[Ran[S]]] = {}
        while True:
            open_windows = windows(self.seen)
            wanted = next_candidates(
                open_windows, list(running), self.jobs - len(running), self.cheap
            )
            running |= {number: self.submit(number, self.runs, False) for number in wanted}
            if not running:
                return
            self.prepare(foreseen(self.seen, list(running), self.jobs, self.cheap), False)
            wait(running.values(), return_when=FIRST_COMPLETED)
            wait(running.values(), timeout=self._moment)
            for number in [each for each, future in running.items() if future.done()]:
                ran = running.pop(number).result()
                self._count(ran)
                sighting = self._sighting(ran)
                if sighting is None:
                    self.tell(f"{self.name(number)}: its runs do not agree, so all run more often")
                    self._run_more_often()
                else:
                    self.seen[number] = sighting
                    self._report(number, sighting, ran)

    @property
    def _moment(self) -> float:
        """Seconds in which candidates that started together end: all say where to go on."""
        return TOGETHER * statistics.median(self.seconds) if self.seconds else 0.0

    def _run_more_often(self) -> None:
        """Forget what few runs have shown: they may have agreed by chance."""
        self.runs = MANY_RUNS
        ends = (0, self.total - 1)
        self.seen = {n: each for n, each in self.seen.items() if n in ends or each.reason}

    def _sighting(self, ran: Ran[S]) -> Sighting | None:
        """What a candidate shows; None if its runs do not agree and are few."""
        if ran.shown is None:
            return Sighting(reason=ran.reason or "no reason is known")
        unclear = self._unclear(ran.shown)
        whole = self._behaviour(ran.shown)
        if unclear or whole is not None:
            return Sighting(behaviour=None if unclear else whole, reason=unclear)
        runs = self.subject.each_run(ran.shown)
        votes = Counter(self._behaviour(run) for run in runs)
        if len(votes) == 1:
            self.behaviours.append(ran.shown)
            return Sighting(behaviour=len(self.behaviours) - 1)
        if len(runs) < MANY_RUNS:
            return None
        (most, count), (_, next_count) = votes.most_common(2)
        if most is None or count == next_count:
            return Sighting(reason=f"not reproducible: {_told(votes)}")
        return Sighting(behaviour=most, doubt=f"{count} of {counted(len(runs), 'run')} show it")

    def _behaviour(self, shown: S) -> int | None:
        for number, behaviour in enumerate(self.behaviours):
            if not self.subject.differences(behaviour, shown):
                return number
        return None

    def _unclear(self, shown: S) -> str:
        """Why it cannot be told what a candidate does; empty if it can.

        It is like behaviours that differ: what tells them apart could not be compared with it.
        """
        alike = [each for each in self.behaviours if not self.subject.differences(each, shown)]
        if not any(self.subject.differences(alike[0], other) for other in alike[1:]):
            return ""
        what = "; ".join(self.subject.not_compared(alike[0], shown))
        return f"could not be compared: {what}" if what else "like behaviours that differ"

    def _confirm(self) -> bool:
        """Run both sides of each window again; False if one does not show the same any more."""
        sides = {
            side: self.seen[side].behaviour
            for window in windows(self.seen)
            for side in (window.first, window.last)
        }
        runs = max(self.runs, CONFIRMING_RUNS)
        order = [side for _ in range(CONFIRMATIONS) for side in sides]
        again = [(side, self.submit(side, runs, True)) for side in order]
        self.prepare(order[self.jobs : len(sides)], True)
        confirmed = True
        for side, future in again:
            ran = future.result()
            self._count(ran, again=True)
            if ran.shown is None:  # no network, for instance: that says nothing of the behaviour
                doubt = f"could not be run again: {_first_line(ran.reason)}"
                self.seen[side] = replace(self.seen[side], doubt=doubt)
                self.tell(f"{self.name(side)}: {doubt}")
                continue
            sighting = self._sighting(ran)
            if sighting is None or sighting.behaviour != sides[side]:
                confirmed = False
                told = (sighting.reason if sighting else "") or "another behaviour"
                self.tell(f"{self.name(side)}: run again in a new environment, it shows {told}")
        if not confirmed:
            self._decide_again(list(sides))
        return confirmed

    def _decide_again(self, sides: Sequence[int]) -> None:
        """Replace what the sides of windows show by what most of many runs show."""
        self._run_more_often()
        running = [(side, self.submit(side, MANY_RUNS, True)) for side in sides]
        for side, future in running:
            ran = future.result()
            self._count(ran, again=True)
            sighting = self._sighting(ran) or Sighting(reason="not reproducible")
            doubt = sighting.doubt or "it did not show the same each time"
            if side in (0, self.total - 1) and sighting.behaviour is None:
                raise UncheckedError(f"{self.name(side)}: {sighting.reason}: an end must be told")
            self.seen[side] = Sighting(
                behaviour=sighting.behaviour, reason=sighting.reason, doubt=doubt
            )

    def _confirmed(self, window: Window) -> Confirmed:
        old, new = (self.behaviours[each] for each in window.behaviours)
        doubted = sorted(number for number, each in self.seen.items() if each.doubt)
        doubt = "; ".join(f"{self.name(each)}: {self.seen[each].doubt}" for each in doubted)
        if self.runs > FEW_RUNS:
            doubt = doubt or "runs of a candidate did not agree, as long as there were few"
        return Confirmed(
            window=window,
            differences=tuple(self.subject.differences(old, new)),
            doubt=doubt,
        )

    def _count(self, ran: Ran[S], *, again: bool = False) -> None:
        self.repeats += again
        self.probes += not again
        self.seconds.append(ran.seconds)

    def _report(self, number: int, sighting: Sighting, ran: Ran[S]) -> None:
        left = probes_left(windows(self.seen))
        minutes = left * sum(self.seconds) / len(self.seconds) / self.jobs / 60
        names = {OLD: "old behaviour", NEW: "new behaviour"}
        shows = (
            _first_line(sighting.reason)
            if sighting.behaviour is None
            else names.get(
                sighting.behaviour, f"another behaviour, number {sighting.behaviour + 1}"
            )
        )
        self.tell(
            f"[{counted(left, 'probe')} left, about {minutes:.0f} min] {self.name(number)}: "
            f"{shows}{_kept(ran)}"
        )


def _kept(ran: Ran[S]) -> str:
    return ", as an earlier search saw it (--restart runs it again)" if ran.kept else ""


def _first_line(reason: str) -> str:
    return next(iter(reason.splitlines()), "no reason is known")


def _told(votes: "Counter[int | None]") -> str:
    names = {OLD: "the old", NEW: "the new", None: "neither"}
    return ", ".join(
        f"{counted(count, 'run')} of {names.get(each, 'another')} behaviour"
        for each, count in votes.most_common()
    )
