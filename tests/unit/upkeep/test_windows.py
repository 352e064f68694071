"""The windows of findings, from the records of earlier nights."""

from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.diff import ABSENT
from harness.judging.known import Knowledge
from harness.observing.records import Failure, Record
from harness.upkeep.archive import KEPT
from harness.upkeep.regressions import Difference, Origin
from harness.upkeep.windows import LINE, SOURCES
from tests.support.makers import accepts, gives, internal, raises, record, run, surroundings
from tests.support.nights import (
    BAD,
    BOTH,
    DAY,
    FRESH,
    GOOD,
    KERAS,
    LOCKED,
    NEW_SOURCE,
    NEWER,
    NOW,
    OLD_SOURCE,
    PARTLY,
    Place,
    assess_night,
    losing,
    recorded,
)


def test_the_window_of_a_finding_begins_at_the_last_build_without_it(place: Place) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    place.night(recorded(GOOD, began=NOW - 2 * DAY, source=OLD_SOURCE, model="old"))
    first = recorded(BAD, began=NOW - DAY, distributions=NEWER, source=NEW_SOURCE, model="new")
    place.night(first)
    night = place.night(recorded(BAD, distributions={**NEWER, "numpy": "2.2.0"}))
    [sighting] = night.sightings
    assert sighting.change.kind is ChangeKind.VALUES
    window = sighting.window
    assert (window.good, window.bad) == (NOW - 2 * DAY, NOW - DAY)
    assert not window.from_baseline
    assert window.packages == (Difference(name="keras", good="3.15.1", bad="3.16.0"),)
    assert window.machine == (Difference(name="CPU", good="old", bad="new"),)
    assert window.sources == (Difference(name="RNN.reset_states", good="return 1", bad="return 2"),)
    assert window.origin is Origin.NEWS


def test_a_finding_that_returned_dates_from_its_last_return(place: Place) -> None:
    for days, given in ((4, BAD), (3, GOOD), (2, BAD), (1, BAD)):
        place.night(recorded(given, began=NOW - days * DAY))
    [sighting] = place.night(recorded(BAD)).sightings
    assert sighting.window.good == NOW - 3 * DAY
    assert sighting.window.bad == NOW - 2 * DAY
    assert sighting.window.origin is Origin.GROUND


def test_each_finding_has_its_own_window(place: Place) -> None:
    other = gives(5.0, step="other")
    place.accept(recorded(GOOD, other))
    place.night(recorded(GOOD, other, began=NOW - 2 * DAY))
    place.night(recorded(BAD, other, began=NOW - DAY))
    night = place.night(recorded(BAD, gives(6.0, step="other")))
    bad = {each.change.subject: each.window.bad for each in night.sightings}
    assert bad == {"step": NOW - DAY, "other": NOW}


def test_without_earlier_nights_the_baseline_is_the_good_build(place: Place) -> None:
    [sighting] = place.night(recorded(BAD, distributions=NEWER)).sightings
    assert (sighting.window.good, sighting.window.from_baseline) == (None, True)
    assert [each.name for each in sighting.window.packages] == ["keras"]
    [sighting] = place.night(recorded(BAD, target=LOCKED)).sightings
    assert (sighting.window.good, sighting.window.from_baseline) == (None, False)
    assert sighting.window.origin is Origin.GROUND


def test_a_known_change_is_named_and_is_no_finding(place: Place) -> None:
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
    assert night.seen[0].covered == ()
    assert night.seen[0].findings == {Knowledge.EXPLAINED: 1}


def test_what_a_general_entry_alone_covers_is_named_as_that(place: Place) -> None:
    [seen_before] = recorded().internals
    known = (
        accepts(f"moved: {seen_before.name}", title="looked at", since="4.0"),
        accepts("moved: *", title="moves", general=True),
    )
    there = replace(place, criteria=replace(place.criteria, known=known))
    keras_2 = recorded(distributions={**KERAS, "keras": "2.15.0"})
    elsewhere = replace(seen_before, owner="keras.elsewhere.RNN")
    there.accept(replace(keras_2, internals=(replace(seen_before, owner="keras.RNN"),)))
    night = there.night(replace(recorded(BAD), internals=(elsewhere,)))
    [seen] = night.seen
    assert (seen.known, seen.covered) == ((), ("moves",))
    assert seen.findings == {Knowledge.COVERED: 1}


def test_a_lost_scenario_does_not_hide_other_findings(place: Place) -> None:
    runs = (*recorded(BAD).runs, run(scenario="reset", end="timed out", detail="after 60 s"))
    night = place.night(replace(recorded(), runs=runs))
    assert [each.change.where for each in night.sightings] == ["stateful / step"]
    assert night.checked == ()
    [seen] = night.unchecked
    assert seen.lost == ("reset / fixed: run 1 timed out: after 60 s",)


@pytest.mark.parametrize(
    ("scenario", "good"), [("reset", 2), ("internals", 2), ("stateful", 3)], ids=str
)
def test_a_build_with_a_lost_part_counts_for_the_other_parts(
    scenario: str, good: int, place: Place
) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    assert place.night(losing(recorded(GOOD, began=NOW - 2 * DAY), scenario)).checked == ()
    place.night(recorded(BAD, began=NOW - DAY))
    [sighting] = place.night(recorded(BAD)).sightings
    assert sighting.window.good == NOW - good * DAY
    assert sighting.window.bad == NOW - DAY


def test_a_build_without_internals_is_no_evidence_on_internals(place: Place) -> None:
    def other(days: int) -> Record:
        made = recorded(GOOD, began=NOW - days * DAY)
        return replace(made, internals=(internal(default="()"),))

    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    place.night(losing(recorded(GOOD, began=NOW - 2 * DAY), "internals"))
    place.night(losing(other(1)))
    [sighting] = place.night(other(0)).sightings
    assert sighting.window.good == NOW - 3 * DAY
    assert sighting.window.bad == NOW - DAY


def test_a_malformed_record_in_the_archive_is_left_out_with_a_warning(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    failure = Failure(type="Crash", message="the probe ended with SIGABRT")
    started = (NOW - 2 * DAY).isoformat()
    place.archive.keep(replace(record([], target=FRESH, failure=failure), started=started))
    [sighting] = place.night(recorded(BAD)).sightings
    assert sighting.window.good == NOW - 3 * DAY
    assert f"the record of {started} is left out" in caplog.text
    assert "SIGABRT" in caplog.text


def test_a_damaged_record_in_the_archive_stops_no_night(place: Place) -> None:
    place.night(recorded(GOOD, began=NOW - 3 * DAY))
    place.night(recorded(BAD, began=NOW - 2 * DAY))
    place.night(recorded(GOOD, began=NOW - DAY))
    newest = max((place.archive.directory / FRESH).iterdir())
    newest.write_bytes(newest.read_bytes()[:100])
    (place.archive.directory / "nights.json").write_text("{", encoding="utf-8")
    night = place.night(recorded(BAD))
    [sighting] = night.sightings
    assert sighting.window.good == NOW - 3 * DAY
    assert (night.fresh, night.checked) == (NOW, (FRESH,))


def test_a_window_reaches_back_as_far_as_the_archive(place: Place) -> None:
    moments = [NOW - n * DAY for n in range(KEPT + 3, 0, -1)]
    for moment in moments:
        place.night(recorded(BAD, began=moment, distributions=NEWER))
    [sighting] = place.night(recorded(BAD, distributions={**NEWER, "numpy": "9"})).sightings
    assert (sighting.window.good, sighting.window.bad) == (None, moments[3])
    assert sighting.window.from_baseline
    assert [each.name for each in sighting.window.packages] == ["keras"]


def test_a_window_also_names_the_machine_and_the_sources(place: Place) -> None:
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
            sources={
                name: f"def f():\n    x = '{number * 'long '}{name * 99}'\n" for name in names
            },
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
    assert window.sources[0].bad.startswith("x = 'long RNN.0")


def test_a_night_of_some_targets_does_not_change_the_last_complete_night(place: Place) -> None:
    assess_night(place, 5, BOTH)
    assert assess_night(place, 2, PARTLY).fresh == NOW - 5 * DAY
    night = assess_night(place, 1, {FRESH: True})
    assert (night.whole, night.unchecked, night.fresh) == (False, (), NOW - 5 * DAY)
    assert assess_night(place, 0, BOTH).fresh == NOW
