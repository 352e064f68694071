"""The files for other programs: behaviours as JSON, feeds of changes, badges."""

import datetime
import json
import re
import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema
import msgspec
import pytest

from harness.base.project import RESOURCES
from harness.judging.changes import ChangeKind
from harness.judging.known import Effect, Knowledge
from harness.judging.upgrade import Need
from harness.judging.verdicts import Outcome, Standing
from harness.observing.records import Error
from harness.observing.results import Result
from harness.observing.snapshots import Gap, Snapshot
from harness.report.badges import COLOURS, LABEL, TEXT, badges
from harness.report.behaviours import behaviours, behaviours_document, releases
from harness.report.feeds import ATOM, feeds
from harness.report.model import Comparison, Report
from tests.support.makers import accepts, observed, verdict
from tests.support.renderings import evil
from tests.support.reports import comparison, finding, report, target_report

SCHEMA = json.loads((RESOURCES / "behaviours.schema.json").read_text(encoding="utf-8"))
WORKS, FLAKY = Result(), Result(reproducible=False)
FAILS = Result(error=Error(type="TypeError", message="no"))
KNOWN = accepts("newly raises: *", title="States are gone")
ONES = "reset / ones"


def side(name: str, **steps: Result) -> Snapshot:
    return observed({("reset", "fixed"): steps}, name=name)


def document(
    sides: Sequence[Snapshot], comparisons: Sequence[Comparison] = (), needs: Sequence[Need] = ()
) -> Any:
    families = {"tensorflow": sides}
    shown = replace(
        report(comparisons=comparisons),
        behaviours=tuple(behaviours(families, comparisons, needs)),
        releases=releases(families),
    )
    found = json.loads(msgspec.json.encode(behaviours_document(shown)))
    jsonschema.validate(found, SCHEMA)
    return found


def told(found: Any, at: int = 0) -> list[tuple[object, ...]]:
    """The statements on a behaviour: added, last, removed, partial, and the texts of the notes."""
    return [
        (
            each["version_added"],
            each["version_last"],
            each["version_removed"],
            each["partial_implementation"],
            [(note["at"], note["text"]) for note in each["notes"]],
        )
        for each in found["behaviours"][at]["support"]["tensorflow"]
    ]


GONE = comparison("b", "c", finding(ChangeKind.NEWLY_RAISES, "ones", KNOWN, scenario="reset"))
OTHER = comparison("a", "b", finding(ChangeKind.VALUES, "ones", scenario="reset"))


@pytest.mark.parametrize(
    ("results", "comparisons", "expected"),
    [
        ([WORKS, WORKS, WORKS], [], [("a", "c", None, False, [])]),
        ([FAILS, FAILS, FAILS], [], [(False, None, None, False, [])]),
        ([FAILS, WORKS, WORKS], [], [("b", "c", None, False, [])]),
        ([WORKS, FAILS, WORKS], [], [("c", "c", None, False, []), ("a", "a", "b", False, [])]),
        ([WORKS, FLAKY, FLAKY], [], [("b", "c", None, True, []), ("a", "a", "b", False, [])]),
        (
            [WORKS, WORKS, FAILS],
            [GONE],
            [("a", "b", "c", False, [("c", "States are gone")])],
        ),
        (
            [WORKS, WORKS, WORKS],
            [OTHER],
            [
                ("b", "c", None, False, [("b", "reset: other values")]),
                ("a", "a", "b", False, []),
            ],
        ),
    ],
)
def test_a_behaviour_has_a_statement_for_each_stretch_in_which_it_works_alike(
    results: Sequence[Result], comparisons: Sequence[Comparison], expected: list[object]
) -> None:
    sides = [side(name, ones=result) for name, result in zip("abc", results, strict=True)]
    assert told(document(sides, comparisons)) == expected


def test_what_never_works_in_a_family_says_what_took_it_away() -> None:
    found = document([side("c", ones=FAILS)], [GONE])
    assert told(found) == [(False, None, None, False, [("c", "States are gone")])]
    [note] = found["behaviours"][0]["support"]["tensorflow"][0]["notes"]
    assert (note["effect"], note["knowledge"], note["link"]) == ("raises", "explained", KNOWN.link)


def test_a_target_that_did_not_observe_a_step_says_nothing_of_it() -> None:
    sides = [side("a", ones=WORKS), observed(name="b"), side("c", ones=WORKS)]
    found = document(sides)
    assert told(found) == [("a", "c", None, False, [])]
    names = [each["name"] for each in found["targets"]["tensorflow"]]
    assert names == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("other", "expected"),
    [(WORKS, [("a", "a", None, False, [])]), (FAILS, [("a", "a", None, True, [])])],
)
def test_a_need_works_in_part_where_only_some_of_its_steps_do(
    other: Result, expected: list[object]
) -> None:
    steps = (ONES, "reset / zeros", "reset / never observed")
    need = Need(name="reset", steps=steps[:2], portable="portable_set_values")
    absent = Need(name="absent", steps=("gone / step",), portable="portable_set_values")
    found = document([side("a", ones=WORKS, zeros=other)], needs=[need, absent])
    assert [each["name"] for each in found["behaviours"] if each["need"]] == ["reset"]
    assert told(found, at=2) == expected


@pytest.mark.parametrize(
    ("zeros", "expected"),
    [(None, []), (WORKS, []), (FAILS, [("a", "a", None, True, [])])],
)
def test_a_need_is_told_only_as_far_as_its_steps_were_observed(
    zeros: Result | None, expected: list[object]
) -> None:
    steps = {"ones": WORKS} | ({"zeros": zeros} if zeros else {})
    died = Gap(reason="died", scenario="reset", variant="fixed", end="crashed")
    shown = replace(side("a", **steps), gaps=(died,))
    need = Need(
        name="reset",
        steps=(ONES, "reset / zeros", "reset / last"),
        portable="portable_set_values",
    )
    found = document([shown], needs=[need])
    needs = [at for at, each in enumerate(found["behaviours"]) if each["need"]]
    assert [each for at in needs for each in told(found, at)] == expected


def test_a_scenario_without_fixed_weights_is_told_in_all_its_variants() -> None:
    steps = {("seeding", name): {"Dropout": WORKS} for name in ("numpy_too", "random_too")}
    found = document([observed(steps, name="a")])
    names = [each["name"] for each in found["behaviours"]]
    assert names == ["seeding / Dropout (numpy_too)", "seeding / Dropout (random_too)"]


def test_the_schema_of_behaviours_knows_every_word() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    note = SCHEMA["$defs"]["statement"]["properties"]["notes"]["items"]["properties"]
    assert note["effect"]["enum"] == list(Effect)
    assert note["knowledge"]["enum"] == list(Knowledge)


def entries(shown: Report) -> list[ET.Element]:
    [(_, text)] = feeds(shown)
    return ET.fromstring(text).findall(f"{{{ATOM}}}entry")  # noqa: S314 - written above


@pytest.mark.parametrize(
    "shown",
    [report(comparisons=[OTHER, GONE]), report(comparisons=[comparison("a", "b")]), evil()],
    ids=["causes", "no cause", "evil"],
)
def test_a_feed_is_valid_atom(shown: Report) -> None:
    """The rules of RFC 4287 on the elements that the feeds have."""
    [(name, text)] = feeds(shown)
    feed = ET.fromstring(text)  # noqa: S314 - written above
    assert feed.tag == f"{{{ATOM}}}feed"
    found = feed.findall(f"{{{ATOM}}}entry")
    for each in (feed, *found):
        tags = [child.tag.removeprefix(f"{{{ATOM}}}") for child in each]
        for once in ("id", "title", "updated"):
            assert tags.count(once) == 1
            assert each.findtext(f"{{{ATOM}}}{once}")
        updated = each.findtext(f"{{{ATOM}}}updated")
        assert updated
        assert datetime.datetime.fromisoformat(updated).tzinfo
        links = [(link.get("rel"), link.get("type")) for link in each.findall(f"{{{ATOM}}}link")]
        assert len([link for link in links if link[0] == "alternate"]) == 1
        assert all(link.get("href") for link in each.findall(f"{{{ATOM}}}link"))
    assert feed.findtext(f"{{{ATOM}}}author/{{{ATOM}}}name")
    assert feed.find(f"{{{ATOM}}}link").get("href") == name  # type: ignore[union-attr]
    ids = [each.findtext(f"{{{ATOM}}}id") for each in (feed, *found)]
    assert len(set(ids)) == len(ids)
    assert all(uuid.UUID(each) for each in ids if each)
    assert all(each.find(f"{{{ATOM}}}content").get("type") == "text" for each in found)  # type: ignore[union-attr]


def test_an_entry_keeps_its_identifier_and_its_day() -> None:
    day = datetime.date(2024, 3, 9)
    first = report(comparisons=[replace(GONE, as_of=day)])
    later = replace(
        report(comparisons=[OTHER, replace(GONE, as_of=day)]),
        made=first.made + datetime.timedelta(days=9),
    )
    sides = [entries(shown)[0] for shown in (first, later)]
    for tag in ("id", "updated", "title"):
        old, new = (each.findtext(f"{{{ATOM}}}{tag}") for each in sides)
        assert old == new
    assert sides[0].findtext(f"{{{ATOM}}}updated") == "2024-03-09T00:00:00+00:00"


def test_the_newest_comparison_is_the_first_entry_of_a_feed() -> None:
    titles = [
        each.findtext(f"{{{ATOM}}}title") for each in entries(report(comparisons=[OTHER, GONE]))
    ]
    assert titles == ["c: States are gone (raises)", "b: reset: other values (other results)"]


def test_a_badge_has_the_name_and_the_standing_of_its_target_as_text() -> None:
    shown = report(target_report("tf-2.15", verdict(Outcome.DRIFT)))
    [(name, text)] = badges(shown)
    assert name == "badges/tf-2.15.svg"
    svg = ET.fromstring(text)  # noqa: S314 - written above
    texts = [each.text for each in svg.iter("{http://www.w3.org/2000/svg}text")]
    title = svg.findtext("{http://www.w3.org/2000/svg}title")
    assert texts == ["tf-2.15", "regressed"]
    assert (svg.get("role"), svg.get("aria-label"), title) == ("img", title, "tf-2.15: regressed")


def luminance(colour: str) -> float:
    """The relative luminance of WCAG 2."""
    shares = [int(part, 16) / 255 for part in re.findall("..", colour.removeprefix("#"))]
    red, green, blue = (s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("colour", [LABEL, *COLOURS.values()])
def test_the_text_of_a_badge_has_enough_contrast(colour: str) -> None:
    assert (luminance(TEXT) + 0.05) / (luminance(colour) + 0.05) >= 4.5
    assert set(COLOURS) == set(Standing)
