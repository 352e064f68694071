"""A night has the differences from the baselines, their windows, and the failed checks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from harness.base.errors import UsageError
from harness.judging.changes import ChangeKind
from harness.observing.records import Failure
from harness.report.model import STALE
from harness.running.results import Checked
from harness.upkeep.archive import Entry
from harness.upkeep.night import SCHEMA_VERSION, Conclusion, Night, load_conclusion
from harness.upkeep.regressions import Regression, regression
from tests.support.makers import record
from tests.support.nights import (
    BAD,
    BOTH,
    DAY,
    FRESH,
    GOOD,
    LOCKED,
    NOW,
    PARTLY,
    Place,
    assess_night,
    never_made,
    recorded,
)


def test_a_night_equal_to_the_baselines_has_no_findings(place: Place) -> None:
    night = place.night(recorded(GOOD))
    assert (night.sightings, night.checked, night.unchecked) == ([], (FRESH,), ())
    assert (night.fresh, night.stale) == (NOW, False)


def failing(place: Place) -> None:
    failure = Failure(type="Crash", message="the probe ended with SIGABRT")
    place.store(record([], target=FRESH, failure=failure))


def garbled(place: Place) -> None:
    place.store(recorded(GOOD)).write_text("{", encoding="utf-8")


UNCHECKED = {
    "no record": (lambda _: None, "not run to its end"),
    "no environment": (never_made, "uv says no"),
    "a failure": (failing, "SIGABRT"),
    "half a record": (garbled, "cannot be read as a record"),
    "a record of another": (
        lambda place: place.store(recorded(GOOD, target=LOCKED), name=FRESH),
        f"a record of '{LOCKED}'",
    ),
    "a record that is to come": (
        lambda place: place.store(recorded(GOOD, began=NOW + 2 * DAY)),
        "is a clock wrong",
    ),
}


@pytest.mark.parametrize(("prepare", "why"), UNCHECKED.values(), ids=UNCHECKED)
def test_an_unchecked_target_is_reported_and_not_archived(
    prepare: Callable[[Place], object], why: str, place: Place
) -> None:
    prepare(place)
    night = place.see()
    [seen] = night.unchecked
    assert night.checked == ()
    assert why in " ".join([seen.failure, *seen.lost])
    assert list(place.archive.records(FRESH, NOW + 9 * DAY)) == []


@pytest.mark.fault(
    "verdicts",
    "the record of a target in a night is that of a part",
    "the target is not checked, and the record is not kept in the archive",
)
def test_a_record_of_a_part_is_no_check_of_a_target(place: Place) -> None:
    whole = recorded(BAD)
    night = place.night(replace(whole, internals=(), left_out=("internals",)))
    assert night.seen[0].failure == "its record is that of a part: it left out internals"
    assert (night.checked, night.sightings) == ((), [])
    assert list(place.archive.records(FRESH, NOW + DAY)) == []
    assert len(place.night(whole).sightings) == 1


BASELINES: dict[str, tuple[str, str | None, list[str]]] = {
    "all as it was": ("nothing at all", None, []),
    "no baseline at all": (
        "*",
        None,
        [
            "stateful / fixed: no baseline for 1 of its verdicts",
            "internals: no baseline for 1 of its verdicts",
        ],
    ),
    "no baseline of a scenario": (
        "stateful-fixed.json",
        None,
        ["stateful / fixed: no baseline for 1 of its verdicts"],
    ),
    "half a baseline of a scenario": (
        "stateful-fixed.json",
        "{",
        [
            "stateful-fixed.json: cannot be read",
            "stateful / fixed: no baseline for 1 of its verdicts",
        ],
    ),
    "no file of distributions": (
        "distributions.json",
        None,
        ["distributions.json: this part of the baseline is missing"],
    ),
    "half a file of distributions": (
        "distributions.json",
        "{",
        ["distributions.json: cannot be read"],
    ),
}


@pytest.mark.parametrize(("pattern", "text", "why"), BASELINES.values(), ids=BASELINES)
def test_a_missing_baseline_is_named_and_the_record_is_archived(
    pattern: str, text: str | None, why: list[str], place: Place
) -> None:
    for path in (place.baselines / FRESH).glob(pattern):
        path.unlink()
        if text is not None:
            path.write_text(text, encoding="utf-8")
    night = place.night(recorded(GOOD))
    [seen] = night.seen
    assert (seen.checked, seen.sightings, seen.failure) == (not why, (), "")
    for expected, part in zip(seen.lost, why, strict=True):
        assert part in expected
    assert len(list(place.archive.records(FRESH, NOW + 9 * DAY))) == 1


def test_a_night_has_the_seconds_of_checks_and_ignores_malformed_verdicts(
    place: Place,
) -> None:
    checked = Checked(target=FRESH, exit_code=1, seconds=12.5, earlier="1 drift")
    path = place.store(recorded(GOOD)).with_name("verdicts.json")
    path.write_bytes(msgspec.json.encode(checked))
    [seen] = place.see().seen
    assert (seen.seconds, seen.earlier, seen.checked) == (12.5, "1 drift", True)
    path.write_bytes(b"[]")
    [seen] = place.see().seen
    assert (seen.seconds, seen.earlier, seen.checked) == (0.0, "", True)


@pytest.mark.parametrize(
    ("version", "way_out"),
    [(SCHEMA_VERSION - 1, "nox -s nightly"), (SCHEMA_VERSION + 1, "upgrade the harness")],
)
def test_the_error_for_a_night_of_another_schema_names_the_way_out(
    version: int, way_out: str, place: Place, tmp_path: Path
) -> None:
    conclusion = Conclusion(night=place.night(recorded(BAD)), regressions=())
    path = tmp_path / "night.json"
    path.write_bytes(msgspec.json.encode(replace(conclusion, schema_version=version)))
    expected = rf"night\.json: .* schema_version {version} .*reads {SCHEMA_VERSION};.*{way_out}"
    with pytest.raises(UsageError, match=expected):
        load_conclusion(path)
    path.write_bytes(msgspec.json.encode(conclusion))
    assert load_conclusion(path) == conclusion


# earlier nights by how many days ago they were, and tonight: which targets, and which were checked
LOGS: dict[str, tuple[dict[int, dict[str, bool]], dict[str, bool], bool]] = {
    "the first night ever": ({}, PARTLY, False),
    "complete yesterday": ({1: BOTH}, PARTLY, False),
    "complete tonight": ({9: BOTH, 1: PARTLY}, BOTH, False),
    "complete long ago": ({5: BOTH, 1: PARTLY}, PARTLY, True),
    "never complete, for too long": ({5: PARTLY, 1: PARTLY}, PARTLY, True),
    "never complete, for two nights": ({1: PARTLY}, PARTLY, False),
    "each of them checked, but in no night all": (
        {9: BOTH, 2: PARTLY, 1: {FRESH: False, LOCKED: True}},
        PARTLY,
        True,
    ),
    "of one alone, and complete": ({9: BOTH, 1: {FRESH: True}}, PARTLY, True),
    "of one alone, and tonight as well": ({9: BOTH, 1: PARTLY}, {FRESH: False}, False),
    "of the same few every night": ({2: {FRESH: True}, 1: {FRESH: True}}, {FRESH: False}, False),
    "of the same few for too long": ({9: {FRESH: True}, 1: {FRESH: False}}, {FRESH: False}, True),
    "with one that is new tonight": ({90: PARTLY, 2: {FRESH: True}, 1: BOTH}, PARTLY, False),
    "a new one, the first night of which is incomplete": (
        {days: {FRESH: True} for days in (90, 2, 1)},
        PARTLY,
        False,
    ),
    "a new one, that is never checked": (
        {9: {FRESH: True}, 5: PARTLY, 1: PARTLY},
        PARTLY,
        True,
    ),
    "a new one alone, before a night of all": (
        {9: {FRESH: True}, 1: {LOCKED: True}},
        PARTLY,
        True,
    ),
}


@pytest.mark.parametrize(("log", "tonight", "stale"), LOGS.values(), ids=LOGS)
def test_there_is_an_alarm_after_three_days_without_a_complete_night_of_all(
    log: Mapping[int, Mapping[str, bool]], tonight: Mapping[str, bool], stale: bool, place: Place
) -> None:
    for days, checked in log.items():
        assess_night(place, days, checked)
    assert assess_night(place, 0, tonight).stale is stale
    assert assess_night(place, 0, tonight).stale is stale  # the same night


def test_a_deleted_target_does_not_make_a_night_incomplete(place: Place) -> None:
    place.archive.enter(Entry(began=NOW - 9 * DAY, checked=(), wanted=(FRESH, "tf-0.1")))
    assert assess_night(place, 0, {FRESH: True}).whole


def test_checked_targets_replace_missing_wanted_targets_in_the_log(place: Place) -> None:
    place.archive.enter(Entry(began=NOW - 5 * DAY, checked=(FRESH, LOCKED)))
    assert not assess_night(place, 1, {FRESH: False}).whole
    night = assess_night(place, 0, PARTLY)
    assert (night.whole, night.fresh, night.stale) == (True, NOW - 5 * DAY, True)


def test_an_alarm_waits_for_three_whole_days() -> None:
    night = Night(began=NOW, seen=(), fresh=NOW - STALE)
    assert not night.stale
    assert replace(night, fresh=NOW - STALE - DAY / 1000).stale


def concluded(place: Place, *regressions: Regression, troubles: tuple[str, ...] = ()) -> int:
    night = place.see()
    return Conclusion(night=night, regressions=regressions, troubles=troubles).exit_code


def test_the_exit_code_depends_on_differences_and_failed_checks(place: Place) -> None:
    [sighting] = place.night(recorded(BAD)).sightings
    works = replace(sighting, change=replace(sighting.change, kind=ChangeKind.WORKS))
    place.store(recorded(GOOD))
    assert concluded(place) == 0
    assert concluded(place, regression([works])) == 1  # its baseline is no longer true
    assert concluded(place, regression([sighting])) == 1
    assert concluded(place, regression([sighting]), troubles=("no tracker",)) == 1
    assert concluded(place, troubles=("no tracker",)) == 3
    (place.results / FRESH / "record.json").unlink()
    assert concluded(place) == 3


@pytest.mark.fault(
    "files",
    "a scenario or variant in `night.json` is a path to another directory",
    "it is refused, and `accept` writes nothing",
)
@pytest.mark.parametrize("old", ['"scenario":"stateful"', '"variants":["fixed"]'])
def test_no_name_in_a_night_leads_to_another_directory(
    old: str, place: Place, tmp_path: Path
) -> None:
    night = place.night(recorded(BAD))
    conclusion = Conclusion(night=night, regressions=(regression(night.sightings),))
    path = tmp_path / "night.json"
    text = msgspec.json.encode(conclusion).decode()
    assert old in text
    path.write_text(text, encoding="utf-8")
    assert load_conclusion(path) == conclusion
    forged = old.replace("stateful", "../x").replace("fixed", "x/../../y")
    path.write_text(text.replace(old, forged), encoding="utf-8")
    with pytest.raises(UsageError, match=r"matching regex .* - at `\$\.night"):
        load_conclusion(path)


@pytest.mark.parametrize(
    ("text", "why"), [(None, "nox -s nightly"), ("{", "nox -s nightly"), ("", "nox -s nightly")]
)
def test_the_error_for_an_unreadable_night_names_the_command(
    text: str | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "night.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=why):
        load_conclusion(path)
