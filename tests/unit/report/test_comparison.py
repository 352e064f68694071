"""A diff as text, as Markdown and as data: its causes first, complete, and escaped."""

import json
import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from harness.judging.changes import Change, ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import Diff, diff, select
from harness.judging.known import AttributedChange, Knowledge
from harness.observing.records import Observation
from harness.report.comparison import diff_document, diff_markdown, diff_sections, diff_text
from tests.support.makers import accept, accepts, gives, observed, raises
from tests.support.markup import HOSTILE, rendered

BEFORE, AFTER = observed(name="tf-2.15"), observed(name="keras-3.0", keras="3.0.5")


def change(kind: ChangeKind, subject: str = "step", **facts: str) -> Change:
    internal = kind in (ChangeKind.REMOVED, ChangeKind.ADDED, ChangeKind.BODY, ChangeKind.PACKAGE)
    step: dict[str, object] = {} if internal else {"scenario": "reset", "variants": ("fixed",)}
    sides = {"before": "mean 1", "after": "mean 2", **facts}
    return Change(kind=kind, subject=subject, **step, **sides)  # type: ignore[arg-type]


def differing(*changes: AttributedChange, lost: tuple[str, ...] = ()) -> Diff:
    return Diff(before=BEFORE, after=AFTER, changes=changes, lost=lost)


KNOWN = accepts("newly raises: reset / explained", title="known", portable="portable_set_values")
EACH = differing(
    *(AttributedChange(change=change(kind, f"of {kind}")) for kind in ChangeKind),
    lost=("tf-2.15: reset / strict: run 1 crashed: SIGSEGV",),
)


def test_the_text_begins_with_a_line_for_each_cause_and_has_every_change() -> None:
    lines = diff_text(EACH).splitlines()
    causes = EACH.causes
    assert [line[:4] for line in lines[: len(causes)]] == [
        f"{at:2}. " for at in range(1, len(causes) + 1)
    ]
    assert all(cause.title in line for cause, line in zip(causes, lines, strict=False))
    assert lines[len(causes)] == ""
    assert lines[len(causes) + 1].startswith("tf-2.15 → keras-3.0: ")
    assert all(f"of {kind}" in diff_text(EACH) for kind in ChangeKind)
    assert not re.search(r"\\_|&lt;|\*\*", diff_text(EACH))  # nothing of Markdown


def test_the_markdown_has_every_change() -> None:
    text = diff_markdown(EACH)
    assert text.startswith("# tf-2.15 → keras-3.0\n")
    assert all(f"of {kind}" in text for kind in ChangeKind)
    assert text.count("<details>") == text.count("</details>")


def test_the_totals_add_up() -> None:
    totals = diff_document(EACH)["totals"]
    assert totals["changes"] == sum(totals[str(kind)] for kind in ChangeKind) == len(EACH.changes)
    assert totals["findings"] == sum(totals[str(each)] for each in Knowledge)
    assert totals["findings"] == len([kind for kind in ChangeKind if kind.finding])
    assert (totals["known"], totals["lost"]) == (0, 1)


def test_a_diff_without_changes_reports_no_difference() -> None:
    assert diff_markdown(differing()) == "# tf-2.15 → keras-3.0\n\nNo difference.\n"
    assert diff_text(differing()) == "tf-2.15 → keras-3.0: No difference.\n"
    lost = diff_markdown(differing(lost=("tf-2.15: internals: timed out",)))
    assert "No scenario was compared; 1 part could not be compared." in lost
    assert "- tf-2.15: internals: timed out" in lost


def test_sections_can_begin_at_a_lower_heading_level() -> None:
    sections = diff_sections(EACH, level=4)
    assert {line.split()[0] for line in sections if line.startswith("#")} == {"####"}


def test_a_cause_says_how_much_is_known_of_it_and_what_to_write_instead() -> None:
    explained = AttributedChange(
        change=change(ChangeKind.NEWLY_RAISES, "explained"), known=(KNOWN,)
    )
    again = AttributedChange(change=change(ChangeKind.NEWLY_RAISES, "again"), known=(KNOWN,))
    unknown = AttributedChange(change=change(ChangeKind.NEWLY_RAISES, "unknown"))
    found = differing(explained, unknown, again)
    lines = diff_text(found).splitlines()
    assert lines[0] == " 1. known (raises; keras 3.0): 2 steps; instead: something else"
    assert lines[1].startswith(" 2. reset: newly raises (raises; keras ")
    assert lines[1].endswith("): 1 step; unknown: nobody has looked at it")
    assert lines[3].endswith("2 causes, 3 findings: 2 explained, 0 covered, 1 unknown.")
    document = diff_document(found)
    assert document["totals"]["known"] == 2
    assert [each["known"] for each in document["changes"]] == [["known"], [], ["known"]]
    titles = [each["title"] for each in document["causes"]]
    assert titles == ["known", "reset: newly raises"]
    assert [each["cause"] for each in document["changes"]] == [titles[0], titles[1], titles[0]]
    assert document["known_changes"]["known"]["instead"] == "something else"


def test_no_change_of_a_long_list_is_left_out() -> None:
    many = [
        AttributedChange(change=change(ChangeKind.VALUES, f"step {n}", reason=f"off by {n}"))
        for n in range(100)
    ]
    for text in (diff_text(differing(*many)), diff_markdown(differing(*many))):
        assert all(f"step {n}" in text and f"off by {n}" in text for n in range(100))


def test_the_command_line_shows_a_part_of_a_diff() -> None:
    assert [each.change.kind for each in select(EACH, kind=ChangeKind.BODY).changes] == [
        ChangeKind.BODY
    ]
    assert select(EACH, scenario="stateful").changes == ()
    assert select(EACH, knowledge=Knowledge.EXPLAINED).changes == ()
    assert len(select(EACH, knowledge=Knowledge.UNKNOWN).changes) == len(EACH.findings)


CONTENT = {"script", "img", "a", "em", "hr", "table", "pre", "h3"}


def compared(before: Observation, after: Observation, variant: str = "fixed") -> Diff:
    old, new = (observed({("reset", variant): accept(seen)}) for seen in (before, after))
    return diff(old, new, Criteria())


def is_error(text: str) -> Diff:
    """A step that raises an error with this text."""
    return compared(gives(1.0), raises(text, text))


def is_step(text: str) -> Diff:
    return compared(gives(1.0, step=text), gives(2.0, step=text))


def is_variant(text: str) -> Diff:
    return compared(gives(1.0), raises("no"), text)


def is_package(text: str) -> Diff:
    return diff(observed(keras="3.0"), replace(observed(), distributions={text: text}), Criteria())


def is_target(text: str) -> Diff:
    return diff(replace(BEFORE, name=text), replace(AFTER, name=text), Criteria())


def is_lost(text: str) -> Diff:
    return differing(lost=(text,))


def is_internal(text: str) -> Diff:
    gone = change(ChangeKind.REMOVED, "RNN.call", before=text)
    kind = Change(kind=ChangeKind.KIND, subject="RNN.call", before=text, after=f"{text}\n{text}")
    return differing(AttributedChange(change=kind), AttributedChange(change=gone))


PLACES: dict[str, Callable[[str], Diff]] = {
    "an error": is_error,
    "a step": is_step,
    "a variant": is_variant,
    "a package": is_package,
    "a target": is_target,
    "what was lost": is_lost,
    "an internal": is_internal,
}


@pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)
def test_text_from_records_is_shown_as_text(place: Callable[[str], Diff]) -> None:
    for name, text in HOSTILE.items():
        found = place(text)
        shown = rendered(diff_markdown(found))
        assert (name, shown.tags & {*CONTENT, "comment"}) == (name, set())
        decoded = json.loads(json.dumps(diff_document(found)))
        assert decoded["totals"]["changes"] == len(decoded["changes"]) == len(found.changes)


def test_a_hostile_error_can_be_read() -> None:
    shown = rendered(diff_markdown(is_error("<b> is `no` | state of __init__ [1]")))
    assert "<b> is `no` | state of __init__ [1]" in shown.text


@pytest.mark.parametrize("place", ["an error", "what was lost", "an internal"])
def test_a_megabyte_of_text_is_cut(place: str) -> None:
    assert len(diff_markdown(PLACES[place]("<b>" * 333_333))) < 3000


def test_the_document_has_every_change_in_full() -> None:
    document = json.loads(json.dumps(diff_document(EACH)))
    assert document["schema_version"] == 1
    assert (document["before"]["name"], document["after"]["keras"]) == ("tf-2.15", "3.0.5")
    assert document["lost"] == list(EACH.lost)
    shown = ("kind", "subject", "scenario", "before", "after", "reason")
    assert [
        {name: each[name] for name in (*shown, "variants", "known")} for each in document["changes"]
    ] == [
        {name: getattr(each.change, name) for name in shown}
        | {"variants": list(each.change.variants), "known": []}
        for each in EACH.changes
    ]
