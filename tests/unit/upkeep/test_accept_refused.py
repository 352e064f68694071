"""A wrong acceptance is refused with a reason before any file is written."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.base.errors import HarnessError, KnownChangesError, RecordError, UsageError
from tests.support.desks import FIXED, NEWER, OTHER_FRESH, REASON, SEEN, Desk, observing
from tests.support.nights import DAY, FRESH, NOW


def damage(desk: Desk, name: str, data: bytes) -> None:
    (desk.place.root / name).write_bytes(data)


BOTH = {**NEWER, "tensorflow": "2.99.0"}
REFUSED: dict[str, tuple[Callable[[Desk], object], type[HarnessError], tuple[str, ...]]] = {
    "no such regression": (
        lambda desk: desk.accept(f"{night(desk)}0"),
        UsageError,
        ("there is no regression", "there are: "),
    ),
    "not on this target": (
        lambda desk: desk.accept(night(desk), OTHER_FRESH),
        UsageError,
        ("does not show on tf-2.20-fresh", "but on tf-2.21-fresh"),
    ),
    "another record": (
        lambda desk: desk.accept(
            night(desk, lambda: desk.place.store(observing(SEEN, began=NOW + DAY / 2)))
        ),
        UsageError,
        (
            "record.json: began at 2026-03-01T14:00",
            "the record of the night",
            "`nox -s nightly` again",
        ),
    ),
    "half a record": (
        lambda desk: desk.accept(
            night(desk, lambda: damage(desk, f"results/{FRESH}/record.json", b"{"))
        ),
        RecordError,
        ("record.json: cannot be read as a record", "run the target again"),
    ),
    "no night": (
        lambda desk: desk.accept("0" * 12),
        UsageError,
        ("night.json: cannot be read", "`nox -s nightly` writes it"),
    ),
    "half a night": (
        lambda desk: desk.accept(night(desk, lambda: damage(desk, "results/night.json", b"{"))),
        UsageError,
        ("night.json: cannot be read", "`nox -s nightly` writes it"),
    ),
    "no link": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, link="example.org")),
        KnownChangesError,
        ("known_changes.toml: change ", "field 'link'", "https://"),
    ),
    "no reason": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, why=" ")),
        KnownChangesError,
        ("known_changes.toml: change ", "field 'why': is empty"),
    ),
    "two packages": (
        lambda desk: desk.accept(night(desk, distributions=BOTH)),
        UsageError,
        ("keras and tensorflow differ", "--package"),
    ),
    "a package that is the same": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, package="tensorflow")),
        UsageError,
        ("tensorflow is the same", "--since"),
    ),
    "a package that is none of them": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, package="numpy")),
        UsageError,
        ("--package", "'numpy'", "tensorflow, keras, tf-keras"),
    ),
    "a release that is none": (
        lambda desk: desk.accept(night(desk), reason=replace(REASON, since="soon")),
        UsageError,
        ("--since", "soon"),
    ),
    "half a file of known changes": (
        lambda desk: desk.accept(night(desk, lambda: damage(desk, "known_changes.toml", b"["))),
        KnownChangesError,
        ("known_changes.toml: cannot be read",),
    ),
    "no baseline": (
        lambda desk: desk.accept(
            night(desk, lambda: (desk.place.baselines / FRESH / FIXED).write_bytes(b"{"))
        ),
        HarnessError,
        (f"{FIXED}: cannot be read", "git checkout"),
    ),
}


def night(
    desk: Desk,
    spoil: Callable[[], object] = lambda: None,
    *,
    distributions: Mapping[str, str] = NEWER,
) -> str:
    """Accepts the regression of a night after a change that makes the acceptance wrong."""
    fingerprint = desk.night(observing(SEEN, distributions=distributions))
    spoil()
    return fingerprint


@pytest.mark.parametrize(("attempt", "kind", "expected"), REFUSED.values(), ids=REFUSED)
def test_a_wrong_acceptance_is_refused_and_nothing_is_written(
    attempt: Callable[[Desk], object],
    kind: type[HarnessError],
    expected: tuple[str, ...],
    desk: Desk,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(path: Path, data: bytes) -> None:
        raise AssertionError(f"{path}: {data!r}")

    monkeypatch.setattr("harness.upkeep.accept.write_whole", refuse)
    with pytest.raises(kind) as raised:
        attempt(desk)
    for each in expected:
        assert each in str(raised.value)


def test_a_correct_acceptance_is_not_refused(desk: Desk) -> None:
    assert desk.accept(night(desk))
    assert desk.entry == ("keras", "3.99.0")
