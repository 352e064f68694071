"""What a script is tried on: names, ranges, and releases that are no targets."""

import pytest

from harness.base.errors import UsageError
from harness.environments.candidates import choose
from harness.environments.targets import Target, load_targets
from tests.support.places import CANONICAL

TARGETS = load_targets(CANONICAL.targets)


def chosen(*names: str) -> list[Target]:
    return choose(TARGETS, names, CANONICAL.locks)


CHOICES = [
    (["tf-2.15"], ["tf-2.15"]),
    (["2.16", "tf-2.15"], ["tf-2.15", "tf-2.16"]),  # in the order of the file
    (["tf-2.9..tf-2.11"], ["tf-2.9", "tf-2.10", "tf-2.11"]),
    (["2.11..2.9"], ["tf-2.9", "tf-2.10", "tf-2.11"]),
    (["keras-3.0..keras-3.1", "tf-2.15"], ["tf-2.15", "keras-3.0", "keras-3.1"]),
    (["tensorflow==2.12.0", "tf-2.12"], ["tensorflow-2.12.0", "tf-2.12"]),
    (["tf-2.12", "tf-2.13", "tensorflow==2.12.9"], ["tf-2.12", "tensorflow-2.12.9", "tf-2.13"]),
    (["keras==3.4.0", "keras-3.4"], ["keras-3.4.0", "keras-3.4"]),
]


@pytest.mark.parametrize(("names", "found"), CHOICES)
def test_names_ranges_and_releases(names: list[str], found: list[str]) -> None:
    assert [each.name for each in chosen(*names)] == found


def test_a_family() -> None:
    found = chosen("keras")
    assert found == [each for each in TARGETS.values() if each.family == "keras"]


def test_a_candidate_is_the_target_of_its_minor_release_with_another_requirement() -> None:
    [older] = chosen("tensorflow==2.12.0")
    of = TARGETS["tf-2.12"]
    assert (older.python, older.as_of, older.family) == (of.python, of.as_of, "tensorflow")
    assert older.requirements == ("tensorflow==2.12.0",)
    [newer] = chosen("tensorflow==2.12.99")
    assert of.as_of
    assert newer.as_of
    assert newer.as_of > of.as_of
    [keras] = chosen("keras==3.4.0")
    assert "keras==3.4.0" in keras.requirements
    assert len(keras.requirements) == len(TARGETS["keras-3.4"].requirements)


RELEASES = ["tensorflow==2.12.0", "tensorflow==2.12.0rc1", "keras==3.4.0", "tf-keras==2.16.0"]


@pytest.mark.parametrize("release", RELEASES)
def test_the_name_of_a_candidate_chooses_it_too(release: str) -> None:
    [named] = chosen(release)
    assert named.name not in TARGETS
    assert chosen(named.name) == [named]


WRONG = [
    ("keras-3.99", "there is no target of keras 3.99"),
    ("tensorflow==9.1", "there is no target of tensorflow 9.1"),
    ("numpy==1.2.3", "there is no target of numpy 1.2"),
    ("tensorflow==", "is no release; one is like tensorflow==2.12.0"),
    ("tensorflow==2.12.0,!=2.1", "is no release"),
    ("tf-2.3..keras-3.1", "name one range for each family"),
    ("tf-2.3..", "is no range; a range is like tf-2.9..tf-2.21"),
    ("tf-2.3..tf-2.4..tf-2.5", "is no range"),
    ("tf-9", "there is no target 'tf-9' [(]did you mean tf-2.9"),
]


@pytest.mark.parametrize(("name", "said"), WRONG)
def test_what_is_wrong_is_named_with_the_way_out(name: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        chosen(name)
