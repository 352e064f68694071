"""Chooses which candidates a search runs next, from what those that ran have shown. Pure.

Candidates are numbers in the order of their builds. What a candidate shows is a behaviour, also a
number: 0 is that of the first candidate, 1 that of the last, and any other one is in neither end.
"""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

OLD, NEW = 0, 1  # the behaviours of the two ends


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """What one candidate shows: a behaviour, or the reason why that could not be told.

    `doubt` says why the behaviour is only the likelier one: some runs showed another. `accepted`
    says that the candidate did not run: it is a target, and its baseline shows the behaviour.
    """

    behaviour: int | None = None
    reason: str = ""
    doubt: str = ""
    accepted: bool = False


@dataclass(frozen=True, kw_only=True)
class Window:
    """Two candidates of different `behaviours`, and none of a known behaviour between them.

    `untested` are the candidates between them that were not run, and `unknown` those that were and
    told nothing.
    """

    first: int
    last: int
    behaviours: tuple[int, int]
    untested: tuple[int, ...] = ()
    unknown: tuple[int, ...] = ()

    @property
    def probes(self) -> int:
        """The number of candidates to run, one after another, in the worst case."""
        return len(self.untested).bit_length()


def windows(seen: Mapping[int, Sighting]) -> list[Window]:
    """The windows between the candidates that were seen, in their order.

    Where both neighbours show the same behaviour, nothing is searched between them.
    """
    told = [(at, shows) for at in sorted(seen) if (shows := seen[at].behaviour) is not None]
    return [
        Window(
            first=first,
            last=last,
            behaviours=(old, new),
            untested=tuple(at for at in range(first + 1, last) if at not in seen),
            unknown=tuple(at for at in range(first + 1, last) if at in seen),
        )
        for (first, old), (last, new) in itertools.pairwise(told)
        if old != new
    ]


def probes_left(found: Sequence[Window]) -> int:
    """The number of probes that these windows need in the worst case, if no other one opens."""
    return sum(each.probes for each in found)


def next_candidates(
    found: Sequence[Window],
    running: Sequence[int],
    count: int,
    cheap: Callable[[int], bool],
) -> list[int]:
    """At most `count` candidates to start now, while others are `running`.

    The widest window is divided first, into as many equal parts as that needs. Of candidates that
    narrow a window equally well, those that are `cheap`, such as an installed one, come first.
    """
    chosen: list[int] = []
    for number in range(count):
        parts = list(_parts(found, [*running, *chosen]))
        if not parts:
            break
        _, untested = max(parts, key=lambda part: (len(part[1]), -part[1][0]))
        shares = count - number if not running and len(parts) == 1 and not chosen else 1
        if shares > 1:
            return _divided(untested, shares)
        chosen.append(_middle(untested, cheap))
    return chosen


def foreseen(
    seen: Mapping[int, Sighting], running: Sequence[int], count: int, cheap: Callable[[int], bool]
) -> list[int]:
    """The candidates of which `count` may start next, whichever of the running ones show the new
    behaviour.
    """
    found: dict[int, None] = {}
    ordered = sorted(running)
    for first in range(len(ordered) + 1):
        shown = {at: Sighting(behaviour=OLD) for at in ordered[:first]}
        shown |= {at: Sighting(behaviour=NEW) for at in ordered[first:]}
        found |= dict.fromkeys(next_candidates(windows({**seen, **shown}), [], count, cheap))
    return list(found)


def _parts(
    found: Sequence[Window], running: Sequence[int]
) -> Iterator[tuple[Window, tuple[int, ...]]]:
    """The stretches of untested candidates in windows, divided by those that are running."""
    for window in found:
        part: list[int] = []
        for at in window.untested:
            if at in running:
                if part:
                    yield window, tuple(part)
                part = []
            else:
                part.append(at)
        if part:
            yield window, tuple(part)


def _divided(untested: Sequence[int], shares: int) -> list[int]:
    """The candidates that divide a stretch into `shares` + 1 parts that are as equal as can be."""
    size = len(untested)
    places = {min(size - 1, (n + 1) * (size + 1) // (shares + 1) - 1) for n in range(shares)}
    return [untested[at] for at in sorted(places) if at >= 0]


def _middle(untested: Sequence[int], cheap: Callable[[int], bool]) -> int:
    """The candidate in the middle, or a cheap one that needs no more probes in the worst case."""
    size = len(untested)
    most = (1 << (size.bit_length() - 1)) - 1  # candidates that one probe less can still search
    middle = size // 2
    equal = range(max(0, size - 1 - most), min(size - 1, most) + 1)
    ordered = sorted(equal, key=lambda at: (not cheap(untested[at]), abs(at - middle)))
    return untested[ordered[0]]
