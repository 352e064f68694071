"""Findings of one window are one regression, which never mixes upstream and ground findings."""

import datetime
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.judging.changes import Change, ChangeKind
from harness.upkeep.regressions import (
    Difference,
    Origin,
    Regression,
    Sighting,
    Window,
    fingerprint_of,
    group,
    regression,
)

KERAS = Difference(name="keras", good="3.15.1", bad="3.16.0")
NUMPY = Difference(name="numpy", good="2.0", bad="2.1")
EARLY = datetime.datetime(2025, 1, 1, tzinfo=datetime.UTC)
GOOD = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
BAD = datetime.datetime(2026, 1, 2, tzinfo=datetime.UTC)


def change(where: str, kind: ChangeKind = ChangeKind.VALUES) -> Change:
    scenario, _, step = where.rpartition(" / ")
    return Change(kind=kind, subject=step, before="1", after="2", scenario=scenario)


def seen(
    where: str = "stateful / step",
    target: str = "tf-nightly",
    *,
    kind: ChangeKind = ChangeKind.VALUES,
    good: datetime.datetime = GOOD,
    packages: tuple[Difference, ...] = (KERAS,),
) -> Sighting:
    window = Window(target=target, good=good, bad=BAD, packages=packages)
    return Sighting(change=change(where, kind), window=window)


def sizes(*sightings: Sighting) -> list[int]:
    return sorted(len(each.sightings) for each in group(sightings))


def test_a_finding_is_identified_by_its_kind_and_place_on_any_target() -> None:
    one = seen(target="tf-nightly")
    assert one.fingerprint == seen(target="tf-2.21-fresh", good=EARLY).fingerprint
    assert one.fingerprint == fingerprint_of(replace(one.change, before="3", variants=("strict",)))
    assert one.fingerprint != seen("stateful / other").fingerprint
    assert one.fingerprint != seen("reset / step").fingerprint
    assert one.fingerprint != seen(kind=ChangeKind.NEWLY_RAISES).fingerprint


GROUPS = {
    "nothing": ([], []),
    "one window of one target": ([seen("a / b"), seen("c / d")], [2]),
    "two windows": ([seen("a / b"), seen("c / d", good=EARLY)], [1, 1]),
    "the same on two targets": ([seen(target="x"), seen(target="y")], [2]),
    "other findings on two targets": ([seen("a / b", "x"), seen("c / d", "y")], [1, 1]),
    "what a third has in common joins two": (
        [seen("a / b", "x"), seen("c / d", "y"), seen("c / d", "x")],
        [3],
    ),
    "the ground, on whatever target": (
        [seen("a / b", "x", packages=()), seen("c / d", "y", packages=(), good=EARLY)],
        [2],
    ),
    "the same by the ground and from upstream": (
        [seen(target="x", packages=()), seen(target="y")],
        [1, 1],
    ),
}


@pytest.mark.parametrize(("sightings", "expected"), GROUPS.values(), ids=GROUPS)
def test_findings_of_one_window_are_one_regression(
    sightings: list[Sighting], expected: list[int]
) -> None:
    assert sizes(*sightings) == expected


@given(st.permutations([s for sightings, _ in GROUPS.values() for s in sightings]))
def test_the_order_of_sightings_does_not_matter(sightings: list[Sighting]) -> None:
    def plain(found: list[Regression]) -> set[tuple[str, frozenset[Sighting]]]:
        return {(each.fingerprint, frozenset(each.sightings)) for each in found}

    assert plain(group(sightings)) == plain(group(sightings[::-1]))


def test_the_most_severe_sighting_comes_first() -> None:
    found = regression(
        [
            seen("b / b", kind=ChangeKind.SIGNATURE),
            seen("a / a", kind=ChangeKind.NEWLY_RAISES),
            seen("c / c", kind=ChangeKind.SEMANTICS),
        ]
    )
    kinds = [ChangeKind.SEMANTICS, ChangeKind.NEWLY_RAISES, ChangeKind.SIGNATURE]
    assert [each.change.kind for each in found.sightings] == kinds
    assert list(found.findings) == [each.fingerprint for each in found.sightings]


def test_of_the_same_kind_the_code_of_the_article_comes_first() -> None:
    found = regression([seen("bidirectional / a"), seen("stateful / z")])
    assert [each.change.where for each in found.sightings] == ["stateful / z", "bidirectional / a"]


def test_a_fingerprint_that_is_given_stays() -> None:
    assert regression([seen()], "abc").fingerprint == "abc"
    assert regression([seen()]).fingerprint == regression([seen(target="other")]).fingerprint
    assert regression([seen()]).fingerprint != regression([seen(packages=())]).fingerprint


def test_each_target_has_the_window_of_its_worst_finding() -> None:
    early = seen("a / a", "x", kind=ChangeKind.SEMANTICS, good=EARLY)
    late, other = seen("b / b", "x", packages=(NUMPY,)), seen("a / a", "y")
    found = regression([late, other, early])
    assert found.targets == ("x", "y")
    assert found.windows == (early.window, other.window)
    assert found.origin is Origin.NEWS


def test_only_steps_that_work_now_are_welcome() -> None:
    works = seen(kind=ChangeKind.WORKS)
    assert regression([works]).welcome
    assert not regression([works, seen()]).welcome
