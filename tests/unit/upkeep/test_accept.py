"""Accepting a regression accepts all of its findings and nothing else."""

import datetime
import json
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from harness.judging.known import load_known
from harness.observing.baselines import DISTRIBUTIONS, INTERNALS, load_distributions, load_steps
from harness.observing.records import Record
from harness.upkeep.accept import VALID_FOR
from harness.upkeep.regressions import Regression, regression
from tests.support.desks import (
    ACCEPTED,
    FIXED,
    NEWER,
    OTHER_FRESH,
    REASON,
    SEEN,
    STEPS,
    STRICT,
    Desk,
    observing,
)
from tests.support.makers import array, sees, twice
from tests.support.nights import FRESH, LOCKED, NIGHTLY
from tests.support.places import CRITERIA


def known(matches: str) -> str:
    """An entry of known_changes.toml on keras 3.99.0."""
    return f"""
[[change]]
title = "known"
package = "keras"
since = "3.99.0"
matches = ["{matches}"]
why = "A reason."
instead = "something else"
link = "https://example.org/"
expires = 2030-01-01
"""


def changed(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> set[str]:
    assert before.keys() == after.keys()
    return {
        path.removeprefix(f"baselines/{FRESH}/") for path in after if after[path] != before[path]
    }


def test_only_the_accepted_step_changes(desk: Desk) -> None:
    seen = observing(SEEN, defaults=("1", "1"), distributions=NEWER)
    fingerprint = desk.night(seen, of=["stateful / one"])
    before = desk.files
    written = desk.accept(fingerprint)
    assert changed(before, desk.files) == {FIXED, STRICT, DISTRIBUTIONS, "known_changes.toml"}
    assert {path.name for path in written} == changed(before, desk.files)
    directory = desk.place.baselines / FRESH
    for name in (FIXED, STRICT):
        old = json.loads(before[f"baselines/{FRESH}/{name}"])
        new = json.loads((directory / name).read_bytes())
        assert list(new["steps"]) == list(STEPS)  # in the order of the scenario
        assert new["steps"]["one"]["arrays"]["a"]["values"] == [[5.0, 2.0]]
        new["steps"]["one"] = old["steps"]["one"]
        assert new == old
        lines = (directory / name).read_text("utf-8").splitlines()
        moved = set(lines) - set(before[f"baselines/{FRESH}/{name}"].decode().splitlines())
        assert moved == {
            '    "a": {"dtype": "float32", "shape": [2], "mean": 3.5, "values": [[5.0, 2.0]]}'
        }
    assert load_distributions(directory / DISTRIBUTIONS) == NEWER


def test_larger_arrays_are_shared_and_the_old_ones_are_removed(desk: Desk) -> None:
    before, after = array(1.0, 2.0, 3.0, 4.0, 5.0), array(9.0, 2.0, 3.0, 4.0, 5.0)
    desk.place.accept(observing({"one": before}))
    desk.accept(desk.night(observing({"one": after}, distributions=NEWER)))
    found = load_steps(desk.place.baselines / FRESH / FIXED)
    assert found["one"].arrays["a"] == after
    [values] = [name for name in desk.files if "/values/" in name]
    assert "9.0" in desk.files[values].decode()


def test_only_the_accepted_internal_changes(desk: Desk) -> None:
    seen = observing(SEEN, defaults=("1", "1"), distributions=NEWER)
    fingerprint = desk.night(seen, of=["RNN.call"])
    before = desk.files
    desk.accept(fingerprint)
    assert changed(before, desk.files) == {INTERNALS, DISTRIBUTIONS, "known_changes.toml"}
    old = json.loads(before[f"baselines/{FRESH}/{INTERNALS}"])
    new = json.loads((desk.place.baselines / FRESH / INTERNALS).read_bytes())
    assert new["internals"]["RNN.call"]["parameters"] == ["self", "states=1"]
    new["internals"]["RNN.call"] = old["internals"]["RNN.call"]
    assert new == old


def test_a_new_step_has_its_place_in_the_scenario_and_a_missing_step_is_removed(desk: Desk) -> None:
    steps = {
        "new": array(3.0),
        "one": array(1.0, 2.0),
        "newer": array(4.0),
        "three": ACCEPTED["three"],
    }
    desk = desk.knowing(known("step: stateful / new"))
    fingerprint = desk.night(observing(steps, distributions=NEWER))
    [seen] = desk.place.see().seen
    assert [each.change.where for each in seen.sightings] == ["stateful / two [x]*"]
    assert "stateful / fixed: no baseline for 2 of its verdicts" in seen.lost
    desk.accept(fingerprint)
    found = load_steps(desk.place.baselines / FRESH / FIXED)
    assert list(found) == ["new", "one", "three"]


def test_a_new_scenario_is_no_change_and_gets_no_baseline(desk: Desk) -> None:
    desk = desk.knowing(known("step: reset / step"))
    seen = observing({**ACCEPTED, "one": SEEN["one"]}, distributions=NEWER)
    seen = replace(seen, runs=(*seen.runs, *twice(sees(a=array(1.0)), scenario="reset")))
    written = desk.accept(desk.night(seen))
    path = desk.place.baselines / FRESH / "reset-fixed.json"
    assert path not in written
    assert not path.exists()


@pytest.mark.parametrize("target", [FRESH, LOCKED])
def test_the_next_night_reports_no_regression(target: str, desk: Desk) -> None:
    seen = observing(SEEN, target=target, defaults=("1", "1"), distributions=NEWER)
    fingerprint = desk.night(seen)
    before = desk.files
    desk.accept(fingerprint, target)
    assert desk.place.see(target).sightings == []
    distributions = f"baselines/{target}/{DISTRIBUTIONS}"
    # the lock of a locked target fixes the packages of its baseline
    assert (desk.files[distributions] == before[distributions]) is (target == LOCKED)


def test_the_entry_is_appended_and_explains_the_findings(desk: Desk) -> None:
    fingerprint = desk.night(observing(SEEN, defaults=("1", "None"), distributions=NEWER))
    night = desk.place.see()
    before = desk.known.read_bytes()
    desk.accept(fingerprint)
    after = desk.known.read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].startswith(b"\n[[change]]\n")
    assert load_known(desk.known)[:-1] == CRITERIA.known
    entry = load_known(desk.known)[-1]
    assert (entry.package, entry.since, entry.link) == ("keras", "3.99.0", REASON.link)
    assert (entry.why, entry.instead, entry.portable) == (REASON.why, REASON.instead, None)
    assert entry.title == "stateful / one: other values (keras 3.99.0)"
    assert entry.expires == datetime.datetime.now(datetime.UTC).date() + VALID_FOR
    assert len(entry.matches) == len(night.sightings) == 3
    for sighting in night.sightings:
        [line] = entry.matching(sighting.change)
        assert line.startswith(f"{sighting.change.kind}: ")
        # and no other step, although the name contains the characters of a pattern
        other = replace(sighting.change, subject=sighting.change.subject.replace("[x]*", "x y"))
        assert (entry.matching(other) == [line]) is (other == sighting.change)


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_the_entry_is_a_separate_paragraph_for_any_end_of_the_file(end: str, desk: Desk) -> None:
    text = desk.known.read_text("utf-8").rstrip()
    desk.known.write_text(f"{text}{end}", encoding="utf-8")
    desk.accept(desk.night(observing(SEEN, distributions=NEWER)))
    after = desk.known.read_text("utf-8")
    assert after.startswith(f"{text}\n\n[[change]]\ntitle = ")
    assert after.endswith("\n")
    assert not after.endswith("\n\n")


TRICKY = 'It "is" \\meant\\:\n[[change]] größer # """ \'\'\' \t'


def test_any_text_of_a_person_is_stored_exactly(desk: Desk) -> None:
    reason = replace(REASON, why=TRICKY, instead=TRICKY, title=TRICKY)
    desk.accept(desk.night(observing(SEEN, distributions=NEWER)), reason=reason)
    entry = load_known(desk.known)[-1]
    assert (entry.title, entry.why, entry.instead) == (TRICKY,) * 3


def test_another_target_of_the_same_regression_needs_no_second_entry(desk: Desk) -> None:
    records = [
        observing(SEEN, target=target, defaults=("1", "None"), distributions=NEWER)
        for target in (FRESH, OTHER_FRESH)
    ]
    fingerprint = desk.night(*records)
    desk.accept(fingerprint)
    before = desk.files
    written = desk.accept(fingerprint, OTHER_FRESH)
    assert desk.known not in written
    assert changed(before, desk.files) == {
        f"baselines/{OTHER_FRESH}/{name}" for name in (FIXED, STRICT, INTERNALS, DISTRIBUTIONS)
    }
    assert desk.place.see(FRESH, OTHER_FRESH).sightings == []


def test_further_findings_of_another_target_get_their_own_entry(desk: Desk) -> None:
    fingerprint = desk.night(
        observing({**ACCEPTED, "one": SEEN["one"]}, distributions=NEWER),
        observing(SEEN, target=OTHER_FRESH, distributions=NEWER),
    )
    desk.accept(fingerprint)
    desk.accept(fingerprint, OTHER_FRESH)
    assert load_known(desk.known)[-1].matches == ("newly raises: stateful / two [x]*",)


MOVED: dict[str, Callable[[Record], Record]] = {
    "the same packages": lambda record: record,
    "a package that decides nothing": lambda record: with_distributions(record, rich="99.0"),
    "numpy": lambda record: with_distributions(record, numpy="99.0"),
    "a package that is gone": lambda record: with_distributions(record, **{"tf-keras": ""}),
}


def with_distributions(record: Record, **others: str) -> Record:
    assert record.environment is not None
    found = {**record.environment.distributions, **others}
    kept = {name: version for name, version in found.items() if version}
    return replace(record, environment=replace(record.environment, distributions=kept))


@pytest.mark.parametrize("move", MOVED.values(), ids=MOVED)
def test_a_regression_without_a_release_is_accepted_without_an_entry(
    move: Callable[[Record], Record], desk: Desk
) -> None:
    desk.place.accept(with_distributions(observing(ACCEPTED), **{"tf-keras": "2.21.0"}))
    seen = with_distributions(observing(SEEN), **{"tf-keras": "2.21.0"})
    fingerprint = desk.night(move(seen))
    before = desk.known.read_bytes()
    written = desk.accept(fingerprint)
    assert desk.known not in written
    assert desk.known.read_bytes() == before
    assert desk.place.see().sightings == []


def test_a_regression_of_the_machine_is_accepted_without_an_entry(desk: Desk) -> None:
    def moved(found: Regression) -> Regression:
        sightings = (replace(s, window=replace(s.window, moved=True)) for s in found.sightings)
        return regression(list(sightings))

    fingerprint = desk.night(observing(SEEN, distributions=NEWER), change=moved)
    assert desk.known not in desk.accept(fingerprint)
    assert desk.place.see().sightings == []


def test_a_person_can_name_the_release(desk: Desk) -> None:
    fingerprint = desk.night(observing(SEEN, distributions={**NEWER, "tensorflow": "2.99.0"}))
    reason = replace(REASON, package="tensorflow")
    desk.accept(fingerprint, reason=reason)
    assert desk.entry == ("tensorflow", "2.99.0")


def test_a_person_can_name_the_release_of_a_ground_regression(desk: Desk) -> None:
    fingerprint = desk.night(observing(SEEN))
    desk.accept(fingerprint, reason=replace(REASON, package="keras", since="3.15"))
    assert desk.entry == ("keras", "3.15")


def test_a_nightly_counts_as_its_coming_release(desk: Desk) -> None:
    made = {"tf-nightly": "2.22.0.dev20260101", "keras-nightly": "3.16.0.dev2026010101"}
    came = {**made, "keras-nightly": "3.16.0.dev2026030101"}
    desk.place.accept(observing(ACCEPTED, target=NIGHTLY, distributions=made))
    fingerprint = desk.night(observing(SEEN, target=NIGHTLY, distributions=came))
    desk.accept(fingerprint, NIGHTLY)
    assert desk.entry == ("keras", "3.16.0")
    assert desk.place.see(NIGHTLY).sightings == []


def test_findings_of_known_changes_stay_explained(desk: Desk) -> None:
    desk = desk.knowing(known("newly raises: stateful / {two [x]*,three}"))
    fingerprint = desk.night(observing(SEEN, distributions=NEWER))
    [seen] = desk.place.see().seen
    assert {each.change.subject for each in seen.sightings} == {"one"}
    assert seen.known == ("known",)
    desk.accept(fingerprint)
    assert desk.place.see().sightings == []
    assert load_known(desk.known)[-1].matches == ("other values: stateful / one",)
