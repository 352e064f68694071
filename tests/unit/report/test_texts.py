"""Texts of records in a report are escaped, and never too long."""

import re
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from harness.judging.changes import ChangeKind
from harness.judging.verdicts import Axis, Outcome, Standing
from harness.report.document import document
from harness.report.html import render
from harness.report.legible import legible
from harness.report.markdown import LENGTH, markdown
from harness.report.model import Report
from harness.report.summary import ANNOTATIONS, annotations
from tests.support.makers import accepts, verdict
from tests.support.renderings import EVIL, NAMESPACE, REPORTS, data_of, evil, parsed, terminal
from tests.support.reports import comparison, every_outcome, finding, report, target_report


def test_no_text_of_a_record_becomes_a_part_of_the_page() -> None:
    page = render(evil())
    tree = parsed(page)
    assert len(list(tree.iter(f"{NAMESPACE}script"))) == 3
    assert not list(tree.iter(f"{NAMESPACE}img"))
    assert page.count("</script>") == 3
    assert legible(EVIL) in data_of(page)["texts"]


RENDERED: dict[str, Callable[[Report], str]] = {
    "terminal": terminal,
    "page": render,
    "Markdown": markdown,
    "JSON": lambda shown: msgspec.json.encode(document(shown)).decode(),
    "annotations": lambda shown: "\n".join(annotations(shown)),
}


@pytest.mark.parametrize("rendering", RENDERED.values(), ids=RENDERED)
def test_no_text_of_a_record_controls_the_terminal_or_the_workflow(
    rendering: Callable[[Report], str],
) -> None:
    text = rendering(evil())
    assert not re.findall(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert "[31m" not in text
    assert r"\x9b1m" in text.replace(r"\\", "\\")


def test_no_text_of_a_record_becomes_markup_in_markdown() -> None:
    text = markdown(evil())
    outside = re.sub(
        r"^```text$.*?^```$|(?<!\\)`[^`\n]*`", "", text, flags=re.DOTALL | re.MULTILINE
    )
    assert not re.findall(r"<(?!/?details>|/?summary>)", outside)
    assert "@user" not in outside
    assert all(line.count(" | ") >= 2 for line in text.splitlines() if line.startswith("| "))


def test_each_annotation_is_one_line_for_any_text() -> None:
    lines = list(annotations(evil()))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning"]
    assert not [line for line in lines if "\n" in line or "\r" in line]
    assert "%250A" in lines[0]
    title = lines[0].split("title=")[1].split("::")[0]
    assert ":" not in title
    assert "," not in title


def test_annotations_distinguish_regressions_from_failed_checks() -> None:
    lines = list(annotations(every_outcome()))
    levels = [line.split(" ")[0] for line in lines]
    regressed = [o for o in Outcome if o.standing is Standing.REGRESSED]
    assert levels.count("::error") == len(regressed)
    assert levels.count("::warning") == sum(o.unchecked for o in Outcome)


def test_the_number_of_annotations_is_limited_as_on_github() -> None:
    verdicts = [verdict(Outcome.DRIFT, scenario=f"scenario {number}") for number in range(50)]
    assert len(list(annotations(report(target_report("tf-2.15", *verdicts))))) == ANNOTATIONS


def test_a_changed_source_is_reported_before_the_regressions() -> None:
    inside = verdict(Outcome.BODY_CHANGED, "LSTMCell.call", axis=Axis.WATCH)
    wrong = [verdict(Outcome.DRIFT, f"step {n}") for n in range(30)]
    for text in people_read(report(target_report("tf-2.21", *wrong, inside))):
        assert text.index("LSTMCell.call") < text.index("step 0")
    for text in people_read(report(target_report("tf-2.21", inside))):
        assert "he source of" not in text


def people_read(shown: Report) -> list[str]:
    page = render(shown)
    return [markdown(shown), terminal(shown), page[page.index('<section id="action"') :]]


def test_a_report_without_regressions_annotates_nothing() -> None:
    assert list(annotations(report(target_report("tf-2.15", verdict(Outcome.IDENTICAL))))) == []


def test_markdown_is_never_too_long_and_counts_the_cuts() -> None:
    verdicts = [verdict(Outcome.DRIFT, f"step {n}", reason="why " * 90) for n in range(2000)]
    text = markdown(report(target_report("tf-2.15", *verdicts)))
    assert len(text) <= LENGTH
    assert re.search(r"Cut, .*: [\d,]+ of 2,000 lines of", text)
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0


def test_markdown_is_never_too_long_with_many_parts_that_are_cut() -> None:
    known = [accepts("removed: *", title=f"K{n}") for n in range(1200)]
    found = [finding(ChangeKind.VALUES, f"u{n}") for n in range(1500)]
    found += [finding(ChangeKind.REMOVED, f"k{n}", known[n]) for n in range(1200)]
    gone = [
        replace(target_report(f"tf-3.{n}"), reason="gone", observations=()) for n in range(1200)
    ]
    verdicts = [
        verdict(outcome, f"step {n}", scenario=f"s{n}")
        for outcome in (Outcome.DRIFT, Outcome.CRASHED)
        for n in range(1500)
    ]
    shown = report(
        target_report("tf-2.15", *verdicts),
        *gone,
        comparisons=[comparison("tf-2.14", "tf-2.15", *found)],
    )
    text = markdown(shown)
    assert LENGTH - 400 < len(text) <= LENGTH
    assert len(re.findall(r"[\d,]+ of [\d,]+ lines? of", text)) == 8


def test_a_fixed_step_is_in_every_text_for_people() -> None:
    verdicts = [verdict(Outcome.DRIFT, f"step {n}", reason="why " * 90) for n in range(2000)]
    shown = report(target_report("tf-2.15", *verdicts, verdict(Outcome.FIXED, "the fixed one")))
    for text in (markdown(shown), render(shown), terminal(shown)):
        assert "stateful / the fixed one" in text


@pytest.mark.parametrize("rendering", ["terminal", "page", "Markdown", "annotations"])
def test_an_unchecked_target_is_reported_once_with_a_count(rendering: str) -> None:
    crashed = [verdict(Outcome.CRASHED, f"step {n}", reason="a reason") for n in range(385)]
    shown = report(replace(target_report("tf-2.15", *crashed), reason="a reason"))
    text = RENDERED[rendering](shown)
    assert "385 observations" in text
    assert "stateful / step" not in text


def test_the_list_of_targets_without_a_record_is_limited() -> None:
    gone = [
        replace(target_report(f"tf-3.{n}"), reason=f"no record {n}", observations=())
        for n in range(51)
    ]
    page = render(report(*gone))
    todo = page[page.index('<section id="action"') : page.index('<section id="changes"')]
    assert todo.count("no record") == 50
    assert "And 1 more: " in todo
    text = terminal(report(*gone))
    assert text.count("no record") == 12
    assert "... and 39 more targets" in text


def test_a_known_change_ends_neither_its_link_nor_its_row_in_markdown() -> None:
    known = msgspec.structs.replace(
        accepts("other values: *", title="a | `title` [of] @user <b>"), link="https://a.b/c_(d)|e f"
    )
    change = finding(ChangeKind.VALUES, "step", known)
    text = markdown(report(comparisons=[comparison("tf-2.14", "tf-2.15", change)]))
    [line] = [line for line in text.replace("\u200b", "").splitlines() if "](https:" in line]
    assert r"[a \| \`title\` \[of\] @user &lt;b&gt;](https://a.b/c_%28d%29%7Ce%20f) |" in line


def test_markdown_that_fits_is_not_cut() -> None:
    assert "Cut, " not in markdown(every_outcome())


def test_markdown_begins_with_the_regressions() -> None:
    text = markdown(every_outcome())
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:2] == ["Differs from the baseline", "Could not be checked"]
    assert text.index("drift") < text.index("crashed") < text.index("What changed and when")


def test_no_line_on_a_terminal_is_longer_than_80_columns() -> None:
    for shown in (*REPORTS.values(), evil()):
        assert [line for line in terminal(shown).splitlines() if len(line) > 80] == []
