"""The candidates between two targets: releases, nightlies by day, and days of the index."""

import datetime

import pytest
from packaging.version import Version

from harness.base.errors import UsageError
from harness.environments import axes
from harness.environments.axes import Axis, Ends, axis_of, candidates
from tests.support.places import CANONICAL, TARGETS

INDEX = {
    "tensorflow": "2.14.1 2.15.0 2.15.1 2.16.0rc0 2.16.1 2.16.2 2.17.0 2.17.1",
    "tf-nightly": "2.22.0.dev20260924 2.23.0.dev20260925 2.23.0.dev20261001",
    "keras": "3.0.5 3.11.2 3.11.3 3.12.0 3.12.1 3.12.4 3.13.0",  # 3.13.2 is gone
    "keras-nightly": "3.11.0.dev2025081104 3.12.0.dev2025081203 3.12.0.dev2025100703 "
    "3.13.0.dev2025101003 3.14.0.dev2025122004",
    "numpy": "1.26.4 2.0.0",
}


@pytest.fixture(autouse=True)
def index(monkeypatch: pytest.MonkeyPatch) -> None:
    def builds(package: str, python: str) -> tuple[Version, ...]:
        del python
        return tuple(map(Version, INDEX[package].split()))

    monkeypatch.setattr(axes, "builds", builds)


def ends(first: str, last: str) -> Ends:
    return Ends(first=TARGETS[first], last=TARGETS[last], targets=TARGETS, project=CANONICAL)


def names(axis: Axis, first: str, last: str, *, nightlies: bool = False) -> list[str]:
    return [each.name for each in candidates(axis, ends(first, last), nightlies=nightlies)]


def test_the_releases_of_tensorflow_with_their_candidates_and_targets() -> None:
    assert names(Axis.TENSORFLOW, "tf-2.15", "tf-2.17") == [
        "tf-2.15",
        "tensorflow-2.16.0rc0",
        "tensorflow-2.16.1",
        "tf-2.16",
        "tensorflow-2.17.0",
        "tf-2.17",
    ]


def test_each_release_has_the_python_and_the_day_of_its_minor_release() -> None:
    found = candidates(Axis.TENSORFLOW, ends("tf-2.15", "tf-2.17"), nightlies=False)
    by_name = {each.name: each for each in found}
    of = TARGETS["tf-2.16"]
    made = by_name["tensorflow-2.16.0rc0"]
    assert (made.python, made.as_of, made.requirements) == (
        of.python,
        of.as_of,
        ("tensorflow==2.16.0rc0",),
    )


def test_the_releases_of_keras_in_the_environment_of_the_first() -> None:
    found = candidates(Axis.KERAS, ends("keras-3.11", "keras-3.13"), nightlies=False)
    assert [each.name for each in found] == [
        "keras-3.11",
        "keras-3.12.0-in-keras-3.11",
        "keras-3.12.1-in-keras-3.11",
        "keras-3.12",
        "keras-3.13.0-in-keras-3.11",
        "keras-3.13",
    ]
    assert found[1].requirements == ("tensorflow==2.16.2", "keras==3.12.0")
    assert found[1].without == ()


def test_nightlies_are_in_the_order_of_their_days_before_the_releases_close_to_the_last() -> None:
    found = candidates(Axis.KERAS, ends("keras-3.11", "keras-3.12"), nightlies=True)
    assert [each.name.removeprefix("keras-nightly-").split("-in")[0] for each in found] == [
        "keras-3.11",
        "3.11.0.dev2025081104",  # maybe before the release, maybe after it
        "3.12.0.dev2025081203",
        "3.12.0.dev2025100703",
        "3.13.0.dev2025101003",  # 3.12 was not yet published
        "keras-3.12.0",
        "keras-3.12.1",
        "keras-3.12",
    ]


def test_a_nightly_of_keras_comes_in_place_of_the_release_and_on_its_day() -> None:
    found = candidates(Axis.KERAS, ends("keras-3.11", "keras-3.12"), nightlies=True)
    assert found[2].requirements == (
        "tensorflow==2.16.2",
        "keras-nightly==3.12.0.dev2025081203",
    )
    assert found[2].without == ("keras",)
    assert found[2].as_of == TARGETS["keras-3.11"].as_of  # later than its own day


def test_numpy_alone_differs() -> None:
    found = candidates(Axis.NUMPY, numpy_ends(), nightlies=False)
    assert [each.requirements for each in found[1:]] == [
        ("tensorflow==2.16.2", "numpy==2.0.0"),
        ("tensorflow==2.16.2", "numpy==2.0.2"),
    ]


def numpy_ends() -> Ends:
    INDEX["numpy"] = "1.26.4 2.0.0 2.0.2"
    return ends("tf-2.16", "tf-2.18")


def test_days_of_the_index_between_two_targets() -> None:
    found = candidates(Axis.CALENDAR, ends("tf-2.14", "tf-2.15"), nightlies=False)
    days = [each.as_of for each in found]
    assert days[0] == TARGETS["tf-2.14"].as_of
    assert days[-1] == TARGETS["tf-2.15"].as_of
    assert days[1] == datetime.date(2023, 11, 16)
    assert {each.requirements for each in found} == {("tensorflow",)}
    assert len({each.name for each in found}) == len(found)


WRONG_ORDER = [
    (Axis.TENSORFLOW, "tf-2.16", "tf-2.15", "tf-2.16 has tensorflow 2.16.2, and tf-2.15 has"),
    (Axis.TENSORFLOW, "tf-2.16", "tf-2.16", "the first must be the older one"),
    (Axis.CALENDAR, "tf-2.16", "tf-2.15", "tf-2.16 is as of 2024-06-29"),
    (Axis.TF_KERAS, "tf-2.15", "tf-2.16", "tf-2.15 has no tf-keras; name another axis with --by"),
]


@pytest.mark.parametrize(("axis", "first", "last", "message"), WRONG_ORDER)
def test_ends_that_are_none(axis: Axis, first: str, last: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        names(axis, first, last)


AXES = [
    ("tf-2.15", "tf-2.16", Axis.TENSORFLOW),
    ("tf-2.15", "tf-nightly", Axis.TENSORFLOW),
    ("keras-3.4", "keras-3.5", Axis.KERAS),
    ("tf-2.16", "keras-3.5", Axis.KERAS),
    ("tf-2.16-legacy", "tf-2.17-legacy", Axis.TENSORFLOW),
]


@pytest.mark.parametrize(("first", "last", "axis"), AXES)
def test_the_axis_along_which_two_targets_differ(first: str, last: str, axis: Axis) -> None:
    assert axis_of(TARGETS[first], TARGETS[last]) is axis
