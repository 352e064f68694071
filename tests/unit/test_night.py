"""A night says what differs from what is accepted, since when, and what it could not check."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.archive import KEPT, Entry
from harness.changes import ChangeKind
from harness.check import Checked
from harness.errors import UsageError
from harness.night import STALE, Conclusion, Night, load_conclusion
from harness.numerics import Tolerances
from harness.observed import Observed, from_record
from harness.records import Failure, Observation, Record, save_record
from harness.regressions import ABSENT, ACCEPTED, Axis, Difference, Regression, regression
from harness.seeing import collect
from harness.targets import load_targets
from harness.windows import LINE, SOURCES
from tests.unit.makers import differently, gives, internal, raises, record, run, surroundings
from tests.unit.nights import DAY, FRESH, KERAS, LOCKED, NIGHTLY, NOW, Place, recorded

GOOD, BAD = gives(1.0), gives(2.0)
NEWER = {**KERAS, "keras": "3.16.0"}
OLD_SOURCE, NEW_SOURCE = "def f():\n    return 1\n", "def f():\n    return 2\n"


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(root=tmp_path)
    for target in (FRESH, LOCKED):
        made.accept(recorded(GOOD, target=target, began=NOW - 100 * DAY))
    return made


def test_a_night_that_is_as_accepted_has_nothing_to_tell(place: Place) -> None:
    night = place.night(recorded(GOOD))
    assert (night.sightings, night.checked, night.unchecked) == ([], (FRESH,), ())
    assert (night.fresh, night.stale) == (NOW, False)


def test_what_differs_has_a_window_from_the_last_build_without_it(place: Place) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    place.night(recorded(GOOD, began=NOW - 2 * DAY, source=OLD_SOURCE, model="old"))
    first = recorded(BAD, began=NOW - DAY, distributions=NEWER, source=NEW_SOURCE, model="new")
    place.night(first)
    night = place.night(recorded(BAD, distributions={**NEWER, "numpy": "2.2.0"}))
    [sighting] = night.sightings
    assert sighting.change.kind is ChangeKind.VALUES
    window = sighting.window
    assert (window.good, window.bad) == (
        (NOW - 2 * DAY).isoformat(),
        (NOW - DAY).isoformat(),
    )
    assert window.packages == (Difference(name="keras", good="3.15.1", bad="3.16.0"),)
    assert window.machine == (Difference(name="CPU", good="old", bad="new"),)
    assert window.sources == (Difference(name="RNN.reset_states", good="return 1", bad="return 2"),)
    assert window.axis is Axis.NEWS


def test_what_comes_and_goes_and_comes_again_dates_from_the_last_time(place: Place) -> None:
    for days, given in ((4, BAD), (3, GOOD), (2, BAD), (1, BAD)):
        place.night(recorded(given, began=NOW - days * DAY))
    [sighting] = place.night(recorded(BAD)).sightings
    assert sighting.window.good == (NOW - 3 * DAY).isoformat()
    assert sighting.window.bad == (NOW - 2 * DAY).isoformat()
    assert sighting.window.axis is Axis.GROUND


def test_each_finding_has_a_window_of_its_own(place: Place) -> None:
    other = gives(5.0, step="other")
    place.accept(recorded(GOOD, other))
    place.night(recorded(GOOD, other, began=NOW - 2 * DAY))
    place.night(recorded(BAD, other, began=NOW - DAY))
    night = place.night(recorded(BAD, gives(6.0, step="other")))
    bad = {each.change.subject: each.window.bad for each in night.sightings}
    assert bad == {"step": (NOW - DAY).isoformat(), "other": NOW.isoformat()}


def test_without_earlier_nights_what_is_accepted_was_good(place: Place) -> None:
    [sighting] = place.night(recorded(BAD, distributions=NEWER)).sightings
    assert sighting.window.good == ACCEPTED
    assert [each.name for each in sighting.window.packages] == ["keras"]
    [sighting] = place.night(recorded(BAD, target=LOCKED)).sightings
    assert (sighting.window.good, sighting.window.axis) == (None, Axis.GROUND)


def test_a_change_that_is_known_is_named_and_needs_no_answer(place: Place) -> None:
    runs = recorded(GOOD).runs
    works, fails = (
        replace(run(each), scenario="reset")
        for each in (gives(1.0, step="reset to ones"), raises("no", step="reset to ones"))
    )
    keras_2 = recorded(distributions={**KERAS, "keras": "2.15.0"})
    place.accept(replace(keras_2, runs=(*runs, works, replace(works, number=2))))
    night = place.night(replace(recorded(), runs=(*runs, fails, replace(fails, number=2))))
    assert night.sightings == []
    assert night.seen[0].known == ("reset_states takes no values any more",)


def failing(place: Place) -> None:
    failure = Failure(type="Crash", message="the probe ended with SIGABRT")
    place.store(record([], target=FRESH, failure=failure))


def garbled(place: Place) -> None:
    place.store(recorded(GOOD)).write_text("{", encoding="utf-8")


def without_baseline(place: Place) -> None:
    place.store(recorded(GOOD))
    for path in (place.baselines / FRESH).iterdir():
        path.unlink()


def never_made(place: Place) -> None:
    checked = Checked(target=FRESH, failure="uv says no", exit_code=3, earlier="uv said no")
    path = place.results / FRESH / "verdicts.json"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({**vars(checked), "verdicts": []}), encoding="utf-8")


UNCHECKED = {
    "no record": (lambda _: None, "not run to its end"),
    "no environment": (never_made, "uv says no"),
    "a failure": (failing, "SIGABRT"),
    "half a record": (garbled, "not a whole record"),
    "a record of another": (
        lambda place: place.store(recorded(GOOD, target=LOCKED), name=FRESH),
        f"a record of '{LOCKED}'",
    ),
    "a record that is to come": (
        lambda place: place.store(recorded(GOOD, began=NOW + 2 * DAY)),
        "is a clock wrong",
    ),
    "no baseline": (without_baseline, "distributions.json"),
}


@pytest.mark.parametrize(("prepare", "why"), UNCHECKED.values(), ids=UNCHECKED)
def test_what_could_not_be_checked_is_told_and_not_kept(
    prepare: Callable[[Place], object], why: str, place: Place
) -> None:
    prepare(place)
    night = place.see()
    [seen] = night.unchecked
    assert night.checked == ()
    assert why in " ".join([seen.failure, *seen.lost])
    assert list(place.archive.records(FRESH, NOW + 9 * DAY)) == []


def spoil(field: str, value: object) -> Callable[[Record], object]:
    """A record as JSON in which something else stands at a place like `runs.0.variant`."""

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
    """A list in a list, and so on."""
    value: object = "x"
    for _ in range(depth):
        value = [value]
    return value


CALL = {"mode": "", "phase": "", "callee": "", "caller": "", "times": 1}
CALL |= {"positional": [], "keywords": {}}
DEEP = "lists in lists"  # which json cannot write
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
def test_a_record_that_makes_no_sense_is_told_of_and_stops_no_night(
    make: Callable[[Record], object], place: Place
) -> None:
    place.store(recorded(GOOD, target=LOCKED))
    path = place.store(recorded(GOOD))
    text = json.dumps(make(recorded(GOOD))).replace(f'"{DEEP}"', 100_000 * "[" + 100_000 * "]")
    path.write_text(text, encoding="utf-8")
    night = place.see(FRESH, LOCKED)
    assert night.checked == (LOCKED,)
    [seen] = night.unchecked
    assert seen.failure.startswith(f"{path}: not a ")
    assert seen.failure.endswith("run the target again")
    assert list(place.archive.records(FRESH, NOW + DAY)) == []


SOURCES_TO_PARSE = {
    "attributes of attributes": f"def f():\n    return a{3000 * '.b'}\n",
    "signs of signs": f"{20_000 * '-----'}1",
    "a null": "def f():\n    return '\0'\n",
}


@pytest.mark.parametrize("source", SOURCES_TO_PARSE.values(), ids=SOURCES_TO_PARSE)
def test_code_that_is_too_much_for_the_parser_is_code_all_the_same(
    source: str, place: Place
) -> None:
    for accepted in (OLD_SOURCE, source):
        place.accept(recorded(GOOD, source=accepted))
        night = place.night(recorded(BAD, source=source))
        assert (night.checked, len(night.sightings)) == ((FRESH,), 1)


def test_whatever_goes_wrong_with_a_target_the_others_are_seen(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fall(*_: object) -> None:
        raise KeyError("a bug")

    for target in (FRESH, LOCKED):
        place.store(recorded(GOOD, target=target))
    monkeypatch.setattr("harness.seeing.diff", fall)
    assert [each.target for each in place.see(FRESH, LOCKED).unchecked] == [FRESH, LOCKED]


def test_what_is_lost_hides_nothing_else(place: Place) -> None:
    runs = (*recorded(BAD).runs, run(scenario="reset", end="timed out", detail="after 60 s"))
    night = place.night(replace(recorded(), runs=runs))
    assert [each.change.where for each in night.sightings] == ["stateful / step"]
    assert night.checked == ()
    [seen] = night.unchecked
    assert seen.lost == (f"{FRESH}: reset / fixed: run 1 timed out: after 60 s",)


def losing(what: Record, scenario: str = "reset") -> Record:
    """A record of which a scenario, or the internals, were lost."""
    if scenario == "internals":
        return replace(what, internals=(), internals_failure="the watch crashed")
    lost_run = run(scenario=scenario, end="crashed", detail="SIGSEGV")
    return replace(what, runs=(*(r for r in what.runs if r.scenario != scenario), lost_run))


@pytest.mark.parametrize(
    ("scenario", "good"), [("reset", 2), ("internals", 2), ("stateful", 3)], ids=str
)
def test_a_build_of_which_a_part_was_lost_tells_of_the_rest(
    scenario: str, good: int, place: Place
) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    assert place.night(losing(recorded(GOOD, began=NOW - 2 * DAY), scenario)).checked == ()
    place.night(recorded(BAD, began=NOW - DAY))
    [sighting] = place.night(recorded(BAD)).sightings
    assert sighting.window.good == (NOW - good * DAY).isoformat()
    assert sighting.window.bad == (NOW - DAY).isoformat()


def test_a_build_without_internals_does_not_tell_of_them(place: Place) -> None:
    def other(days: int) -> Record:
        made = recorded(GOOD, began=NOW - days * DAY)
        return replace(made, internals=(internal(default="()"),))

    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    place.night(losing(recorded(GOOD, began=NOW - 2 * DAY), "internals"))
    place.night(losing(other(1)))
    [sighting] = place.night(other(0)).sightings
    assert sighting.window.good == (NOW - 3 * DAY).isoformat()
    assert sighting.window.bad == (NOW - DAY).isoformat()


def test_what_makes_no_sense_in_the_archive_is_left_out_and_warned_of(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    failure = Failure(type="Crash", message="the probe ended with SIGABRT")
    started = (NOW - 2 * DAY).isoformat()
    place.archive.keep(replace(record([], target=FRESH, failure=failure), started=started))
    [sighting] = place.night(recorded(BAD)).sightings
    assert sighting.window.good == (NOW - 3 * DAY).isoformat()
    assert f"what is kept from {started} is left out" in caplog.text
    assert "SIGABRT" in caplog.text


def test_what_is_damaged_in_the_archive_stops_no_night(place: Place) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    place.night(recorded(BAD, began=NOW - 2 * DAY))
    place.night(recorded(GOOD, began=NOW - DAY))
    newest = max((place.archive.directory / FRESH).iterdir())
    newest.write_bytes(newest.read_bytes()[:100])
    (place.archive.directory / "nights.json").write_text("{", encoding="utf-8")
    night = place.night(recorded(BAD))
    [sighting] = night.sightings
    assert sighting.window.good == (NOW - 3 * DAY).isoformat()
    assert (night.fresh, night.checked) == (NOW, (FRESH,))


def test_a_window_reaches_back_as_far_as_the_archive(place: Place) -> None:
    moments = [NOW - n * DAY for n in range(KEPT + 3, 0, -1)]
    for moment in moments:
        place.night(recorded(BAD, began=moment, distributions=NEWER))
    [sighting] = place.night(recorded(BAD, distributions={**NEWER, "numpy": "9"})).sightings
    assert (sighting.window.good, sighting.window.bad) == (ACCEPTED, moments[3].isoformat())
    assert [each.name for each in sighting.window.packages] == ["keras"]


def test_what_a_window_names_besides_packages(place: Place) -> None:
    def build(number: int, **variables: str) -> Record:
        names = [f"RNN.{n}" for n in range(SOURCES + 3)]
        made = recorded(GOOD if number == 0 else BAD, began=NOW + number * DAY)
        where = surroundings({**KERAS, f"only-{number}": "1.0"}, variables)
        return replace(
            made,
            environment=replace(
                where,
                cpu={"model": "a CPU", "flags": ["avx", "sse", f"avx{number}"], "count": 2},
                platform=f"Linux {number}",
            ),
            internals=tuple(internal(name, source=name) for name in names),
            sources={name: f"def f():\n    x = '{number * 'long'}{name * 99}'\n" for name in names},
        )

    place.accept(build(0))
    place.night(build(0))
    [sighting] = place.night(build(1, ImageOS="ubuntu24", ImageVersion="2")).sightings
    window = sighting.window
    assert [(each.name, each.good, each.bad) for each in window.packages] == [
        ("only-0", "1.0", ABSENT),
        ("only-1", ABSENT, "1.0"),
    ]
    assert [(each.name, each.good, each.bad) for each in window.machine] == [
        ("CPU features", "avx avx0", "avx avx1"),
        ("runner image", ABSENT, "ubuntu24 2"),
        ("system", "Linux 0", "Linux 1"),
    ]
    assert [each.name for each in window.sources] == [f"RNN.{n}" for n in range(SOURCES)]
    assert all(len(side) <= LINE for each in window.sources for side in (each.good, each.bad))
    assert window.sources[0].bad.startswith("x = 'longRNN.0")


def test_a_night_keeps_what_checks_took_and_a_page_of_verdicts_that_is_garbage_says_nothing(
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


def test_a_night_of_another_harness_says_how_to_get_one(place: Place, tmp_path: Path) -> None:
    conclusion = Conclusion(schema_version=2, night=place.see(), regressions=())
    path = tmp_path / "night.json"
    path.write_bytes(msgspec.json.encode(conclusion))
    with pytest.raises(UsageError, match=r"night\.json: schema version 2.*nox -s nightly"):
        load_conclusion(path)
    path.write_bytes(msgspec.json.encode(replace(conclusion, schema_version=1)))
    assert load_conclusion(path) == replace(conclusion, schema_version=1)


def test_a_night_tells_of_a_second_try(place: Place) -> None:
    never_made(place)
    assert [each.earlier for each in place.see().seen] == ["uv said no"]


BOTH = {FRESH: True, LOCKED: True}
PARTLY = {FRESH: True, LOCKED: False}
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


def hold_night(place: Place, days: int, checked: Mapping[str, bool]) -> Night:
    for target, there in checked.items():
        path = place.store(recorded(GOOD, target=target, began=NOW - days * DAY))
        if not there:
            path.unlink()
    return place.see(*checked, now=NOW - days * DAY)


@pytest.mark.parametrize(("log", "tonight", "stale"), LOGS.values(), ids=LOGS)
def test_there_is_an_alarm_after_three_days_without_a_complete_night_of_all(
    log: Mapping[int, Mapping[str, bool]], tonight: Mapping[str, bool], stale: bool, place: Place
) -> None:
    for days, checked in log.items():
        hold_night(place, days, checked)
    assert hold_night(place, 0, tonight).stale is stale
    assert hold_night(place, 0, tonight).stale is stale  # it is the same night


def test_a_night_of_a_few_leaves_it_as_it_is_since_when_none_was_complete(place: Place) -> None:
    hold_night(place, 5, BOTH)
    assert hold_night(place, 2, PARTLY).fresh == NOW - 5 * DAY
    night = hold_night(place, 1, {FRESH: True})
    assert (night.whole, night.unchecked, night.fresh) == (False, (), NOW - 5 * DAY)
    assert hold_night(place, 0, BOTH).fresh == NOW


def test_what_is_no_target_any_more_need_not_be_seen(place: Place) -> None:
    place.archive.enter(Entry(began=NOW - 9 * DAY, checked=(), wanted=(FRESH, "tf-0.1")))
    assert hold_night(place, 0, {FRESH: True}).whole


def test_a_log_without_wanted_targets_says_what_was_checked(place: Place) -> None:
    place.archive.enter(Entry(began=NOW - 5 * DAY, checked=(FRESH, LOCKED)))
    assert not hold_night(place, 1, {FRESH: False}).whole
    night = hold_night(place, 0, PARTLY)
    assert (night.whole, night.fresh, night.stale) == (True, NOW - 5 * DAY, True)


def test_an_alarm_waits_for_three_whole_days() -> None:
    night = Night(began=NOW, seen=(), fresh=NOW - STALE)
    assert not night.stale
    assert replace(night, fresh=NOW - STALE - DAY / 1000).stale


def record_in(place: Place, *directories: str) -> None:
    """Lay what is in the results where jobs leave it."""
    for name in directories:
        (place.root / "jobs" / name).mkdir(parents=True)
        (place.results / FRESH).rename(place.root / "jobs" / name / FRESH)
        place.store(recorded(BAD, began=NOW - 9 * DAY))  # of an earlier run


def test_what_its_job_recorded_takes_the_place_of_an_earlier_run(place: Place) -> None:
    place.store(recorded(GOOD))
    extra = place.results / FRESH / "evil.sh"
    extra.write_text("", encoding="utf-8")
    record_in(place, f"records-{FRESH}", f"records-{LOCKED}")
    collect(place.root / "jobs", [load_targets()[FRESH]], place.results)
    assert place.see().sightings == []
    assert [path.name for path in (place.results / FRESH).iterdir()] == ["record.json"]


ELSEWHERE = [[], [f"records-{LOCKED}"], [FRESH], [f"records-{FRESH}+1"], ["records-"]]


@pytest.mark.parametrize("names", ELSEWHERE, ids=str)
def test_what_another_job_says_of_a_target_is_not_taken(names: list[str], place: Place) -> None:
    place.store(recorded(GOOD))
    record_in(place, *names)
    collect(place.root / "jobs", [load_targets()[FRESH]], place.results)
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
def test_of_two_tries_only_what_both_show_is_blamed(
    first: Record, second: Record, blamed: list[str], once: tuple[str, ...], place: Place
) -> None:
    place.accept(recorded(GOOD, OTHER))
    path = place.store(second)
    save_record(first, path.with_name("record-first.json"))
    [seen] = place.see().seen
    assert [each.change.subject for each in seen.sightings] == blamed
    assert seen.once == once
    assert (seen.checked, seen.clean) == (True, not once)


def test_a_first_record_that_is_garbage_is_none(place: Place) -> None:
    place.store(recorded(BAD)).with_name("record-first.json").write_text("{", encoding="utf-8")
    [seen] = place.see().seen
    assert (len(seen.sightings), seen.once) == (1, ())


def test_a_first_record_that_nobody_can_judge_has_no_say(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = recorded(GOOD, began=NOW - DAY)
    save_record(first, place.store(recorded(BAD)).with_name("record-first.json"))

    def judged(what: Record, tolerances: Tolerances) -> Observed:
        if what.started == first.started:
            raise KeyError("a bug")
        return from_record(what, tolerances)

    monkeypatch.setattr("harness.seeing.from_record", judged)
    [seen] = place.see().seen
    assert (len(seen.sightings), seen.once, seen.failure) == (1, (), "")


# what moved: the fresh target, the locked one, what they give, and on which axis the fresh one is
MOVES: dict[str, tuple[Observation, Observation, str, Axis]] = {
    "the same, and another machine": (BAD, BAD, "new", Axis.GROUND),
    "the same, and the same machine": (BAD, BAD, "a CPU", Axis.NEWS),
    "the locked one is as it was": (BAD, GOOD, "new", Axis.NEWS),
    "another finding": (BAD, raises("no"), "new", Axis.NEWS),
}


@pytest.mark.parametrize(("fresh", "locked", "model", "axis"), MOVES.values(), ids=MOVES)
def test_a_machine_that_moved_is_no_news_on_a_target_without_a_lock(
    fresh: Observation, locked: Observation, model: str, axis: Axis, place: Place
) -> None:
    for target in (FRESH, LOCKED):
        place.night(recorded(GOOD, target=target, began=NOW - DAY))
    place.store(recorded(fresh, distributions=NEWER, model=model))
    place.store(recorded(locked, target=LOCKED, model=model))
    sightings = place.see(FRESH, LOCKED).sightings
    [window] = [each.window for each in sightings if each.target == FRESH]
    assert window.axis is axis
    assert [each.name for each in window.packages] == ["keras"]
    assert not any(each.window.moved for each in sightings if each.target == LOCKED)


def test_noise_between_two_runs_is_no_finding(place: Place) -> None:
    noisy = replace(recorded(), runs=tuple(differently(gives(1.0), gives(3.0))))
    place.accept(noisy)
    assert place.night(noisy).sightings == []


def test_a_nightly_is_held_against_what_its_baseline_was_made_with(place: Place) -> None:
    builds = [{"tf-nightly": f"2.23.0.dev2026010{n}", "keras-nightly": "3.16.0"} for n in (1, 2)]
    place.accept(recorded(GOOD, target=NIGHTLY, distributions=builds[0]))
    [sighting] = place.night(recorded(BAD, target=NIGHTLY, distributions=builds[1])).sightings
    assert [each.name for each in sighting.window.packages] == ["tf-nightly"]


def concluded(place: Place, *regressions: Regression, troubles: tuple[str, ...] = ()) -> int:
    night = place.see()
    return Conclusion(night=night, regressions=regressions, troubles=troubles).exit_code


def test_the_exit_code_says_whether_anything_regressed_or_was_not_checked(place: Place) -> None:
    [sighting] = place.night(recorded(BAD)).sightings
    works = replace(sighting, change=replace(sighting.change, kind=ChangeKind.WORKS))
    place.store(recorded(GOOD))
    assert concluded(place) == 0
    assert concluded(place, regression([works])) == 0
    assert concluded(place, regression([sighting])) == 1
    assert concluded(place, regression([sighting]), troubles=("no tracker",)) == 1
    assert concluded(place, troubles=("no tracker",)) == 3
    (place.results / FRESH / "record.json").unlink()
    assert concluded(place) == 3


@pytest.mark.parametrize(
    ("text", "why"), [(None, "nox -s nightly"), ("{", "nox -s nightly"), ("", "nox -s nightly")]
)
def test_a_night_that_cannot_be_read_says_how_to_get_one(
    text: str | None, why: str, tmp_path: Path
) -> None:
    path = tmp_path / "night.json"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=why):
        load_conclusion(path)
