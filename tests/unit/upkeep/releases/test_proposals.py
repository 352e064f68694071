"""The candidates that new releases give."""

import datetime
from collections.abc import Mapping, Sequence

import msgspec
import pytest
from packaging.version import Version

from harness.environments.targets import Pin, Target
from harness.upkeep.releases.proposals import Released, candidates, majors, pinned_to
from tests.support import places

DAY = datetime.date(2026, 3, 7)


def target(name: str, family: str, *requirements: str, python: str = "3.13") -> Target:
    as_of = None if family == "fresh" else DAY
    return Target(name=name, family=family, python=python, requirements=requirements, as_of=as_of)


TARGETS = (
    target("tf-2.20", "tensorflow", "tensorflow==2.20.0"),
    target("tf-2.21", "tensorflow", "tensorflow==2.21.0"),
    target("tf-2.21-legacy", "legacy", "tensorflow==2.21.0", "tf-keras==2.21.0"),
    target("keras-3.9", "keras", "tensorflow==2.16.2", "keras==3.9.2", python="3.12"),
    target("keras-3.15", "keras", "tensorflow==2.16.2", "keras==3.15.1", python="3.12"),
    target("tf-2.21-fresh", "fresh", "tensorflow==2.21.0"),
    Target(name="tf-nightly", family="nightly", python="3.13", requirements=("tf-nightly",)),
)
THERE = {
    "tensorflow": ("2.16.2", "2.20.0", "2.21.0"),
    "tf-keras": ("2.21.0",),
    "keras": ("3.9.2", "3.15.1"),
}


def has(versions: Mapping[str, Sequence[str]]) -> Released:
    """An index with the releases of the targets, and the given releases."""
    found: dict[str, dict[tuple[int, int], Version]] = {}
    for package, there in THERE.items():
        for version in map(Version, (*there, *versions.get(package, ()))):
            found.setdefault(package, {})[version.major, version.minor] = version
    return found


PATCH = {
    "tf-2.21": "tensorflow==2.21.1",
    "tf-2.21-legacy": "tensorflow==2.21.1 tf-keras==2.21.0",
    "tf-2.21-fresh": "tensorflow==2.21.1",
}
MINOR = {"tf-2.22": "tensorflow==2.22.0", "tf-2.22-fresh": "tensorflow==2.22.0"}
LEGACY = {"tf-2.22-legacy": "tensorflow==2.22.0 tf-keras==2.22.1"}
KERAS = {"keras-3.16": "tensorflow==2.16.2 keras==3.16.0"}

NEWER: dict[str, tuple[Mapping[str, Sequence[str]], Mapping[str, str]]] = {
    "nothing": ({}, {}),
    "a patch of the newest minor": ({"tensorflow": ["2.21.1"]}, PATCH),
    "a patch of an older minor": (
        {"keras": ["3.9.3"]},
        {"keras-3.9": "tensorflow==2.16.2 keras==3.9.3"},
    ),
    "a patch of tf-keras": (
        {"tf-keras": ["2.21.2"]},
        {"tf-2.21-legacy": "tensorflow==2.21.0 tf-keras==2.21.2"},
    ),
    "a patch of the TensorFlow of the Keras targets": ({"tensorflow": ["2.16.3"]}, {}),
    "the next minor": ({"keras": ["3.16.0"]}, KERAS),
    "the next minors but one": (
        {"keras": ["3.16.0", "3.18.2"]},
        {**KERAS, "keras-3.18": "tensorflow==2.16.2 keras==3.18.2"},
    ),
    "a minor of TensorFlow without tf-keras": ({"tensorflow": ["2.22.0"]}, MINOR),
    "a minor of TensorFlow with tf-keras": (
        {"tensorflow": ["2.22.0"], "tf-keras": ["2.22.1"]},
        {**MINOR, **LEGACY},
    ),
    "a minor of tf-keras without TensorFlow": ({"tf-keras": ["2.22.1"]}, {}),
    "a minor that no target was made of in its time": ({"keras": ["3.12.0"]}, {}),
    "minors before all targets": ({"tensorflow": ["2.15.1", "1.15.5"]}, {}),
    "a major": ({"tensorflow": ["3.0.0"], "keras": ["4.0.0", "4.1.0"]}, {}),
    "an older patch, since the newest was withdrawn": ({"keras": ["3.15.0"]}, {}),
}


@pytest.mark.parametrize(("newer", "expected"), NEWER.values(), ids=NEWER)
def test_newer_releases_give_candidates(
    newer: Mapping[str, Sequence[str]], expected: Mapping[str, str]
) -> None:
    found = list(candidates(TARGETS, has(newer)))
    assert {c.target.name: " ".join(c.target.requirements) for c in found} == expected
    names = {each.name for each in TARGETS}
    assert all(each.new is (each.target.name not in names) for each in found)


def test_a_withdrawn_release_gives_no_candidate() -> None:
    index = has({})
    kept = {p: {m: v for m, v in minors.items() if m != (2, 21)} for p, minors in index.items()}
    assert list(candidates(TARGETS, kept)) == []


def test_a_new_target_is_a_copy_of_the_newest_without_its_pins() -> None:
    pin = Pin(requirement="numpy<2", reason="as it was", expires=DAY)
    newest = msgspec.structs.replace(
        TARGETS[4], follows="tf-2.15", pins=(pin,), variables={"A": "1"}
    )
    [candidate] = candidates([newest], {"keras": has({"keras": ["3.16.0"]})["keras"]})
    assert candidate.like == newest
    assert candidate.target == msgspec.structs.replace(
        TARGETS[4],
        name="keras-3.16",
        requirements=("tensorflow==2.16.2", "keras==3.16.0"),
        variables={"A": "1"},
    )
    changed = list(candidates([newest], has({"keras": ["3.15.2"]})))
    assert [c.target.pins for c in changed] == [(pin,)]


MAJORS: dict[str, tuple[Mapping[str, Sequence[str]], list[str]]] = {
    "none": ({"keras": ["3.16.0"]}, []),
    "one": ({"tensorflow": ["3.0.0"]}, ["tensorflow 3.0.0"]),
    "the newest": ({"keras": ["4.0.0", "4.1.0"]}, ["keras 4.1.0"]),
    "an older one": ({"keras": ["2.15.0"]}, []),
}


@pytest.mark.parametrize(("newer", "expected"), MAJORS.values(), ids=MAJORS)
def test_a_new_major_is_named(newer: Mapping[str, Sequence[str]], expected: list[str]) -> None:
    assert list(majors(TARGETS, has(newer))) == expected


PINNED = {
    "keras==3.15.1": "3.15.1",
    "Keras == 3.15.1": "3.15.1",
    "keras==3.15.*": None,
    "keras>=3.15": None,
    "keras": None,
    "keras-nightly==3.15.1": None,
}


@pytest.mark.parametrize(("requirement", "version"), PINNED.items(), ids=PINNED)
def test_a_release_is_pinned_by_two_equals_signs(requirement: str, version: str | None) -> None:
    found = pinned_to(target("a-1", "keras", "numpy", requirement), "keras")
    assert found == (None if version is None else Version(version))


def test_the_present_releases_of_this_project_give_no_candidate() -> None:
    targets = list(places.TARGETS.values())
    index: dict[str, dict[tuple[int, int], Version]] = {}
    for package in ("tensorflow", "tf-keras", "keras"):
        for version in (pinned_to(each, package) for each in targets):
            if version:
                index.setdefault(package, {})[version.major, version.minor] = version
    assert list(candidates(targets, index)) == []
    assert len(index["tensorflow"]) >= 22
