"""A clock that is set back, or was wrong for a night, loses nothing and hides nothing."""

import datetime

import pytest

from harness.upkeep.archive import KEPT, Entry
from tests.support.nights import (
    BAD,
    DAY,
    FRESH,
    GOOD,
    LOCKED,
    NOW,
    PARTLY,
    Place,
    assess_night,
    recorded,
)

YEAR = datetime.timedelta(days=365)


@pytest.mark.fault(
    "disks and folders",
    "the clock was a year ahead for some nights, or is a year behind tonight",
    "the record of tonight is kept, and so are the last ones up to it",
)
def test_records_of_a_wrong_clock_displace_none_of_tonight(place: Place) -> None:
    ahead = [NOW + YEAR + n * DAY for n in range(KEPT)]
    nights = [NOW + n * DAY for n in range(KEPT + 1)]
    for moment in [*ahead, *nights]:
        place.archive.keep(recorded(GOOD, began=moment))
    kept = [record.started for record in place.archive.records(FRESH, NOW + YEAR)]
    assert kept == [moment.isoformat() for moment in nights[:0:-1]]
    assert len(list(place.archive.records(FRESH, NOW + 2 * YEAR))) == 2 * KEPT


@pytest.mark.fault(
    "verdicts",
    "the clock was a year ahead in a night that was complete",
    "the alarm of nights that are not complete comes as if that night had not been",
)
@pytest.mark.parametrize("ahead", [True, False], ids=["ahead", "right"])
def test_a_complete_night_of_a_wrong_clock_delays_no_alarm(*, ahead: bool, place: Place) -> None:
    both = (FRESH, LOCKED)
    began = NOW + YEAR if ahead else NOW - DAY
    for moment in (NOW - 9 * DAY, began):
        place.archive.enter(Entry(began=moment, checked=both, wanted=both, fresh=moment))
    assert assess_night(place, 0, PARTLY).stale is ahead


def test_a_night_of_a_clock_that_is_behind_raises_no_alarm(place: Place) -> None:
    both = (FRESH, LOCKED)
    for moment in (NOW - 2 * DAY, NOW - DAY):
        place.archive.enter(Entry(began=moment, checked=both, wanted=both, fresh=moment))
    behind = NOW - YEAR
    place.archive.enter(Entry(began=behind, checked=(FRESH,), wanted=both, fresh=behind))
    night = assess_night(place, 0, PARTLY)
    assert (night.fresh, night.stale) == (NOW - DAY, False)


@pytest.mark.fault(
    "verdicts",
    "the archive has records that are later than tonight",
    "the window of a regression has none of them",
)
def test_a_window_has_no_build_that_is_later_than_its_end(place: Place) -> None:
    place.accept(recorded(GOOD))
    for moment in (NOW - DAY, NOW + DAY):
        place.archive.keep(recorded(GOOD, began=moment))
    [sighting] = place.night(recorded(BAD, began=NOW)).sightings
    assert (sighting.window.good, sighting.window.bad) == (NOW - DAY, NOW)
