"""Every target is in exactly one job, and no job has more targets than a runner can store."""

import datetime
import re
from collections.abc import Sequence

import msgspec
import pytest

from harness.base.errors import UsageError
from harness.environments.targets import Pin, Target
from harness.upkeep.jobs import Shard, jobs, shards
from tests.support.makers import SAMPLE
from tests.support.places import TARGETS

MONDAY = datetime.date(2026, 3, 2)
EVERY = list(TARGETS.values())


def targets(python: str, count: int) -> list[Target]:
    """Targets with a lock, `tf-3.11-0` and so on."""
    return [
        msgspec.structs.replace(
            SAMPLE, name=f"tf-{python}-{number}", python=python, as_of=datetime.date(2024, 1, 1)
        )
        for number in range(count)
    ]


def lock(target: Target) -> str:
    return f"what {target.name} installs"


def sizes(found: Sequence[Shard]) -> list[int]:
    return [len(shard.targets.split()) for shard in found]


# how many targets of which Python, the most jobs, and how many targets each job then has
SIZES: dict[str, tuple[list[Target], int, list[int]]] = {
    "one": (targets("3.11", 1), 1, [1]),
    "as many as there are jobs": (targets("3.11", 4), 4, [1, 1, 1, 1]),
    "one too many": (targets("3.11", 5), 4, [1, 2, 2]),
    "twice as many": (targets("3.11", 8), 4, [2, 2, 2, 2]),
    "evenly, and not 4, 4, 1": (targets("3.11", 9), 3, [3, 3, 3]),
    "the most that fits": (targets("3.11", 8), 2, [4, 4]),
    "Pythons are not mixed": (targets("3.7", 1) + targets("3.8", 3), 2, [1, 3]),
    "nothing": ([], 1, []),
}

TOO_MANY: dict[str, tuple[list[Target], int]] = {
    "more than all jobs hold": (targets("3.11", 9), 2),
    "more Pythons than jobs": (targets("3.7", 1) + targets("3.8", 1), 1),
}


@pytest.mark.parametrize(("given", "most", "expected"), SIZES.values(), ids=SIZES)
def test_targets_are_divided_evenly(given: list[Target], most: int, expected: list[int]) -> None:
    found = shards(given, lock, MONDAY, most)
    assert sizes(found) == expected
    assert " ".join(shard.targets for shard in found).split() == [t.name for t in given]
    assert len({shard.job for shard in found}) == len(found)
    job_of = {name: shard.job for shard in found for name in shard.targets.split()}
    assert jobs(given, most) == job_of


@pytest.mark.parametrize(("given", "most"), TOO_MANY.values(), ids=TOO_MANY)
def test_too_many_targets_are_wrong_use(given: list[Target], most: int) -> None:
    with pytest.raises(UsageError, match=rf"{len(given)} targets .* {most} jobs.* name fewer"):
        shards(given, lock, MONDAY, most)


def test_targets_share_jobs_only_above_the_limit_of_github() -> None:
    assert sizes(shards(targets("3.11", 256), lock, MONDAY)) == [1] * 256
    assert max(sizes(shards(targets("3.11", 257), lock, MONDAY))) == 2


def test_every_target_has_a_job_of_its_name_in_the_order_of_the_file() -> None:
    found = shards(EVERY, lock, MONDAY)
    assert [shard.job for shard in found] == [target.name for target in EVERY]
    assert [shard.targets for shard in found] == [target.name for target in EVERY]
    assert [shard.python for shard in found] == [target.python for target in EVERY]


def test_a_shared_job_is_named_after_its_first_target() -> None:
    found = shards(targets("3.7", 1) + targets("3.8", 4), lock, MONDAY, 3)
    assert [shard.job for shard in found] == ["tf-3.7-0", "tf-3.8-0+1", "tf-3.8-2+1"]
    for shard in found:  # characters that GitHub refuses in the name of an artifact
        assert not re.search(r'[":<>|*?\r\n\\/]', shard.job)


@pytest.mark.parametrize(
    ("python", "runner"),
    [("3.7", "ubuntu-22.04"), ("3.8", "ubuntu-24.04"), ("3.13", "ubuntu-24.04")],
)
def test_only_old_pythons_get_the_older_image(python: str, runner: str) -> None:
    assert [shard.runner for shard in shards(targets(python, 1), lock, MONDAY)] == [runner]


def cache(given: Sequence[Target], *locks: str, today: datetime.date = MONDAY) -> str:
    """The cache key of the only job of `given`, whose locks have these texts."""
    texts = {target.name: text for target, text in zip(given, locks, strict=False)}
    [shard] = shards(given, lambda target: texts[target.name], today, 1)
    return shard.cache


[LOCKED] = targets("3.11", 1)
UNLOCKED = msgspec.structs.replace(LOCKED, family="fresh", as_of=None)
MORE = ("tensorflow", "keras")
PIN = Pin(requirement="numpy<2", reason="a reason", expires=datetime.date(2030, 1, 1))

# a target, what is changed about it, and whether its cache is another one then
CHANGES: dict[str, tuple[Target, dict[str, object], bool]] = {
    "the name of a locked one": (LOCKED, {"name": "tf-other"}, False),
    "the requirements of a locked one, and not its lock": (LOCKED, {"requirements": MORE}, False),
    "the name of an unlocked one": (UNLOCKED, {"name": "tf-other"}, False),
    "the requirements of an unlocked one": (UNLOCKED, {"requirements": MORE}, True),
    "the pins of an unlocked one": (UNLOCKED, {"pins": (PIN,)}, True),
}


@pytest.mark.parametrize(("target", "changes", "another"), CHANGES.values(), ids=CHANGES)
def test_a_cache_key_depends_on_the_installed_packages(
    target: Target, changes: dict[str, object], another: bool
) -> None:
    changed = msgspec.structs.replace(target, **changes)
    locks = ["a lock"] if target.locked else []  # the lock of an unlocked target is never read
    assert (cache([changed], *locks) != cache([target], *locks)) is another


DAYS = {"the same week": (6, False), "the next": (7, True), "a year later": (364, True)}


@pytest.mark.parametrize(("days", "another"), DAYS.values(), ids=DAYS)
def test_a_cache_key_without_a_lock_is_valid_for_a_week(days: int, another: bool) -> None:
    later = MONDAY + datetime.timedelta(days=days)
    assert (cache([UNLOCKED], today=later) != cache([UNLOCKED])) is another
    assert cache([LOCKED], "a lock", today=later) == cache([LOCKED], "a lock")


def test_a_cache_key_depends_on_each_lock() -> None:
    pair = targets("3.11", 2)
    texts = [("a", "b"), ("b", "a"), ("a", "c"), ("c", "b"), ("ab", ""), ("", "ab")]
    assert len({cache(pair, *locks) for locks in texts}) == len(texts)
    assert cache(pair, "a", "b") == cache(pair, "a", "b")
