"""Damaged locks are refused, and sound ones are read."""

import datetime
import hashlib
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import UnusableEnvironmentError, UsageError
from harness.environments.locks import make_lock, pinned, read_lock
from harness.environments.targets import Pin, Target
from tests.support.locks import BODY, LOCK, LOCKED

EDITED = {
    "a version": LOCK.replace("2.15.0", "2.15.1"),
    "a hash": LOCK.replace("aaaa", "aaab"),
    "a line less": LOCK.removesuffix("    --hash=sha256:cccc\n"),
    "a line more": f"{LOCK}numpy==1.26.4\n",
    "the last byte less": LOCK.removesuffix("\n"),
    "the digest": LOCK.replace("below: ", "below: 0", 1),
    "no digest": BODY,
    "nothing": "",
}


def test_a_complete_lock_is_read(lock: Path) -> None:
    lock.write_text(LOCK, encoding="utf-8")
    assert read_lock(LOCKED, lock.parent) == LOCK


def test_a_missing_lock_is_refused_with_the_command_that_makes_it(lock: Path) -> None:
    with pytest.raises(UnusableEnvironmentError, match="cannot be read") as raised:
        read_lock(LOCKED, lock.parent)
    assert str(lock) in str(raised.value)
    assert "nox -s lock -- sample" in str(raised.value)


@pytest.mark.fault(
    "files", "a lock is edited or truncated", "the message names it, with the command that makes it"
)
@pytest.mark.parametrize("text", EDITED.values(), ids=EDITED)
def test_an_edited_or_truncated_lock_is_refused_with_its_name(lock: Path, text: str) -> None:
    lock.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableEnvironmentError, match="truncated or was edited") as raised:
        read_lock(LOCKED, lock.parent)
    assert str(lock) in str(raised.value)
    assert "nox -s lock -- sample" in str(raised.value)


FITTING = {
    "the same version": ("keras==2.15.0",),
    "a range": ("keras>=2.14,<3", "typing_extensions"),
    "another way to write the name": ("Typing.Extensions>=4",),
}

OTHERS = {
    "another version": (
        ("keras==2.16.0",),
        "contains keras 2.15.0, but the target needs keras==2.16.0",
    ),
    "another distribution": (
        ("keras", "numpy<2"),
        "contains numpy None, but the target needs numpy<2",
    ),
}


@pytest.mark.parametrize("requirements", FITTING.values(), ids=FITTING)
def test_a_lock_that_fits_the_requirements_is_read(
    lock: Path, requirements: tuple[str, ...]
) -> None:
    lock.write_text(LOCK, encoding="utf-8")
    target = msgspec.structs.replace(LOCKED, requirements=requirements)
    assert read_lock(target, lock.parent) == LOCK


@pytest.mark.parametrize(("requirements", "message"), OTHERS.values(), ids=OTHERS)
def test_a_lock_of_other_requirements_is_refused(
    lock: Path, requirements: tuple[str, ...], message: str
) -> None:
    lock.write_text(LOCK, encoding="utf-8")
    with pytest.raises(UnusableEnvironmentError, match="nox -s lock -- sample") as raised:
        read_lock(msgspec.structs.replace(LOCKED, requirements=requirements), lock.parent)
    assert message in str(raised.value)


@pytest.mark.parametrize("version", ["latest", "9" * 5000])
def test_a_lock_with_a_version_that_is_none_is_refused(lock: Path, version: str) -> None:
    body = BODY.replace("2.15.0", version)
    text = f"# sha256 of the lines below: {hashlib.sha256(body.encode()).hexdigest()}\n{body}"
    lock.write_text(text, encoding="utf-8")
    with pytest.raises(UnusableEnvironmentError, match=f"contains keras {version}"):
        read_lock(LOCKED, lock.parent)


def pinned_until(day: datetime.date, requirement: str = "keras<3") -> Target:
    pin = Pin(requirement=requirement, reason="as it was", expires=day)
    return msgspec.structs.replace(LOCKED, pins=(pin,))


def test_a_lock_without_a_pinned_requirement_is_refused(lock: Path) -> None:
    lock.write_text(LOCK, encoding="utf-8")
    with pytest.raises(UnusableEnvironmentError, match=r"needs keras>2\.15"):
        read_lock(pinned_until(datetime.date.max, "keras>2.15"), lock.parent)


def test_an_expired_pin_is_a_usage_error() -> None:
    yesterday = datetime.date.today() - datetime.timedelta(days=1)
    with pytest.raises(UsageError) as raised:
        make_lock(pinned_until(yesterday))
    for part in ("sample", "'keras<3'", str(yesterday), "as it was"):
        assert part in str(raised.value)


def test_a_pin_is_valid_to_the_end_of_its_day(lock: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.environments.locks.resolve", lambda _: BODY)
    target = pinned_until(datetime.date.today())
    lock.write_text(make_lock(target), encoding="utf-8")
    assert read_lock(target, lock.parent) == LOCK


def test_the_pins_of_a_lock_are_its_names_and_versions() -> None:
    assert pinned(LOCK) == {"keras": "2.15.0", "typing-extensions": "4.9.0"}
    assert pinned("Typing_Extensions==4.9.0+cpu ; python_version < '3.12'\n") == {
        "typing-extensions": "4.9.0+cpu"
    }
    assert pinned("# keras==2.15.0\n    --hash=sha256:aaaa\n") == {}
