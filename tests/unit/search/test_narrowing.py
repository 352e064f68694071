"""Which candidates run next: as few as possible, the widest window first, cheap ones preferred."""

import pytest

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


def seen(letters: str) -> dict[int, Sighting]:
    """`a` is the old behaviour, `b` the new one, `c` another, `?` told nothing, `.` did not run."""
    behaviours = {"a": OLD, "b": NEW, "c": 2, "?": None}
    return {
        at: Sighting(behaviour=behaviours[letter])
        for at, letter in enumerate(letters)
        if letter != "."
    }


def window(first: int, last: int, untested: tuple[int, ...]) -> Window:
    return Window(first=first, last=last, behaviours=(OLD, NEW), untested=untested)


def never(_: int) -> bool:
    return False


WINDOWS = [
    ("a...b", [(0, 4, (1, 2, 3), ())]),
    ("a.a.b", [(2, 4, (3,), ())]),
    ("ab", [(0, 1, (), ())]),
    ("a.c.b", [(0, 2, (1,), ()), (2, 4, (3,), ())]),
    ("a?b", [(0, 2, (), (1,))]),
    ("a?.b", [(0, 3, (2,), (1,))]),
    ("a.b.a.b", [(0, 2, (1,), ()), (2, 4, (3,), ()), (4, 6, (5,), ())]),
    ("a...a", []),
]


@pytest.mark.parametrize(("letters", "wanted"), WINDOWS)
def test_windows(
    letters: str, wanted: list[tuple[int, int, tuple[int, ...], tuple[int, ...]]]
) -> None:
    found = windows(seen(letters))
    assert [(w.first, w.last, w.untested, w.unknown) for w in found] == wanted


@pytest.mark.parametrize(("untested", "probes"), [(0, 0), (1, 1), (2, 2), (3, 2), (7, 3), (126, 7)])
def test_the_number_of_probes_in_the_worst_case(untested: int, probes: int) -> None:
    assert probes_left([window(0, untested + 1, tuple(range(1, untested + 1)))]) == probes


CHOICES = [
    # the middle for one worker, thirds for two
    ([window(0, 8, (1, 2, 3, 4, 5, 6, 7))], [], 1, [4]),
    ([window(0, 9, (1, 2, 3, 4, 5, 6, 7, 8))], [], 2, [3, 6]),
    # more workers than candidates
    ([window(0, 3, (1, 2))], [], 5, [1, 2]),
    ([window(0, 2, (1,))], [], 2, [1]),
    # the widest first; the first of equals
    ([window(0, 3, (1, 2)), window(3, 10, (4, 5, 6, 7, 8, 9))], [], 1, [7]),
    ([window(0, 2, (1,)), window(2, 4, (3,))], [], 2, [1, 3]),
    # beside what runs
    ([window(0, 8, (1, 2, 3, 4, 5, 6, 7))], [4], 1, [2]),
    ([window(0, 2, (1,))], [1], 1, []),
    ([], [], 3, []),
]


@pytest.mark.parametrize(("found", "running", "count", "wanted"), CHOICES)
def test_the_next_candidates(
    found: list[Window], running: list[int], count: int, wanted: list[int]
) -> None:
    assert next_candidates(found, running, count, never) == wanted


def test_a_cheap_candidate_is_preferred_where_it_costs_no_probe() -> None:
    open_window = [window(0, 7, (1, 2, 3, 4, 5, 6))]  # 3 probes: 3 or 4 first, whichever
    assert next_candidates(open_window, [], 1, lambda at: at == 3) == [3]
    assert next_candidates(open_window, [], 1, lambda at: at == 4) == [4]
    assert next_candidates(open_window, [], 1, lambda at: at == 1) == [4]  # 1 may cost another


@pytest.mark.parametrize("total", [2, 3, 17, 128])
def test_no_change_takes_more_probes_than_a_binary_search(total: int) -> None:
    for change in range(1, total):
        shows = {0: Sighting(behaviour=OLD), total - 1: Sighting(behaviour=NEW)}
        probes = 0
        while chosen := next_candidates(windows(shows), [], 1, never):
            probes += 1
            shows[chosen[0]] = Sighting(behaviour=NEW if chosen[0] >= change else OLD)
        [found] = windows(shows)
        assert (found.first, found.last) == (change - 1, change)
        assert probes <= (total - 2).bit_length()


FORESEEN = [
    ("a...b", [2], 1, [1, 3]),  # the one before it, or the one behind it
    ("a.......b", [4], 1, [2, 6]),
    ("a.......b", [3, 5], 1, [1, 4, 7]),  # both new, one of each, both old
    ("a........b", [3, 6], 2, [1, 2, 4, 5, 7, 8]),
    ("a.b", [1], 1, []),
    ("ab", [], 1, []),
]


@pytest.mark.parametrize(("letters", "running", "count", "wanted"), FORESEEN)
def test_what_may_run_next_is_foreseen(
    letters: str, running: list[int], count: int, wanted: list[int]
) -> None:
    found = foreseen(seen(letters), running, count, never)
    assert len(found) == len(wanted)
    for number, near in zip(sorted(found), wanted, strict=True):
        assert abs(number - near) <= 1
