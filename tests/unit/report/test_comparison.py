"""A diff and an upgrade as Markdown and as data: complete, and escaped."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from harness.base.project import RESOURCES
from harness.judging.changes import Change, ChangeKind
from harness.judging.criteria import Criteria
from harness.judging.diff import Diff, diff
from harness.judging.known import AttributedChange, KnownChange
from harness.judging.upgrade import Need, Upgrade, load_needs, upgrade
from harness.observing.records import Observation
from harness.report.comparison import (
    NAMED,
    PROVEN,
    QUIET,
    diff_document,
    diff_markdown,
    diff_sections,
    diff_totals,
    upgrade_document,
    upgrade_markdown,
)
from tests.support.makers import accept, accepts, gives, observed, raises

BEFORE, AFTER = observed(name="tf-2.15"), observed(name="keras-3.0", keras="3.0.5")


def change(kind: ChangeKind, subject: str = "step", **facts: str) -> Change:
    internal = kind in (ChangeKind.REMOVED, ChangeKind.ADDED, ChangeKind.BODY, ChangeKind.PACKAGE)
    step: dict[str, object] = {} if internal else {"scenario": "reset", "variants": ("fixed",)}
    sides = {"before": "mean 1", "after": "mean 2", **facts}
    return Change(kind=kind, subject=subject, **step, **sides)  # type: ignore[arg-type]


def differing(*changes: AttributedChange, lost: tuple[str, ...] = ()) -> Diff:
    return Diff(before=BEFORE, after=AFTER, changes=changes, lost=lost)


KNOWN = accepts("newly raises: *", title="known", portable="portable_set_values")
EACH = differing(
    *(AttributedChange(change=change(kind, f"of {kind}")) for kind in ChangeKind),
    lost=("tf-2.15: reset / strict: run 1 crashed: SIGSEGV",),
)


def test_every_change_is_in_the_text_under_its_kind() -> None:
    text = diff_markdown(EACH)
    assert text.startswith("# tf-2.15 → keras-3.0\n")
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    kinds = [kind for kind in ChangeKind if kind not in QUIET]
    assert headings == ["Could not be compared"] + [str(k).capitalize() for k in (*kinds, *QUIET)]
    for kind in ChangeKind:
        assert f"of {kind}" in text.split(f"## {str(kind).capitalize()}\n")[1].split("##")[0]


def test_the_totals_add_up() -> None:
    findings = len([kind for kind in ChangeKind if kind.finding])
    total = diff_markdown(EACH).splitlines()[2]
    assert total.startswith(f"{findings} findings, {findings} of them not known; ")
    assert total.endswith("; 1 could not be compared.")
    counts = re.findall(r"(\d+) ([a-z ]+)", total.split("; ")[1])
    assert [kind for _, kind in counts] == list(ChangeKind)
    assert sum(int(count) for count, _ in counts) == len(EACH.changes)
    totals = diff_document(EACH)["totals"]
    assert totals["changes"] == sum(totals[str(kind)] for kind in ChangeKind) == len(EACH.changes)
    assert (totals["known"], totals["lost"]) == (0, 1)


def test_a_diff_without_changes_reports_no_difference() -> None:
    assert diff_markdown(differing()) == "# tf-2.15 → keras-3.0\n\nNo difference.\n"
    lost = diff_markdown(differing(lost=("tf-2.15: internals: timed out",)))
    assert "No difference; 1 could not be compared." in lost
    assert "- tf-2.15: internals: timed out" in lost


def test_sections_can_begin_at_a_lower_heading_level() -> None:
    sections = diff_sections(EACH, level=4)
    assert {line.split()[0] for line in sections if line.startswith("#")} == {"####"}
    whole = ["# tf-2.15 → keras-3.0", "", f"{diff_totals(EACH)}.", "", *diff_sections(EACH)]
    assert diff_markdown(EACH) == "\n".join(whole).rstrip() + "\n"
    assert [line.removeprefix("##") for line in sections] == diff_sections(EACH)


def test_a_known_change_follows_the_changes_that_it_explains() -> None:
    unknown = AttributedChange(change=change(ChangeKind.NEWLY_RAISES, "unknown"))
    explained = AttributedChange(
        change=change(ChangeKind.NEWLY_RAISES, "explained"), known=(KNOWN,)
    )
    again = AttributedChange(change=change(ChangeKind.NEWLY_RAISES, "again"), known=(KNOWN,))
    found = differing(explained, unknown, again)
    assert diff_markdown(found).splitlines()[2:] == [
        "3 findings, 1 of them not known; 3 newly raises.",
        "",
        "## Newly raises",
        "",
        "- `reset / unknown` (fixed): mean 2 instead of mean 1",
        "  - not known: no entry of `known_changes.toml` explains it",
        "",
        "- `reset / explained` (fixed): mean 2 instead of mean 1",
        "- `reset / again` (fixed): mean 2 instead of mean 1",
        "  - known since keras 3.0: known. A reason. https://example.org/",
        "  - instead: something else; `portable_set_values` does so on every target",
    ]
    document = diff_document(found)
    assert document["totals"]["known"] == 2
    assert [each["known"] for each in document["changes"]] == [["known"], [], ["known"]]
    assert document["known_changes"]["known"]["instead"] == "something else"


def test_a_long_list_of_changes_ends_with_the_names_of_the_others() -> None:
    many = [
        AttributedChange(change=change(ChangeKind.VALUES, f"step {n}")) for n in range(NAMED + 2)
    ]
    lines = diff_markdown(differing(*many)).splitlines()
    assert len([line for line in lines if "instead of" in line]) == NAMED
    assert lines[-2] == f"- and 2 more: `reset / step {NAMED}`, `reset / step {NAMED + 1}`"


@pytest.mark.parametrize("kind", [kind for kind in ChangeKind if kind not in QUIET])
def test_a_measurement_follows_two_sides_that_do_not_show_it(kind: ChangeKind) -> None:
    proven = change(kind, reason="hidden: dtype float64 instead of float32")
    shown = "(hidden: dtype float64 instead of float32)" in diff_markdown(
        differing(AttributedChange(change=proven))
    )
    assert shown is (kind in PROVEN)


HOSTILE = {
    "a script": "<script>alert(1)</script>",
    "an image": "![x](http://example.org/x.png) <img src=x onerror=alert(1)>",
    "backticks": "`` ` ``` <script>alert(1)</script> ```",
    "pipes": "| a | b |\n|---|---|\n| <script>alert(1)</script> | c |",
    "lines": "no\n\n<script>alert(1)</script>\n\n# a heading\n\n---\n",
    "a backslash before it": "\\<script>alert(1)</script>\\",
    "a link": "[x](javascript:alert(1)) <javascript:alert(1)>",
    "stars": "**bold** *text* __init__",
    "a comment": "<!-- --><script>alert(1)</script>",
    "a fence": "\n```\n<script>alert(1)</script>\n```\n",
}
CONTENT = {"script", "img", "a", "strong", "em", "hr", "table", "pre", "h3"}


class Tags(HTMLParser):
    """Collects the tags and the text of a document."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002
        self.tags.add(tag)

    def handle_comment(self, data: str) -> None:  # noqa: ARG002
        self.tags.add("comment")

    def handle_data(self, data: str) -> None:
        self.text += data


def rendered(text: str) -> Tags:
    return Tags(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


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
    assert document["changes"] == [
        {name: getattr(each.change, name) for name in shown}
        | {"variants": list(each.change.variants), "known": []}
        for each in EACH.changes
    ]


NEED = Need(name="reset the state", steps=("reset / step",), portable="portable_set_values")


def outlook(*given: Observation, known: tuple[KnownChange, ...] = ()) -> Upgrade:
    row = [
        observed({("reset", "fixed"): accept(seen)}, name=f"t-{n}", keras=f"{n + 2}.0")
        for n, seen in enumerate(given)
    ]
    needs = (NEED, *load_needs(RESOURCES / "needs.toml")[:1])
    return upgrade(row, needs, Criteria(known=known))


def test_an_upgrade_lists_the_changes_and_the_portable_scripts() -> None:
    known = accepts("newly raises: reset / *", since="4.0")
    found = outlook(gives(1.0), gives(1.0), raises("no"), known=(known,))
    text = upgrade_markdown(found)
    assert text.startswith("# With hidden state, from t-0 to t-2\n")
    assert "1 of 2 needs change on the way" in text
    assert "- **t-2**, `reset / step`: newly raises: ValueError: no instead of mean 1" in text
    assert "- raises on t-2: `reset / step`" in text
    assert "- instead: something else" in text
    script = NEED.script.read_text(encoding="utf-8")
    assert text.count(f"```python\n{script}```\n") == 1


def test_an_upgrade_without_changes_needs_no_script() -> None:
    text = upgrade_markdown(outlook(gives(1.0), gives(1.0)))
    assert "0 of 2 needs change on the way" in text
    assert "```" not in text


def test_a_step_that_raises_at_both_ends_is_no_change_but_has_a_script() -> None:
    text = upgrade_markdown(outlook(raises("no"), raises("no")))
    assert "0 of 2 needs change on the way" in text
    assert f"- {NEED.name}: raises in part, as before" in text
    assert "- raises on t-1: `reset / step`" in text
    assert "not known" not in text
    assert text.count("```python") == 1


def test_an_upgrade_shows_errors_as_text() -> None:
    for name, text in HOSTILE.items():
        found = outlook(gives(1.0), raises(text, text))
        changes = upgrade_markdown(found).split("## What to write instead", maxsplit=1)[0]
        assert (name, rendered(changes).tags & (CONTENT - {"strong"})) == (name, set())
        assert json.loads(json.dumps(upgrade_document(found)))["needs"][0]["events"]


def test_the_document_has_every_event() -> None:
    found = outlook(gives(1.0), raises("no"), gives(1.0))
    document = json.loads(json.dumps(upgrade_document(found)))
    assert document["targets"] == ["t-0", "t-1", "t-2"]
    reset, other = document["needs"]
    assert [(event["target"], event["kind"]) for event in reset["events"]] == [
        ("t-1", "newly raises"),
        ("t-2", "works now"),
    ]
    assert (reset["name"], reset["portable"], reset["raises"]) == (NEED.name, NEED.portable, [])
    assert other["events"] == []
