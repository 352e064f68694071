"""The four renderings of a report: the same totals, valid, escaped, and not too long."""

import datetime
import io
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import html5lib
import jsonschema
import msgspec
import pytest
from rich.console import Console

from harness.changes import INTERNALS, ChangeKind, Outcome, Standing
from harness.paths import RESOURCES
from harness.records import Error
from harness.report.document import document
from harness.report.html import render
from harness.report.legible import legible
from harness.report.markdown import LENGTH, markdown
from harness.report.model import Report, totals
from harness.report.summary import ANNOTATIONS, annotations, print_report
from tests.unit.makers import accepts, verdict
from tests.unit.reports import comparison, every_outcome, finding, large, report, target_report

SCHEMA = json.loads((RESOURCES / "report.schema.json").read_text(encoding="utf-8"))
MARKUP = (
    "</script><script>alert(1)</script> <img src=x onerror=alert(1)> ]]> | `*_ @user %0A::error"
)
EVIL = f"{MARKUP} \x1b[31mred\x1b[0m \x1b]0;title\x07 \x9b1m \x00 \x85 \u202e \ud800 \uffff"
NAMESPACE = "{http://www.w3.org/1999/xhtml}"
EMPTY = report()
FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("date-time", ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.datetime.fromisoformat(value))


def terminal(shown: Report) -> str:
    stream = io.StringIO()
    print_report(shown, Console(width=80, file=stream, highlight=False))
    return stream.getvalue()


def plain(shown: Report) -> Any:
    """The document as a reader of report.json has it."""
    return json.loads(msgspec.json.encode(document(shown)))


def parsed(page: str) -> Any:
    """The page's elements. Raises for the first thing that is not valid."""
    return html5lib.HTMLParser(strict=True).parse(page)


def data_of(page: str) -> Any:
    [element] = [e for e in parsed(page).iter(f"{NAMESPACE}script") if e.get("id") == "data"]
    return json.loads(element.text)


Counts = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a rendering says there is: observations and targets by standing, changes."""

    observations: Counts
    targets: Counts
    changes: int
    unknown: int


def validate(document: Any) -> None:
    jsonschema.validate(document, SCHEMA, format_checker=FORMATS)


def counted(text: str) -> Counts:
    """`3 unchanged, 1 fixed` as numbers."""
    numbers = re.findall(rf"([\d,]+)\s+({'|'.join(Standing)})\b", text)
    return {standing: whole(number) for number, standing in numbers}


def whole(number: str) -> int:
    return int(number.replace(",", ""))


def from_terminal(shown: Report) -> Said:
    text = " ".join(terminal(shown).split())
    [observations, targets] = re.findall(
        r"\d+ observations: (.*?) \d+ targets: (.*?) \d+ changes", text
    )[0]
    [(changes, unknown)] = re.findall(r"(\d+) changes: .*?; not known: (\d+)", text)
    return Said(
        observations=counted(observations),
        targets=counted(targets),
        changes=int(changes),
        unknown=int(unknown),
    )


def from_page(shown: Report) -> Said:
    spans = {e.get("id"): e.text for e in parsed(render(shown)).iter(f"{NAMESPACE}span")}
    numbers = re.findall(r"\d[\d,]*(?= )", spans["changes-total"])
    return Said(
        observations=counted(spans["observations-total"].split(":")[1]),
        targets=counted(spans["targets-total"].split(":")[1]),
        changes=whole(numbers[0]),
        unknown=whole(numbers[2]),
    )


def from_data_of_page(shown: Report) -> Said:
    data = data_of(render(shown))
    cells = [number for row in data["rows"] for number in row[5] if number >= 0]
    found = [finding for comparison in data["comparisons"] for finding in comparison[2]]
    return Said(
        observations=each_standing(
            data["outcomes"][data["cells"][number][0]][2] for number in cells
        ),
        targets=each_standing(target[2] for target in data["targets"]),
        changes=len(found),
        unknown=sum(data["kinds"][each[0]][1] and not each[7] for each in found),
    )


def from_markdown(shown: Report) -> Said:
    lines = markdown(shown).splitlines()
    [head] = [line for line in lines if line.startswith("| | total |")]
    [told] = [line for line in lines if line.startswith("Between neighbouring targets")]
    changes, _, unknown = re.findall(r"\d+", told)
    rows = [
        dict(zip(cells_of(head), map(int, cells_of(line)), strict=True))
        for name in ("observations", "targets")
        for line in lines
        if line.startswith(f"| {name} |")
    ]
    return Said(observations=rows[0], targets=rows[1], changes=int(changes), unknown=int(unknown))


def cells_of(line: str) -> list[str]:
    return [cell.strip(" |") for cell in line.split(" | ")[2:]]


def from_json(shown: Report) -> Said:
    found = plain(shown)["totals"]
    for each in ("observations", "targets"):
        assert found[each].pop("total") == sum(found[each].values())
    return Said(
        observations=found["observations"],
        targets=found["targets"],
        changes=found["changes"]["total"],
        unknown=found["not_known"],
    )


def from_lists_of_json(shown: Report) -> Said:
    found = plain(shown)
    return Said(
        observations=each_standing(each["standing"] for each in found["observations"]),
        targets=each_standing(each["outcome"] for each in found["targets"]),
        changes=len(found["changes"]),
        unknown=sum(each["finding"] and not each["known"] for each in found["changes"]),
    )


def each_standing(standings: Iterable[str]) -> Counts:
    found = Counter(standings)
    return {str(standing): found[standing] for standing in Standing}


REPORTS = {"every outcome": every_outcome(), "nothing": EMPTY, "large": large(9, 40)}
RENDERINGS = (
    from_terminal,
    from_page,
    from_data_of_page,
    from_markdown,
    from_json,
    from_lists_of_json,
)


@pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("rendering", RENDERINGS)
def test_all_renderings_give_the_same_totals(
    rendering: Callable[[Report], Said], shown: Report
) -> None:
    counted = totals(shown)
    assert rendering(shown) == Said(
        observations={str(standing): n for standing, n in counted.observations.items()},
        targets={str(standing): n for standing, n in counted.targets.items()},
        changes=counted.changes,
        unknown=len(shown.unknown),
    )
    assert sum(counted.observations.values()) == len(list(shown.observations))


@pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)
def test_totals_of_changes_add_up(shown: Report) -> None:
    found = plain(shown)
    counts = found["totals"]["changes"]
    kinds = {
        str(kind): [each["kind"] for each in found["changes"]].count(kind) for kind in ChangeKind
    }
    assert counts == {"total": len(found["changes"]), **kinds}
    assert found["totals"]["findings"] == sum(each["finding"] for each in found["changes"])


@pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)
def test_the_json_is_what_its_schema_says(shown: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validate(plain(shown))


def test_what_was_not_compared_stands_apart_from_what_was_in_part() -> None:
    shown = report(comparisons=[comparison("tf-2.14", "tf-2.15", lost=["a run crashed"])])
    found = plain(replace(shown, uncompared=(("tf-2.13", "tf-2.14", "no baseline"),)))
    pairs = {"from": "tf-2.13", "to": "tf-2.14", "reason": "no baseline"}
    assert found["uncompared"] == [pairs]
    in_part = {"from": "tf-2.14", "to": "tf-2.15", "reason": "a run crashed"}
    assert found["compared_in_part"] == [in_part]


@pytest.mark.parametrize("broken", ["totals", "targets", "schema_version"])
def test_the_schema_refuses_what_lacks_a_part(broken: str) -> None:
    document = plain(every_outcome())
    del document[broken]
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        (None, "made", "yesterday"),
        ("targets", "started", "1 o'clock"),
        ("known_changes", "expires", "soon"),
    ],
)
def test_the_schema_refuses_what_is_no_moment(part: str | None, key: str, value: str) -> None:
    document = plain(every_outcome())
    parts = {None: document, "targets": document["targets"][0]}
    parts["known_changes"] = next(iter(document["known_changes"].values()))
    parts[part][key] = value
    with pytest.raises(jsonschema.ValidationError, match="is not a 'date"):
        validate(document)


@pytest.mark.parametrize("part", ["totals", "targets", "observations", "changes"])
def test_keys_may_be_added_within_a_version(part: str) -> None:
    document = plain(every_outcome())
    document["new"] = 1
    found = document[part]
    (found if isinstance(found, dict) else found[0])["new"] = 1
    validate(document)


def evil() -> Report:
    """A report as it is gathered of records all of whose texts try to be more than text."""
    error = Error(type=EVIL, message=EVIL)
    verdicts = [
        verdict(outcome, EVIL, scenario=f"s{EVIL}", variant=EVIL, reason=f"{EVIL}\n{EVIL}")
        for outcome in (Outcome.NEWLY_RAISES, Outcome.CRASHED)
    ]
    target = replace(target_report("tf-2.15", *verdicts, error=error), reason=EVIL, keras=EVIL)
    change = finding(ChangeKind.VALUES, EVIL, scenario=EVIL, before=EVIL, after=EVIL)
    shown = report(target, comparisons=[comparison(MARKUP, "tf-2.15", change, lost=[EVIL])])
    return legible(replace(shown, refused=(EVIL,), uncompared=((EVIL, EVIL, EVIL),)))


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
def test_no_text_of_a_record_steers_what_shows_it(rendering: Callable[[Report], str]) -> None:
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


def test_annotations_are_a_line_each_whatever_the_texts() -> None:
    lines = list(annotations(evil()))
    assert [line.split(" ")[0] for line in lines] == ["::error", "::warning"]
    assert not [line for line in lines if "\n" in line or "\r" in line]
    assert "%250A" in lines[0]
    title = lines[0].split("title=")[1].split("::")[0]
    assert ":" not in title
    assert "," not in title


def test_annotations_tell_regressions_from_what_could_not_be_checked() -> None:
    lines = list(annotations(every_outcome()))
    levels = [line.split(" ")[0] for line in lines]
    regressed = [o for o in Outcome if o.standing is Standing.REGRESSED]
    assert levels.count("::error") == len(regressed)
    assert levels.count("::warning") == sum(o.unchecked for o in Outcome)


def test_annotations_are_as_many_as_github_shows() -> None:
    verdicts = [verdict(Outcome.DRIFT, scenario=f"scenario {number}") for number in range(50)]
    assert len(list(annotations(report(target_report("tf-2.15", *verdicts))))) == ANNOTATIONS


def test_the_source_that_differs_is_told_before_what_regressed() -> None:
    inside = verdict(Outcome.BODY_CHANGED, "LSTMCell.call", scenario=INTERNALS, variant="")
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


def test_markdown_is_never_too_long_and_says_what_is_cut() -> None:
    verdicts = [verdict(Outcome.DRIFT, f"step {n}", reason="why " * 90) for n in range(2000)]
    text = markdown(report(target_report("tf-2.15", *verdicts)))
    assert len(text) <= LENGTH
    assert re.search(r"Cut, .*: \d+ of 2000 lines of", text)
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
    assert len(re.findall(r"\d+ of \d+ lines of", text)) == 7


def test_what_is_fixed_is_cut_from_nothing_that_people_read() -> None:
    verdicts = [verdict(Outcome.DRIFT, f"step {n}", reason="why " * 90) for n in range(2000)]
    shown = report(target_report("tf-2.15", *verdicts, verdict(Outcome.FIXED, "the fixed one")))
    for text in (markdown(shown), render(shown), terminal(shown)):
        assert "stateful / the fixed one" in text


@pytest.mark.parametrize("rendering", ["terminal", "page", "Markdown", "annotations"])
def test_a_target_that_was_not_checked_is_told_once_with_a_count(rendering: str) -> None:
    crashed = [verdict(Outcome.CRASHED, f"step {n}", reason="a reason") for n in range(385)]
    shown = report(replace(target_report("tf-2.15", *crashed), reason="a reason"))
    text = RENDERED[rendering](shown)
    assert "385 observations" in text
    assert "stateful / step" not in text


def test_no_more_targets_without_a_record_are_listed_than_things_to_do() -> None:
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
    [line] = [line for line in text.replace("\u200b", "").splitlines() if "title" in line]
    assert r"[a \| \`title\` \[of\] @user &lt;b&gt;](https://a.b/c_%28d%29%7Ce%20f) |" in line


def test_markdown_that_fits_is_not_cut() -> None:
    assert "Cut, " not in markdown(every_outcome())


def test_markdown_begins_with_what_regressed() -> None:
    text = markdown(every_outcome())
    headings = re.findall(r"^## (.*)$", text, re.MULTILINE)
    assert headings[:2] == ["Differs from the baseline", "Could not be checked"]
    assert text.index("drift") < text.index("crashed") < text.index("What changed and when")


def test_no_line_on_a_terminal_is_longer_than_80_columns() -> None:
    for shown in (*REPORTS.values(), evil()):
        assert [line for line in terminal(shown).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("shown", [*REPORTS.values(), evil()], ids=[*REPORTS, "evil"])
def test_the_page_is_valid_and_asks_for_nothing_else(shown: Report) -> None:
    page = render(shown)
    for element in parsed(page).iter():
        for name in ("src", "srcset", "data", "action"):
            assert element.get(name) is None
        if element.tag in (f"{NAMESPACE}link", f"{NAMESPACE}use"):
            assert element.get("href", "data:").startswith(("data:", "#"))
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_identifier_on_the_page_is_there_once() -> None:
    found = [e.get("id") for e in parsed(render(large(9, 40))).iter() if e.get("id")]
    assert [name for name in found if found.count(name) > 1] == []


def test_60_targets_with_300_observations_fit_a_page() -> None:
    assert len(render(large()).encode()) <= 3_000_000
