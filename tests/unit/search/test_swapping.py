"""Sets of parts that bring a change: invented functions, compared with trying all sets."""

import itertools
import random
from collections.abc import Callable

import pytest

from harness.search.swapping import Parts, smallest_sets


def shows(*causes: set[int]) -> Callable[[Parts], bool]:
    """A change that each of some sets of new parts brings."""
    return lambda new: any(cause <= new for cause in causes)


CASES = [
    ([{0}], [{0}], [{0}]),
    ([{6}], [{6}], [{6}]),
    ([{1}, {4}], [{1}, {4}], [{1, 4}]),  # either alone suffices
    ([{1, 4}], [{1, 4}], [{1}, {4}]),  # only both together do
    ([{0, 1}, {1, 2}], [{0, 1}, {1, 2}], [{1}, {0, 2}]),
    ([{0, 1, 2, 3, 4, 5, 6}], [{0, 1, 2, 3, 4, 5, 6}], [{0}, {1}, {2}, {3}, {4}, {5}, {6}]),
]


@pytest.mark.parametrize(("causes", "brings", "takes_away"), CASES)
def test_the_smallest_sets_of_both_directions_are_found(
    causes: list[set[int]], brings: list[set[int]], takes_away: list[set[int]]
) -> None:
    found = smallest_sets(7, shows(*causes))
    assert {each.parts for each in found.brings} == set(map(frozenset, brings))
    assert set(found.takes_away) == set(map(frozenset, takes_away))
    assert not found.untold
    assert not any(each.loose for each in found.brings)


@pytest.mark.parametrize("seed", range(200))
def test_an_invented_change_has_the_sets_that_trying_all_mixes_finds(seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 - no secret
    parts = draw.randint(1, 8)
    causes = [
        set(draw.sample(range(parts), draw.randint(1, min(3, parts))))
        for _ in range(draw.randint(1, 3))
    ]
    tell = shows(*causes)
    found = smallest_sets(parts, tell)
    mixes = [
        frozenset(each)
        for size in range(parts + 1)
        for each in itertools.combinations(range(parts), size)
    ]
    bring = {each for each in mixes if tell(each) and not any(tell(each - {p}) for p in each)}
    everything = frozenset(range(parts))
    away = {
        each
        for each in mixes
        if not tell(everything - each) and all(tell(everything - each | {p}) for p in each)
    }
    assert {each.parts for each in found.brings} == bring
    assert set(found.takes_away) == away


def test_a_single_cause_among_many_parts_needs_few_mixes() -> None:
    for cause, most in ((0, 2), (1, 4), (39, 14)):
        asked: set[Parts] = set()

        def tell(new: Parts, cause: int = cause, asked: set[Parts] = asked) -> bool:
            asked.add(new)
            return cause in new

        smallest_sets(40, tell)
        assert len(asked) <= most


def test_a_mix_that_tells_nothing_is_never_blamed_nor_cleared() -> None:
    def tell(new: Parts) -> bool | None:
        return None if (0 in new) != (1 in new) else 1 in new

    found = smallest_sets(3, tell)
    [bringing] = found.brings
    assert bringing.parts == {0, 1}
    assert bringing.loose == {0, 1}
    assert found.takes_away == (frozenset({0, 1}),)
    assert set(found.untold) == {frozenset({0}), frozenset({1})}


def test_a_set_beside_parts_that_cannot_be_told_apart_is_found() -> None:
    def tell(new: Parts) -> bool | None:
        if (0 in new) != (1 in new):
            return None
        return {0, 1} <= new or 2 in new

    assert {each.parts for each in smallest_sets(3, tell).brings} == {
        frozenset({0, 1}),
        frozenset({2}),
    }
