"""The findings of a night in the records of its jobs, also in malformed ones."""

import json
import pkgutil
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import msgspec
import pytest

from harness.judging.criteria import Criteria
from harness.judging.judge import Judgement, judge
from harness.judging.verdicts import Standing
from harness.observing.records import Failure, Observation, Record, save_record
from harness.observing.snapshots import Baseline
from harness.upkeep.assess import collect
from harness.upkeep.regressions import Origin
from tests.support.makers import differently, gives, raises, record
from tests.support.nights import (
    BAD,
    DAY,
    FRESH,
    GOOD,
    LOCKED,
    NEWER,
    NIGHTLY,
    NOW,
    OLD_SOURCE,
    Place,
    losing,
    never_made,
    recorded,
)
from tests.support.places import TARGETS


def spoil(field: str, value: object) -> Callable[[Record], object]:
    """A record as JSON with another value at a place like `runs.0.variant`."""

    def spoiled(what: Record) -> object:
        document: Any = json.loads(msgspec.json.encode(what))
        *above, last = (int(part) if part.isdecimal() else part for part in field.split("."))
        inner = document
        for part in above:
            inner = inner[part]
        inner[last] = value
        return document

    return spoiled


def nested(depth: int) -> object:
    """Nested lists."""
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


CALL = {"mode": "", "phase": "", "callee": "", "caller": "", "times": 1}
CALL |= {"positional": [], "keywords": {}}

DEEP = "lists in lists"  # deeper than json can write

GIVEN = "runs.0.observations.0.arrays.output"

UNSOUND = {
    "too few values": spoil(f"{GIVEN}.values", []),
    "values that are none": spoil(f"{GIVEN}.values", ["one"]),
    "a version that is none": spoil("environment.distributions.keras", "newest"),
    "a name without a class": spoil("internals.0.name", "call"),
    "a moment before all others": spoil("started", "0001-01-01T00:00:00+14:00"),
    "a moment before all others, of no zone": spoil("started", "0001-01-01"),
    "a moment before TensorFlow 2": spoil("started", "2018-12-31T23:59:59+00:00"),
    "a moment that is none": spoil("started", "yesterday"),
    "an argument of lists in lists": spoil("calls", [{**CALL, "positional": nested(900)}]),
    "a keyword of lists in lists": spoil("calls", [{**CALL, "keywords": {"x": nested(900)}}]),
    "a fact of lists in lists": spoil("layers", {"LSTM": {"config": nested(900)}}),
    "a field of more lists than Python can hold": spoil("layers", {"LSTM": {"config": DEEP}}),
    "too many lists where none may be": spoil("runs", DEEP),
}


@pytest.mark.parametrize("make", UNSOUND.values(), ids=UNSOUND)
def test_a_malformed_record_is_reported_and_stops_no_night(
    make: Callable[[Record], object], place: Place
) -> None:
    place.store(recorded(GOOD, target=LOCKED))
    path = place.store(recorded(GOOD))
    text = json.dumps(make(recorded(GOOD))).replace(f'"{DEEP}"', 100_000 * "[" + 100_000 * "]")
    path.write_text(text, encoding="utf-8")
    night = place.see(FRESH, LOCKED)
    assert night.checked == (LOCKED,)
    [seen] = night.unchecked
    assert seen.failure.startswith(f"{path}: cannot be read as a record: ")
    assert seen.failure.endswith("run the target again")
    assert list(place.archive.records(FRESH, NOW + DAY)) == []


SOURCES_TO_PARSE = {
    "attributes of attributes": f"def f():\n    return a{3000 * '.b'}\n",
    "signs of signs": f"{20_000 * '-----'}1",
    "a null": "def f():\n    return '\0'\n",
}


@pytest.mark.parametrize("source", SOURCES_TO_PARSE.values(), ids=SOURCES_TO_PARSE)
def test_code_that_the_parser_cannot_handle_is_compared_as_text(source: str, place: Place) -> None:
    for accepted in (OLD_SOURCE, source):
        place.accept(recorded(GOOD, source=accepted))
        night = place.night(recorded(BAD, source=source))
        assert (night.checked, len(night.sightings)) == ((FRESH,), 1)


BUGS = {
    "in the judge": "harness.running.results.judge",
    "in the search for a window": "harness.upkeep.assess.build_of",
    "in nothing": None,
}


@pytest.mark.parametrize("bug", BUGS.values(), ids=BUGS)
def test_an_error_in_a_target_does_not_affect_the_others(
    bug: str | None, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = pkgutil.resolve_name(bug) if bug else None

    def fall(what: Record, *others: object) -> object:
        if what.target == FRESH:
            raise KeyError("a bug")
        assert sound is not None
        return sound(what, *others)

    for target in (FRESH, LOCKED):
        place.store(recorded(GOOD, target=target))
    if bug:
        monkeypatch.setattr(bug, fall)
    night = place.see(FRESH, LOCKED)
    assert night.checked == ((LOCKED,) if bug else (FRESH, LOCKED))
    assert ["KeyError: 'a bug'" in each.failure for each in night.unchecked] == [True] * bool(bug)


def test_a_night_has_the_result_of_the_first_try(place: Place) -> None:
    never_made(place)
    assert [each.earlier for each in place.see().seen] == ["uv said no"]


def record_in(place: Place, *directories: str) -> None:
    """Move the results to the places where jobs store them."""
    for name in directories:
        (place.root / "jobs" / name).mkdir(parents=True)
        (place.results / FRESH).rename(place.root / "jobs" / name / FRESH)
        place.store(recorded(BAD, began=NOW - 9 * DAY))  # of an earlier run


def test_the_record_of_a_job_replaces_that_of_an_earlier_run(place: Place) -> None:
    place.store(recorded(GOOD))
    extra = place.results / FRESH / "evil.sh"
    extra.write_text("", encoding="utf-8")
    record_in(place, f"records-{FRESH}", f"records-{LOCKED}")
    collect(place.root / "jobs", [TARGETS[FRESH]], place.results)
    assert place.see().sightings == []
    assert [path.name for path in (place.results / FRESH).iterdir()] == ["record.json"]


ELSEWHERE = [[], [f"records-{LOCKED}"], [FRESH], [f"records-{FRESH}+1"], ["records-"]]


@pytest.mark.parametrize("names", ELSEWHERE, ids=str)
def test_the_record_of_another_job_is_ignored(names: list[str], place: Place) -> None:
    place.store(recorded(GOOD))
    record_in(place, *names)
    collect(place.root / "jobs", [TARGETS[FRESH]], place.results)
    assert [seen.target for seen in place.see().unchecked] == [FRESH]


OTHER = gives(5.0, step="other")

LATER = gives(6.0, step="other")

NOWHERE: tuple[str, ...] = ()

# what both tries give, and then the findings that are blamed, and those that one alone showed
TRIES: dict[str, tuple[Record, Record, list[str], tuple[str, ...]]] = {
    "both": (recorded(BAD, OTHER), recorded(BAD, OTHER), ["step"], NOWHERE),
    "the first": (
        recorded(BAD, OTHER),
        recorded(GOOD, OTHER),
        [],
        ("other values: stateful / step",),
    ),
    "the second": (
        recorded(GOOD, OTHER),
        recorded(BAD, OTHER),
        [],
        ("other values: stateful / step",),
    ),
    "each another one": (
        recorded(BAD, OTHER),
        recorded(GOOD, LATER),
        [],
        ("other values: stateful / other", "other values: stateful / step"),
    ),
    "one of two": (
        recorded(BAD, OTHER),
        recorded(BAD, LATER),
        ["step"],
        ("other values: stateful / other",),
    ),
    "the first could not show it": (
        losing(recorded(GOOD, OTHER), "stateful"),
        recorded(BAD, OTHER),
        ["step"],
        NOWHERE,
    ),
    "the first was none": (
        record([], target=FRESH, failure=Failure(type="Crash", message="SIGABRT")),
        recorded(BAD, OTHER),
        ["step"],
        NOWHERE,
    ),
    "the first was another's": (
        recorded(GOOD, OTHER, target=LOCKED),
        recorded(BAD, OTHER),
        ["step"],
        NOWHERE,
    ),
}


@pytest.mark.parametrize(("first", "second", "blamed", "once"), TRIES.values(), ids=TRIES)
def test_only_findings_of_both_tries_are_sightings(
    first: Record, second: Record, blamed: list[str], once: tuple[str, ...], place: Place
) -> None:
    place.accept(recorded(GOOD, OTHER))
    path = place.store(second)
    save_record(first, path.with_name("record-first.json"))
    [seen] = place.see().seen
    assert [each.change.subject for each in seen.sightings] == blamed
    assert seen.once == once
    assert (seen.checked, seen.clean) == (True, not once)


def test_a_malformed_first_record_is_ignored(place: Place) -> None:
    place.store(recorded(BAD)).with_name("record-first.json").write_text("{", encoding="utf-8")
    [seen] = place.see().seen
    assert (len(seen.sightings), seen.once) == (1, ())


def test_a_first_record_that_cannot_be_judged_is_ignored(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = recorded(GOOD, began=NOW - DAY)
    save_record(first, place.store(recorded(BAD)).with_name("record-first.json"))

    def judged(what: Record, baseline: Baseline, criteria: Criteria) -> Judgement:
        if what.started == first.started:
            raise KeyError("a bug")
        return judge(what, baseline, criteria)

    monkeypatch.setattr("harness.running.results.judge", judged)
    [seen] = place.see().seen
    assert (len(seen.sightings), seen.once, seen.failure) == (1, (), "")


# what moved: the fresh target, the locked one, what they give, and the origin of the fresh one's
MOVES: dict[str, tuple[Observation, Observation, str, Origin]] = {
    "the same, and another machine": (BAD, BAD, "new", Origin.GROUND),
    "the same, and the same machine": (BAD, BAD, "a CPU", Origin.NEWS),
    "the locked one is as it was": (BAD, GOOD, "new", Origin.NEWS),
    "another finding": (BAD, raises("no"), "new", Origin.NEWS),
}


@pytest.mark.parametrize(("fresh", "locked", "model", "origin"), MOVES.values(), ids=MOVES)
def test_another_machine_is_the_cause_also_on_a_target_without_a_lock(
    fresh: Observation, locked: Observation, model: str, origin: Origin, place: Place
) -> None:
    for target in (FRESH, LOCKED):
        place.night(recorded(GOOD, target=target, began=NOW - DAY))
    place.store(recorded(fresh, distributions=NEWER, model=model))
    place.store(recorded(locked, target=LOCKED, model=model))
    sightings = place.see(FRESH, LOCKED).sightings
    [window] = [each.window for each in sightings if each.target == FRESH]
    assert window.origin is origin
    assert [each.name for each in window.packages] == ["keras"]
    assert not any(each.window.moved for each in sightings if each.target == LOCKED)


def test_noise_between_two_runs_is_no_finding(place: Place) -> None:
    noisy = replace(recorded(), runs=tuple(differently(gives(1.0), gives(3.0))))
    place.accept(noisy)
    assert place.night(noisy).sightings == []


def test_a_nightly_is_compared_with_the_packages_of_its_baseline(place: Place) -> None:
    builds = [{"tf-nightly": f"2.23.0.dev2026010{n}", "keras-nightly": "3.16.0"} for n in (1, 2)]
    place.accept(recorded(GOOD, target=NIGHTLY, distributions=builds[0]))
    [sighting] = place.night(recorded(BAD, target=NIGHTLY, distributions=builds[1])).sightings
    assert [each.name for each in sighting.window.packages] == ["tf-nightly"]


def test_a_regression_without_a_finding_is_not_overlooked(place: Place) -> None:
    """An internal that Keras never had, and that is no longer watched, has not changed."""
    accepted = recorded(GOOD)
    absent = replace(accepted.internals[0], name="RNN.gone", present=False, parameters=None)
    place.accept(replace(accepted, internals=(*accepted.internals, absent)))
    [seen] = place.night(recorded(GOOD)).seen
    assert (seen.standing, seen.sightings) == (Standing.REGRESSED, ())
    [why] = seen.lost
    assert "RNN.gone: missing: in the baseline, but no longer watched" in why
