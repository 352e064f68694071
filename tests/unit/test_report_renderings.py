"""The four renderings of a report: the same totals, valid, escaped, and not too long."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import html5lib
import jsonschema
import msgspec
import pytest
from rich.console import Console

from harness.changes import ChangeKind, Outcome, Standing
from harness.paths import RESOURCES
from harness.records import Error
from harness.report.document import document
from harness.report.html import render
from harness.report.markdown import LENGTH, markdown
from harness.report.model import ERROR_LENGTH, Report, totals
from harness.report.summary import ANNOTATIONS, annotations, print_report
from tests.unit.makers import verdict
from tests.unit.reports import comparison, every_outcome, finding, large, report, target_report

SCHEMA = json.loads((RESOURCES / "report.schema.json").read_text(encoding="utf-8"))
EVIL = "</script><script>alert(1)</script> <img src=x onerror=alert(1)> ]]> | `*_ @user %0A::error"
NAMESPACE = "{http://www.w3.org/1999/xhtml}"
EMPTY = report()


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


def counted(text: str) -> dict[str, int]:
    """`3 unchanged, 1 fixed` as numbers."""
    numbers = re.findall(rf"([\d,]+)\s+({'|'.join(Standing)})\b", text)
    return {standing: int(number.replace(",", "")) for number, standing in numbers}


def from_terminal(shown: Report) -> dict[str, int]:
    [line] = re.findall(r"\d+ observations: (.*?)\d+ targets:", terminal(shown), re.DOTALL)
    return counted(line)


def from_page(shown: Report) -> dict[str, int]:
    [span] = [e for e in parsed(render(shown)).iter(f"{NAMESPACE}span") if e.get("id") == "totals"]
    return counted(span.text.split(":")[1])


def from_cells_of_page(shown: Report) -> dict[str, int]:
    data = data_of(render(shown))
    found = dict.fromkeys(Standing, 0)
    for row in data["rows"]:
        for number in row[4]:
            if number >= 0:
                found[Standing(data["outcomes"][data["cells"][number][0]][2])] += 1
    return {str(standing): number for standing, number in found.items()}


def from_markdown(shown: Report) -> dict[str, int]:
    lines = markdown(shown).splitlines()
    [head] = [line for line in lines if line.startswith("| | total |")]
    [row] = [line for line in lines if line.startswith("| observations |")]
    cells = [dict(zip(head.split(" | ")[2:], row.split(" | ")[2:], strict=True))]
    return {name.strip(" |"): int(number.strip(" |")) for name, number in cells[0].items()}


def from_json(shown: Report) -> dict[str, int]:
    found = plain(shown)["totals"]["observations"]
    assert found.pop("total") == sum(found.values())
    return dict(found)


def from_observations_of_json(shown: Report) -> dict[str, int]:
    standings = [each["standing"] for each in plain(shown)["observations"]]
    return {str(standing): standings.count(standing) for standing in Standing}


REPORTS = {"every outcome": every_outcome(), "nothing": EMPTY, "large": large(9, 40)}
RENDERINGS = (
    from_terminal,
    from_page,
    from_cells_of_page,
    from_markdown,
    from_json,
    from_observations_of_json,
)


@pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)
@pytest.mark.parametrize("rendering", RENDERINGS)
def test_all_renderings_give_the_same_totals(
    rendering: Callable[[Report], dict[str, int]], shown: Report
) -> None:
    expected = {str(standing): n for standing, n in totals(shown).observations.items()}
    assert rendering(shown) == expected
    assert sum(expected.values()) == len(list(shown.observations))


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
    jsonschema.validate(plain(shown), SCHEMA)


@pytest.mark.parametrize("broken", ["totals", "targets", "schema_version"])
def test_the_schema_refuses_what_lacks_a_part(broken: str) -> None:
    document = plain(every_outcome())
    del document[broken]
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, SCHEMA)


def evil() -> Report:
    """A report all of whose texts try to be more than text."""
    error = Error(type=EVIL, message=EVIL)
    verdicts = [
        verdict(outcome, EVIL, scenario=f"s{EVIL}", variant=EVIL, reason=f"{EVIL}\n{EVIL}")
        for outcome in (Outcome.NEWLY_RAISES, Outcome.CRASHED)
    ]
    target = replace(target_report("tf-2.15", *verdicts, error=error), reason=EVIL, keras=EVIL)
    change = finding(ChangeKind.VALUES, EVIL, scenario=EVIL, before=EVIL, after=EVIL)
    shown = report(target, comparisons=[comparison(EVIL, "tf-2.15", change, lost=[EVIL])])
    return replace(shown, refused=(EVIL,), uncompared=((EVIL, EVIL, EVIL),))


def test_no_text_of_a_record_becomes_a_part_of_the_page() -> None:
    page = render(evil())
    tree = parsed(page)
    assert len(list(tree.iter(f"{NAMESPACE}script"))) == 2
    assert not list(tree.iter(f"{NAMESPACE}img"))
    assert page.count("</script>") == 2
    assert EVIL in data_of(page)["texts"]


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
    verdicts = [verdict(Outcome.DRIFT, f"step {number}") for number in range(50)]
    assert len(list(annotations(report(target_report("tf-2.15", *verdicts))))) == ANNOTATIONS


def test_a_report_without_regressions_annotates_nothing() -> None:
    assert list(annotations(report(target_report("tf-2.15", verdict(Outcome.IDENTICAL))))) == []


def test_markdown_is_never_too_long_and_says_what_is_cut() -> None:
    verdicts = [verdict(Outcome.DRIFT, f"step {n}", reason="why " * 90) for n in range(2000)]
    text = markdown(report(target_report("tf-2.15", *verdicts)))
    assert len(text) <= LENGTH
    assert re.search(r"Cut, .*: \d+ of 2000 lines of", text)
    assert text.count("<details>") == text.count("</details>")
    assert text.count("```") % 2 == 0


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


def test_an_error_of_a_megabyte_is_cut_before_it_is_shown() -> None:
    from harness.report.model import cut

    text = cut("x" * 1_000_000)
    assert len(text) < ERROR_LENGTH + 60
    assert text.endswith(f"... ({1_000_000 - ERROR_LENGTH} more characters in the record)")
    assert cut("x" * ERROR_LENGTH) == "x" * ERROR_LENGTH


def test_60_targets_with_300_observations_fit_a_page() -> None:
    assert len(render(large()).encode()) <= 3_000_000
