"""The audit of known changes over pairs of targets: each alarm is raised, none without cause."""

import datetime
from dataclasses import replace

import msgspec
import pytest

from harness.judging.audit import Audit, audit, audit_pairs, neighbours
from harness.judging.changes import ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.known import KnownChange
from harness.observing.internals import Described
from harness.observing.snapshots import Snapshot
from tests.support.makers import SAMPLE, accept, accepts, gives, observed, raises
from tests.support.places import CANONICAL, CRITERIA, TARGETS

TODAY = datetime.date(2026, 11, 23)
DAY = datetime.timedelta(days=1)

WORKS = observed({("reset", "fixed"): accept(gives(1.0))}, name="old", keras="2.15.0")
FAILS = observed({("reset", "fixed"): accept(raises("no"))}, name="new", keras="3.0.0")
LATER = replace(FAILS, name="newest", keras="3.1.0")
METHOD = Described(kind="method", owner="keras.RNN", parameters=("self",))
OTHER_BODY = replace(METHOD, body="return 1")
UPGRADED = {"tensorflow": "2.16.0"}

NEWLY = "newly raises: reset / step"


# pairs, known changes, then the numbers of findings, unknown changes, idle lines, expired
CASES: dict[str, tuple[list[tuple[Snapshot, Snapshot]], list[KnownChange], tuple[int, ...]]] = {
    "nothing": ([], [], (0, 0, 0, 0)),
    "no change": ([(FAILS, LATER)], [], (0, 0, 0, 0)),
    "a change that nothing explains": ([(WORKS, FAILS)], [], (1, 1, 0, 0)),
    "a change that is accepted": ([(WORKS, FAILS)], [accepts(NEWLY)], (1, 0, 0, 0)),
    "a change accepted twice": (
        [(WORKS, FAILS)],
        [accepts(NEWLY), accepts("newly raises: reset / {step,other}", title="another")],
        (1, 0, 0, 0),
    ),
    "a change accepted of another kind": (
        [(WORKS, FAILS)],
        [accepts("other error: reset / step")],
        (1, 1, 1, 0),
    ),
    "a change accepted of a later release": (
        [(WORKS, FAILS)],
        [accepts(NEWLY, since="3.1")],
        (1, 1, 1, 0),
    ),
    "a line that explains nothing beside one that does": (
        [(WORKS, FAILS)],
        [accepts(NEWLY, "added: RNN.reset_state")],
        (1, 0, 1, 0),
    ),
    "a line that explains in another pair": (
        [(FAILS, LATER), (WORKS, FAILS)],
        [accepts(NEWLY)],
        (1, 0, 0, 0),
    ),
    "the same change in two pairs": (
        [(WORKS, FAILS), (WORKS, LATER)],
        [accepts(NEWLY)],
        (2, 0, 0, 0),
    ),
    "two entries of the same line, of which one explains nothing": (
        [(WORKS, FAILS)],
        [accepts(NEWLY), accepts(NEWLY, title="later", since="3.5")],
        (1, 0, 1, 0),
    ),
    "a change that is no finding": (
        [
            (
                replace(WORKS, internals={"RNN.call": METHOD}),
                replace(WORKS, internals={"RNN.call": OTHER_BODY}, distributions=UPGRADED),
            )
        ],
        [],
        (0, 0, 0, 0),
    ),
    "expired yesterday": (
        [(WORKS, FAILS)],
        [accepts(NEWLY, expires=TODAY - DAY)],
        (1, 0, 0, 1),
    ),
    "expires today": ([(WORKS, FAILS)], [accepts(NEWLY, expires=TODAY)], (1, 0, 0, 0)),
}


@pytest.mark.parametrize(("pairs", "known", "counts"), CASES.values(), ids=CASES)
def test_each_alarm_is_raised_and_none_without_cause(
    pairs: list[tuple[Snapshot, Snapshot]], known: list[KnownChange], counts: tuple[int, ...]
) -> None:
    found = audit_pairs(pairs, Criteria(known=tuple(known)), TODAY)
    alarms = (len(found.unknown), len(found.idle), len(found.expired))
    assert (sum(found.findings.values()), *alarms) == counts
    assert found.alarms == sum(alarms)


def test_an_alarm_names_its_cause() -> None:
    known = accepts("added: RNN.reset_state", expires=TODAY - DAY)
    found = audit_pairs([(WORKS, FAILS)], Criteria(known=(known,)), TODAY)
    [unknown] = found.unknown
    assert (unknown.before, unknown.after) == ("old", "new")
    assert unknown.attributed.change.kind is ChangeKind.NEWLY_RAISES
    assert found.idle == ((known, "added: RNN.reset_state"),)
    assert found.expired == (known,)


def test_neighbours_are_in_one_family_or_lead_from_one_family_to_another() -> None:
    targets = [
        msgspec.structs.replace(SAMPLE, name=name, family=family, follows=follows)
        for name, family, follows in (
            ("tf-1", "tensorflow", None),
            ("keras-1", "keras", "tf-2"),
            ("tf-2", "tensorflow", None),
            ("keras-2", "keras", None),
            ("tf-3", "tensorflow", None),
        )
    ]
    assert list(neighbours(targets)) == [
        ("tf-1", "tf-2"),
        ("tf-2", "tf-3"),
        ("tf-2", "keras-1"),
        ("keras-1", "keras-2"),
    ]
    assert list(neighbours([])) == []
    assert list(neighbours(targets[:1])) == []


def test_every_locked_target_except_the_first_has_a_neighbour_before_it() -> None:
    locked = [target for target in TARGETS.values() if target.locked]
    pairs = list(neighbours(locked))
    assert [after for _, after in pairs].count("tf-2.0") == 0
    assert {after for _, after in pairs} == {target.name for target in locked} - {"tf-2.0"}
    assert len(pairs) == len(locked) - 1
    assert {("tf-2.15", "tf-2.16"), ("tf-2.15", "tf-2.16-legacy"), ("tf-2.15", "keras-3.0")} <= set(
        pairs
    )


@pytest.fixture(scope="module")
def found() -> Audit:
    return audit(CANONICAL, TARGETS, CRITERIA)


def test_every_change_between_neighbouring_targets_is_known(found: Audit) -> None:
    assert sum(found.findings.values()) > 0
    assert [
        f"{each.before} -> {each.after}: {each.attributed.change.where}: {each.attributed.change}"
        for each in found.unknown
    ] == []


def test_every_line_of_every_accepted_change_explains_something(found: Audit) -> None:
    assert [f"{known.title}: {line}" for known, line in found.idle] == []


def test_every_accepted_change_has_a_different_title() -> None:
    titles = [known.title for known in CRITERIA.known]
    assert sorted(set(titles)) == sorted(titles)
