"""Searches among invented histories: the right windows, and never a wrong one that is sure."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from harness.base.errors import UncheckedError
from harness.search.bisection import (
    CONFIRMATIONS,
    CONFIRMING_RUNS,
    END_RUNS,
    FEW_RUNS,
    Confirmed,
    Ran,
)
from tests.support.histories import History, Letters, Runs, random_letters


def sides(found: list[Confirmed]) -> list[tuple[int, int]]:
    return [(each.window.first, each.window.last) for each in found]


HISTORIES = [
    ("ab", [(0, 1)]),
    ("aaaabbbb", [(3, 4)]),
    ("abbbbbbb", [(0, 1)]),
    ("aaaaaaab", [(6, 7)]),
    ("aaccccbb", [(1, 2), (5, 6)]),  # a third behaviour: each change
    ("aa??bbbb", [(1, 4)]),  # what tells nothing stays in the window
    ("aaa?aabb", [(5, 6)]),
]


@pytest.mark.parametrize(("letters", "wanted"), HISTORIES)
@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_each_change_that_shows_is_found(
    letters: str, wanted: list[tuple[int, int]], jobs: int
) -> None:
    history = History(letters=letters)
    bisection = history.bisection(jobs)
    found = bisection.search()
    assert sides(found) == wanted
    assert not any(each.doubt for each in found)
    told = [at for each in wanted for at in each]
    assert bisection.repeats == CONFIRMATIONS * len(set(told))


def test_the_seconds_are_those_of_all_runs_also_of_those_that_confirm() -> None:
    bisection = History(letters="aab").bisection()
    bisection.search()
    ends, between, confirming = 2 * END_RUNS, FEW_RUNS, 2 * CONFIRMATIONS * CONFIRMING_RUNS
    assert sum(bisection.seconds) == ends + between + confirming


def test_the_differences_are_those_of_the_sides() -> None:
    [first, second] = History(letters="aaccccbb").bisection().search()
    assert first.differences == ("c instead of a",)
    assert second.differences == ("b instead of c",)


def test_a_change_of_128_candidates_takes_nine_probes_with_the_ends() -> None:
    most = 0
    for change in range(1, 128):
        history = History(letters="a" * change + "b" * (128 - change))
        bisection = history.bisection()
        assert sides(bisection.search()) == [(change - 1, change)]
        most = max(most, bisection.probes)
    assert most == 9


def test_candidates_that_started_together_both_say_where_to_go_on() -> None:
    at_once, history = (History(letters="a" * 100 + "b" * 60) for _ in range(2))
    at_once.bisection(jobs=2).search()

    def later(ran: Ran[Runs], seconds: float) -> Ran[Runs]:
        time.sleep(seconds)
        return ran

    with ThreadPoolExecutor(2) as pool:

        def submit(number: int, runs: int, fresh: bool) -> Future[Ran[Runs]]:
            ran = history.submit(number, runs, fresh).result()
            return pool.submit(later, ran, 0.01 * (len(history.ran) % 2))  # never both at once

        replace(history.bisection(jobs=2), submit=submit).search()
    assert history.ran == at_once.ran


@pytest.mark.parametrize("change", [1, 40, 64, 127])
def test_each_candidate_after_the_first_was_foreseen(change: int) -> None:
    history = History(letters="a" * change + "b" * (128 - change))
    bisection = history.bisection()
    bisection.search()
    between = [number for number in dict.fromkeys(history.ran) if number not in (0, 127)]
    ahead = {number for number, fresh in history.prepared if not fresh}
    assert set(between[1:]) <= ahead
    assert len(ahead) <= 2 * len(between)
    assert (change, True) in history.prepared  # the second side, while the first runs again


def test_a_baseline_shows_a_change_that_was_undone() -> None:
    history = History(letters="aaabbbbaaa")
    bisection = history.bisection()
    bisection.accepted = {5: ("b",)}
    found = bisection.search()
    assert sides(found) == [(2, 3), (6, 7)]
    assert [each.differences for each in found] == [("b instead of a",), ("a instead of b",)]
    assert 5 not in history.ran  # it is no side of a window, and did not run
    assert bisection.seen[5].accepted


def test_a_baseline_that_is_a_side_is_confirmed_and_may_be_wrong() -> None:
    history = History(letters="aaaaaaaabb")
    bisection = history.bisection()
    bisection.accepted = {7: ("b",)}  # it shows `a` today
    [found] = bisection.search()
    assert (found.window.first, found.window.last) == (7, 8)


class Partly(Letters):
    """A subject of which a candidate may not show the part that is compared: the letter `-`."""

    def differences(self, old: Runs, new: Runs) -> list[str]:
        return [] if "-" in {*old, *new} else super().differences(old, new)

    def not_compared(self, old: Runs, new: Runs) -> list[str]:
        return ["line 10"] if "-" in {*old, *new} else []


@pytest.mark.parametrize("jobs", [1, 3])
def test_a_candidate_that_cannot_be_compared_is_like_neither_end(jobs: int) -> None:
    bisection = History(letters="aaa--bbb").bisection(jobs)
    bisection.subject = Partly()
    [found] = bisection.search()
    assert (found.window.first, found.window.last) == (2, 5)
    assert found.window.unknown == (3, 4)
    assert bisection.seen[3].reason == "could not be compared: line 10"


def test_a_baseline_that_cannot_be_compared_is_not_taken() -> None:
    history = History(letters="aaaaabbb")
    bisection = history.bisection()
    bisection.subject = Partly()
    bisection.accepted = {5: ("-",)}
    [found] = bisection.search()
    assert (sides([found]), found.doubt) == ([(4, 5)], "")
    assert not bisection.seen[5].accepted
    assert 5 in history.ran


def test_ends_that_do_the_same_are_no_answer() -> None:
    with pytest.raises(UncheckedError, match="0 and 7 do the same; a change between them that was"):
        History(letters="aabbbbaa").bisection().search()


@pytest.mark.parametrize("letters", ["?aab", "aab?"])
def test_an_end_that_tells_nothing_is_no_answer(letters: str) -> None:
    with pytest.raises(UncheckedError, match="it cannot be installed; a search needs ends that"):
        History(letters=letters).bisection().search()


def test_a_cheap_candidate_runs_instead_of_its_neighbour() -> None:
    history = History(letters="aaaabbbb")
    history.bisection(cheap=lambda at: at == 3).search()
    assert history.ran[2] == 3


@pytest.mark.parametrize("kind", ["monotonic", "there and back", "holes"])
def test_random_histories_are_searched_right(kind: str) -> None:
    chance = np.random.default_rng(len(kind))
    for _ in range(200):
        history = History(letters=random_letters(kind, int(chance.integers(3, 60)), chance))
        found = history.bisection(jobs=int(chance.integers(1, 4))).search()
        assert history.is_right([each.window for each in found]), history.letters
        assert not any(each.doubt for each in found)


@pytest.mark.parametrize("flaky", [0.05, 0.2])
def test_a_flaky_history_is_never_searched_wrong_and_sure(flaky: float) -> None:
    chance = np.random.default_rng(1)
    right = 0
    for _ in range(200):
        letters = random_letters("monotonic", int(chance.integers(3, 60)), chance)
        history = History(letters=letters, flaky=flaky, chance=chance)
        try:
            found = history.bisection().search()
        except UncheckedError:
            continue
        is_right = history.is_right([each.window for each in found])
        assert is_right or any(each.doubt for each in found), letters
        right += is_right
    assert right > 120  # most, though not sure


def test_a_window_of_runs_that_do_not_agree_says_which() -> None:
    history = History(letters="aaaabbbb", flaky=0.2)
    found = history.bisection().search()
    assert any("of 6 runs agree" in each.doubt or "of 12 runs" in each.doubt for each in found)


def test_what_cannot_be_confirmed_is_not_sure_and_stays_what_it_was() -> None:
    [found] = History(letters="aaaabbbb", offline=True).bisection().search()
    assert (found.window.first, found.window.last) == (3, 4)
    assert found.doubt == (
        "3: could not be run again: the index does not answer; "
        "4: could not be run again: the index does not answer"
    )
