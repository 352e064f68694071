"""Texts of records are made safe to show: without control characters, and not too long."""

from dataclasses import replace

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.verdicts import Outcome
from harness.observing.snapshots import Gap
from harness.report.legible import LENGTH, SOURCE_LENGTH, cut, legible
from tests.support.makers import observed, surroundings, verdict
from tests.support.reports import comparison, finding, report, target_report

MANY = 1_000_000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("as it is, été 状態\n\tand on", "as it is, été 状態\n\tand on"),
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text\x1b]8;;x\x1b\\link", "textlink"),
        ("lines\r\nof Windows", "lines\nof Windows"),
        ("back\rto the start", r"back\x0dto the start"),
        ("\x1b alone", r"\x1b alone"),
        ("\x00\x07\x7f\x85\x9b31m", r"\x00\x07\x7f\x85\x9b31m"),
        ("\u202eright to left\u2066", r"\u202eright to left\u2066"),
        ("\ud800\uffff", r"\ud800\uffff"),
    ],
)
def test_control_characters_are_removed_or_escaped(text: str, shown: str) -> None:
    assert legible(text) == shown


def test_texts_are_made_safe_at_every_level() -> None:
    change = finding(ChangeKind.VALUES, "\x07", scenario="\x07", before="\x07")
    target = target_report("tf-2.15", verdict(Outcome.DRIFT, "\x07", reason="\x07"))
    given = report(target, comparisons=[comparison("a", "tf-2.15", change, lost=["\x07"])])
    shown = legible(replace(given, refused=("\x07",)))
    assert r"\x07" not in repr(legible(shown)).replace(r"\\x07", "")
    assert repr(shown).count(r"\\x07") == repr(replace(given, refused=("\x07",))).count(r"\x07")


def test_a_safe_value_stays_equal() -> None:
    given = report(target_report("tf-2.15", verdict(Outcome.DRIFT, mean=0.5)))
    assert legible(given) == given


def test_a_snapshot_stays_unchanged() -> None:
    side = observed(gaps=[Gap(reason="\x07")])
    assert legible(side) is side


@pytest.mark.parametrize("number", [LENGTH, LENGTH + 1, MANY])
def test_a_long_text_is_cut_with_a_note(number: int) -> None:
    text = cut("x" * number)
    if number == LENGTH:
        assert text == "x" * number
    else:
        more = "1 more character" if number == LENGTH + 1 else f"{MANY - LENGTH:,} more characters"
        assert text == f"{'x' * LENGTH}... ({more} in the record)"


def test_a_source_may_be_longer_than_other_texts() -> None:
    change = finding(ChangeKind.BODY, before="x" * MANY, scenario="").change
    assert LENGTH < SOURCE_LENGTH <= len(legible(change).before) < SOURCE_LENGTH + 60
    assert len(legible(replace(surroundings(), platform="x" * MANY)).platform) < LENGTH + 60
