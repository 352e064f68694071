"""The form of the claims: each belongs to a sentence of a known change."""

import functools
import itertools
from collections import Counter

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.known import KnownChange
from harness.observing.snapshots import Snapshot, from_baseline
from tests.support.claims import CLAIMS, Claim
from tests.support.places import CANONICAL, CRITERIA, TARGETS

KNOWN = {known.title: known for known in CRITERIA.known}
# kinds read from the source of a function alone: nothing has shown what a user meets
FROM_SOURCE = (
    ChangeKind.NEW_RAISE,
    ChangeKind.REMOVED_RAISE,
    ChangeKind.OTHER_EXCEPTION,
    ChangeKind.BODY_DEFAULT,
)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.name)
def test_a_claim_is_a_sentence_of_a_known_change_shown_before_and_after_it(claim: Claim) -> None:
    known = KNOWN[claim.change]
    assert claim.says in known.why or claim.says in known.instead
    sides = [snapshot(target) for target in claim.prints]
    assert known in (known.between(*pair) for pair in itertools.permutations(sides, 2))


def test_no_sentence_is_claimed_twice() -> None:
    assert [name for name, times in Counter(c.name for c in CLAIMS).items() if times > 1] == []


@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_a_step_or_the_watch_or_a_claim_shows_each_known_change(known: KnownChange) -> None:
    kinds = {line.partition(": ")[0] for line in known.matches}
    claimed = any(claim.change == known.title for claim in CLAIMS)
    assert claimed or not kinds <= set(FROM_SOURCE)


@functools.cache
def snapshot(target: str) -> Snapshot:
    return from_baseline(TARGETS[target], CANONICAL)
