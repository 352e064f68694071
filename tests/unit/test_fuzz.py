"""A small share of `nox -s fuzz`: no file and no message of the probe ends in another error."""

import random

import pytest

from tests.fuzz.driver import Failure, attempt, kinds, shares, shortest
from tests.fuzz.kinds import Kind
from tests.fuzz.mutations import mutated

TRIES = 2000
SEED = 0


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> list[Kind]:
    return kinds(tmp_path_factory.mktemp("fuzz"))


def test_the_sound_samples_of_each_kind_are_values(found: list[Kind]) -> None:
    for kind in found:
        for sample in kind.samples:
            kind.read(sample)


@pytest.mark.fault(
    "files",
    "any file, or message of the probe, is mutated at random (2,000 tries)",
    "a value, or an error of the harness's own",
)
@pytest.mark.filterwarnings("ignore")
def test_a_mutated_file_is_a_value_or_an_error_of_the_harness(found: list[Kind]) -> None:
    tries = shares(found, TRIES)
    tallies = [attempt(kind, SEED, range(tries[kind.name])) for kind in found]
    assert [failure for tally in tallies for failure in tally.failures] == []
    assert sum(tally.tries for tally in tallies) == sum(tries.values())
    # most kinds are used as well as refused
    assert sum(tally.values for tally in tallies) > TRIES / 5
    assert sum(tally.errors for tally in tallies) > TRIES / 5


def test_another_error_is_a_failure_with_its_place_and_a_short_input() -> None:
    def read(data: bytes) -> object:
        return 1 / data.count(b"sound") if b"7" in data else data

    kind = Kind(name="a kind", samples=[b"sound 7"], read=read, form="text")
    tally = attempt(kind, 1, range(200))
    assert tally.values
    assert tally.failures
    first: Failure = tally.failures[0]
    assert first.reason.startswith("ZeroDivisionError at test_fuzz.py:")
    assert first.data == b"7"
    assert attempt(kind, 1, [first.number]).failures == [first]


def test_the_shortest_input_still_fails() -> None:
    assert shortest(b"a" * 99 + b"bc" + b"a" * 99, lambda data: b"bc" in data, 300) == b"bc"
    assert shortest(b"abc", lambda data: data == b"abc", 300) == b"abc"


@pytest.mark.parametrize("form", ["json", "lines", "toml", "text"])
def test_mutations_depend_on_the_seed_alone_and_differ(form: str) -> None:
    samples = [b'{"a": [1, 2.5, "b"], "c": {"d": null}}\n{"e": true}']
    first, again = ([_mutated(seed, samples, form) for seed in range(300)] for _ in range(2))
    assert first == again
    assert len(set(first)) > 150


def _mutated(seed: int, samples: list[bytes], form: str) -> bytes:
    return mutated(random.Random(seed), samples, form)  # noqa: S311 - not for secrets


def test_each_kind_gets_its_share(found: list[Kind]) -> None:
    assert len({kind.name for kind in found}) == len(found)
    tries = shares(found, 100_000)
    assert 100_000 <= sum(tries.values()) < 100_000 + len(found)
    assert min(tries.values()) > 50
