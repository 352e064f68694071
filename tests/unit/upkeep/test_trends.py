"""The trend of an archive: its nights in numbers, and the steps that are not stable over them."""

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import jsonschema
import msgspec
import pytest

from harness.base.project import RESOURCES
from harness.judging.verdicts import Standing
from harness.observing.numerics import Tolerances
from harness.observing.records import Failure, Observation
from harness.report.document import document
from harness.report.html import render
from harness.report.model import Flake, Trend
from harness.upkeep.archive import Entry
from harness.upkeep.trends import trend
from tests.support.makers import gives, raises
from tests.support.nights import DAY, FRESH, KERAS, LOCKED, NOW, Place, recorded
from tests.support.renderings import parsed
from tests.support.reports import report


def found(place: Place, nights: Sequence[Sequence[Observation]]) -> Trend | None:
    """The trend of an archive with these observations of a target, one night after another."""
    for number, observations in enumerate(nights):
        began = NOW + number * DAY
        place.archive.keep(recorded(*observations, began=began))
        place.archive.enter(Entry(began=began, checked=(FRESH,), wanted=(FRESH,)))
    return trend(place.archive, [FRESH, LOCKED], Tolerances(), NOW + len(nights) * DAY)


STEADY, OTHER = gives(1.0), gives(2.0)


def test_a_single_night_is_no_trend(tmp_path: Path) -> None:
    assert found(Place(root=tmp_path), [[STEADY]]) is None


@pytest.mark.parametrize(
    ("nights", "rates"),
    [
        ([[STEADY], [STEADY], [STEADY]], []),
        ([[STEADY], [OTHER], [STEADY]], [("step", 2, 2)]),
        ([[STEADY], [OTHER], [OTHER]], [("step", 1, 2)]),
        ([[STEADY], [raises("no")]], [("step", 1, 1)]),
        (
            [[STEADY, gives(1.0, step="b")], [OTHER, gives(1.0, step="b")]],
            [("step", 1, 1)],
        ),
    ],
)
def test_a_step_that_differs_from_night_to_night_has_its_rate(
    tmp_path: Path, nights: list[list[Observation]], rates: list[tuple[str, int, int]]
) -> None:
    its = found(Place(root=tmp_path), nights)
    assert its is not None
    flakes = {(each.step, each.differing, each.nights) for each in its.flakes}
    assert flakes == set(rates)


def test_a_step_that_differs_with_other_packages_is_no_flake(tmp_path: Path) -> None:
    place = Place(root=tmp_path)
    found(place, [[STEADY], [STEADY]])
    newer = {**KERAS, "keras": "3.16.0"}
    place.archive.keep(recorded(OTHER, began=NOW + 2 * DAY, distributions=newer))
    its = trend(place.archive, [FRESH], Tolerances(), NOW + 3 * DAY)
    assert its is not None
    assert its.flakes == ()


def test_a_night_without_an_observation_is_no_flake(tmp_path: Path) -> None:
    place = Place(root=tmp_path)
    found(place, [[STEADY], [STEADY]])
    failed = replace(recorded(began=NOW + 2 * DAY), failure=Failure(type="E", message="no"))
    place.archive.keep(failed)
    its = trend(place.archive, [FRESH], Tolerances(), NOW + 3 * DAY)
    assert its is not None
    assert its.flakes == ()


def test_a_night_counts_its_targets_by_standing_for_the_trend(tmp_path: Path) -> None:
    place = Place(root=tmp_path)
    place.accept(recorded(STEADY))
    for number, observation in enumerate((STEADY, OTHER)):
        began = NOW + number * DAY
        place.night(recorded(observation, began=began))
    its = trend(place.archive, [FRESH], Tolerances(), NOW + DAY)
    assert its is not None
    standings = [dict(each.standings) for each in its.nights]
    assert standings == [{Standing.UNCHANGED: 1}, {Standing.REGRESSED: 1}]
    assert [(each.wanted, each.checked) for each in its.nights] == [(1, 1), (1, 1)]


def test_only_a_report_with_a_trend_shows_it(tmp_path: Path) -> None:
    its = found(Place(root=tmp_path), [[STEADY], [OTHER]])
    shown = replace(report(), trend=its)
    page = render(shown)
    parsed(page)
    assert "Flake rate" in page
    assert "100 %" in page
    assert 'id="nights"' not in render(report())
    schema = json.loads((RESOURCES / "report.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(msgspec.json.encode(document(shown))), schema)
    assert document(shown)["trend"]["flakes"][0]["step"] == "step"
    assert document(report())["trend"] is None
    assert its is not None
    assert isinstance(its.flakes[0], Flake)
