"""Finds the smallest sets of parts whose exchange brings a change, and takes it away. Pure.

Parts are numbers, the most suspicious first. A mix is a set of parts: these are new, all others
old. So the same mixes answer both questions: which new parts bring the change into the old
environment, and which old parts take the change away from the new one.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Parts = frozenset[int]
Tell = Callable[[Parts], "bool | None"]  # whether a mix shows the change; None: not told

LARGEST = 4  # parts that must be old at once; larger sets are not tried


@dataclass(frozen=True, kw_only=True)
class Bringing:
    """Parts that bring the change.

    `loose` are those of them without which the mix did not tell anything: they may have no share.
    """

    parts: Parts
    loose: Parts = frozenset()


@dataclass(frozen=True, kw_only=True)
class Swaps:
    """The answer of a search: sets that bring the change, and sets that take it away.

    `untold` are sets that would take it away if those that bring the change are all there are, and
    whose mix did not tell that.
    """

    brings: tuple[Bringing, ...]
    takes_away: tuple[Parts, ...]
    untold: tuple[Parts, ...] = ()


def smallest_sets(total: int, tell: Tell) -> Swaps:
    """All smallest sets, of `total` parts that together bring the change.

    A set that takes the change away has a part of each set that brings the change. So if such a
    set of old parts leaves the change where it is, there is another set that brings the change.
    """
    everything = frozenset(range(total))
    brings: list[Bringing] = []
    takes_away: dict[Parts, bool | None] = {}
    while True:
        wanted = [each for each in _touching(brings) if each not in takes_away]
        whole = frozenset().union(*(each.parts for each in brings))
        if not wanted and False not in takes_away.values() and whole not in takes_away:
            wanted = [whole]  # parts that tell nothing apart may do so together
        if not wanted:
            break
        for old in wanted:
            told = tell(everything - old) if old else True
            if told:
                brings.append(_smallest(sorted(everything - old), tell))
                break
            takes_away[old] = told
    still = set(_touching(brings))
    return Swaps(
        brings=tuple(brings),
        takes_away=tuple(each for each, told in takes_away.items() if told is False),
        untold=tuple(each for each, told in takes_away.items() if told is None and each in still),
    )


def _smallest(ordered: Sequence[int], tell: Tell) -> Bringing:
    """A smallest set that brings the change, out of parts that do so together.

    The shortest start of the sequence that brings the change ends with a part of the set. A mix
    that tells nothing counts as one without the change, which makes the set larger at worst.
    """
    found: list[int] = []
    left = list(ordered)
    while left and not (found and tell(frozenset(found))):
        size = _shortest(len(left), lambda n: bool(tell(frozenset([*found, *left[:n]]))))  # noqa: B023
        found.append(left[size - 1])
        left = left[: size - 1]
    loose = set()
    for each in found if len(found) > 1 else ():
        told = tell(frozenset(found) - {each})
        if told:
            return _smallest([other for other in found if other != each], tell)
        if told is None:
            loose.add(each)
    return Bringing(parts=frozenset(found), loose=frozenset(loose))


def _shortest(most: int, enough: Callable[[int], bool]) -> int:
    """The smallest number for which `enough` holds, tried in leaps that double; `most` holds."""
    low, high = 0, 1
    while high < most and not enough(high):
        low, high = high, high * 2
    high = min(high, most)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high


def _touching(brings: Sequence[Bringing]) -> Iterator[Parts]:
    """The smallest sets that have a part of each set, the small ones first."""
    parts = sorted(frozenset().union(*(each.parts for each in brings)))
    found: list[Parts] = []
    for size in range(LARGEST + 1):
        for chosen in map(frozenset, itertools.combinations(parts, size)):
            hits = all(chosen & each.parts for each in brings)
            if hits and not any(smaller <= chosen for smaller in found):
                found.append(chosen)
                yield chosen
