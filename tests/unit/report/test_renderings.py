"""The four renderings of a report: the same totals, valid, escaped, and not too long."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import pytest

from harness.judging.changes import ChangeKind
from harness.judging.known import Knowledge
from harness.judging.verdicts import Axis, Outcome, Standing
from harness.report.html import matrix_rows, render, slug
from harness.report.markdown import markdown
from harness.report.model import Report, totals
from tests.support.makers import accepts, verdict
from tests.support.renderings import (
    NAMESPACE,
    REPORTS,
    data_of,
    evil,
    parsed,
    plain,
    terminal,
)
from tests.support.reports import comparison, every_outcome, finding, large, report, target_report

Counts = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Said:
    """The totals in a rendering: observations and targets by standing, and the changes, with
    their findings by what is known of them, and the causes of these.
    """

    observations: Counts
    targets: Counts
    changes: int
    knowledge: Counts
    causes: int


def counted(text: str, words: type[StrEnum] = Standing) -> Counts:
    """The numbers of a text like `3 unchanged, 1 fixed`."""
    numbers = re.findall(rf"([\d,]+)\s+({'|'.join(words)})\b", text)
    return {word: whole(number) for number, word in numbers}


def told(text: str) -> dict[str, Any]:
    """The changes, the findings by what is known of them, and the causes, of one sentence."""
    [(changes, findings, causes, known)] = re.findall(
        r"([\d,]+) changes? between neighbouring targets, of which ([\d,]+) findings? from "
        r"([\d,]+) causes?: (.*? unknown)",
        text,
    )
    knowledge = counted(known, Knowledge)
    assert sum(knowledge.values()) == whole(findings)
    return {"changes": whole(changes), "causes": whole(causes), "knowledge": knowledge}


def whole(number: str) -> int:
    return int(number.replace(",", ""))


def from_terminal(shown: Report) -> Said:
    text = " ".join(terminal(shown).split())
    [observations, targets] = re.findall(
        r"[\d,]+ observations?: (.*?) [\d,]+ targets?: (.*?) [\d,]+ changes?", text
    )[0]
    return Said(observations=counted(observations), targets=counted(targets), **told(text))


def from_page(shown: Report) -> Said:
    spans = {e.get("id"): e.text for e in parsed(render(shown)).iter(f"{NAMESPACE}span")}
    return Said(
        observations=counted(spans["observations-total"].split(":")[1]),
        targets=counted(spans["targets-total"].split(":")[1]),
        **told(spans["changes-total"]),
    )


def from_data_of_page(shown: Report) -> Said:
    data = data_of(render(shown))
    cells = [number for row in data["rows"] for number in row[5] if number >= 0]
    comparisons = data["comparisons"]
    knowledge = [
        causes[change[4]][1]
        for _, _, changes, causes, _ in comparisons
        for change in changes
        if data["kinds"][change[0]][1]
    ]
    return Said(
        observations=each_standing(
            data["outcomes"][data["cells"][number][0]][2] for number in cells
        ),
        targets=each_standing(target[2] for target in data["targets"]),
        changes=sum(len(changes) for _, _, changes, *_ in comparisons),
        knowledge=each_of(Knowledge, knowledge),
        causes=sum(len(causes) for *_, causes, _ in comparisons),
    )


def from_markdown(shown: Report) -> Said:
    lines = markdown(shown).splitlines()
    [head] = [line for line in lines if line.startswith("| | total |")]
    [changes] = [line for line in lines if " changes between neighbouring targets, " in line]
    rows = [
        dict(zip(cells_of(head), map(int, cells_of(line)), strict=True))
        for name in ("observations", "targets")
        for line in lines
        if line.startswith(f"| {name} |")
    ]
    return Said(observations=rows[0], targets=rows[1], **told(changes))


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
        knowledge={each: found[each] for each in Knowledge},
        causes=found["causes"],
    )


def from_lists_of_json(shown: Report) -> Said:
    found = plain(shown)
    return Said(
        observations=each_standing(each["standing"] for each in found["observations"]),
        targets=each_standing(each["outcome"] for each in found["targets"]),
        changes=len(found["changes"]),
        knowledge=each_of(
            Knowledge, (each["knowledge"] for each in found["changes"] if each["finding"])
        ),
        causes=len(found["causes"]),
    )


def from_causes_of_json(shown: Report) -> Said:
    found = plain(shown)
    counts: Counter[str] = Counter()
    for each in found["causes"]:
        counts[each["knowledge"]] += each["findings"]
    for each in found["comparisons"]:
        assert each["findings"] == sum(each[knowledge] for knowledge in Knowledge)
    return replace(
        from_lists_of_json(shown), knowledge={str(each): counts[each] for each in Knowledge}
    )


def each_standing(standings: Iterable[str]) -> Counts:
    return each_of(Standing, standings)


def each_of(words: type[StrEnum], found: Iterable[str]) -> Counts:
    counts = Counter(found)
    return {str(word): counts[word] for word in words}


RENDERINGS = (
    from_terminal,
    from_page,
    from_data_of_page,
    from_markdown,
    from_json,
    from_lists_of_json,
    from_causes_of_json,
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
        knowledge={str(each): n for each, n in counted.knowledge.items()},
        causes=counted.causes,
    )
    assert counted.knowledge[Knowledge.UNKNOWN] == sum(
        len(cause.changes) for _, cause in shown.unknown
    )
    assert sum(counted.observations.values()) == sum(
        len(each.observations) for each in shown.targets
    )


@pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)
def test_totals_of_changes_add_up(shown: Report) -> None:
    found = plain(shown)
    counts = found["totals"]["changes"]
    kinds = {
        str(kind): [each["kind"] for each in found["changes"]].count(kind) for kind in ChangeKind
    }
    assert counts == {"total": len(found["changes"]), **kinds}
    totals = found["totals"]
    assert totals["findings"] == sum(each["finding"] for each in found["changes"])
    assert totals["findings"] == sum(totals[each] for each in Knowledge)
    assert totals["not_known"] == totals["unknown"]


def test_every_finding_of_the_json_names_a_cause_of_its_comparison() -> None:
    found = plain(every_outcome())
    causes = {(each["from"], each["to"], each["title"]) for each in found["causes"]}
    of = [(e["from"], e["to"], e["cause"]) for e in found["changes"] if e["finding"]]
    assert set(of) == causes
    assert all(each["cause"] is None for each in found["changes"] if not each["finding"])


@pytest.mark.parametrize("rendering", [terminal, render, markdown])
def test_every_cause_is_in_every_text_for_people(rendering: Callable[[Report], str]) -> None:
    text = " ".join(rendering(every_outcome()).split())
    for title in ("A title", "RNN.states: removed"):
        assert title in text


@pytest.mark.parametrize("rendering", [render, markdown, lambda s: str(plain(s)["comparisons"])])
def test_a_comparison_without_findings_says_what_its_functions_do(
    rendering: Callable[[Report], str],
) -> None:
    body = finding(
        ChangeKind.BODY, "RNN.call", scenario="", before="return 1", after="raise ValueError"
    )
    text = rendering(report(comparisons=[comparison("tf-2.14", "tf-2.15", body)]))
    assert "Nothing that the scenarios do differs; 1 watched function has another source" in text
    assert "0 findings" not in text.replace("of which 0 findings", "")


def test_the_page_has_the_changed_lines_of_a_function() -> None:
    body = finding(
        ChangeKind.BODY, "RNN.call", scenario="", before="a\nreturn 1", after="a\nraise ValueError"
    )
    data = data_of(render(report(comparisons=[comparison("tf-2.14", "tf-2.15", body)])))
    [[names, lines, left]] = data["comparisons"][0][4]
    assert (data["texts"][names], left) == ("RNN.call", 0)
    assert data["texts"][lines].splitlines()[-3:] == [" a", "-return 1", "+raise ValueError"]


EACH_AXIS = {
    Axis.DRIFT: ("stateful", "fixed", "stateful"),
    Axis.WATCH: ("internals", "", None),
    Axis.ORACLE: ("oracle", "stateful", "stateful"),
    Axis.PUBLISHED: ("article", "stateful", "stateful"),
}


@pytest.mark.parametrize(("axis", "listed"), EACH_AXIS.items(), ids=list(Axis))
def test_the_json_lists_each_axis_under_its_heading(
    axis: Axis, listed: tuple[str, str, str | None]
) -> None:
    [found] = plain(report(target_report("tf-2.15", verdict(Outcome.DRIFT, axis=axis))))[
        "observations"
    ]
    assert (found["scenario"], found["variant"], found["script"]) == listed
    assert (found["axis"], found["step"]) == (axis, "step")


def test_uncompared_pairs_are_separate_from_pairs_compared_in_part() -> None:
    shown = report(comparisons=[comparison("tf-2.14", "tf-2.15", lost=["a run crashed"])])
    found = plain(replace(shown, uncompared=(("tf-2.13", "tf-2.14", "no baseline"),)))
    pairs = {"from": "tf-2.13", "to": "tf-2.14", "reason": "no baseline"}
    assert found["uncompared"] == [pairs]
    in_part = {"from": "tf-2.14", "to": "tf-2.15", "reason": "a run crashed"}
    assert found["compared_in_part"] == [in_part]


@pytest.mark.parametrize("shown", [*REPORTS.values(), evil()], ids=[*REPORTS, "evil"])
def test_the_page_is_valid_and_loads_no_other_file(shown: Report) -> None:
    page = render(shown)
    for element in parsed(page).iter():
        for name in ("src", "srcset", "data", "action"):
            assert element.get(name) is None
        if element.get("rel") == "alternate":
            assert element.get("type") == "application/atom+xml"  # a browser offers it
        elif element.tag in (f"{NAMESPACE}link", f"{NAMESPACE}use"):
            assert element.get("href", "data:").startswith(("data:", "#"))
    style = page[page.index("<style>") : page.index("</style>")]
    assert "url(" not in style
    assert "@import" not in style


def test_every_identifier_on_the_page_is_unique() -> None:
    found = [e.get("id") for e in parsed(render(large(9, 40))).iter() if e.get("id")]
    assert [name for name in found if found.count(name) > 1] == []


def test_every_outcome_has_a_sign_and_a_colour_of_its_own_on_the_page() -> None:
    page = render(every_outcome())
    cells = [e for e in parsed(page).iter(f"{NAMESPACE}span") if "cell" in e.get("class", "")]
    assert len({outcome.sign for outcome in Outcome}) == len(Outcome)
    for outcome in Outcome:
        name = f"o-{slug(outcome)}"
        assert re.search(rf"\.{name}\b[^{{}}]*{{[^}}]*background", page), name
        assert outcome.sign in [e.text for e in cells if name in e.get("class", "").split()]


def test_the_page_counts_silent_outcomes() -> None:
    header = " ".join(render(every_outcome()).split("<nav", maxsplit=1)[0].split())
    assert "(1 left out, 1 not applicable)" in header
    fine = report(target_report("tf-2.15", verdict(Outcome.IDENTICAL)))
    assert "left out)" not in render(fine).split("<nav", maxsplit=1)[0]


def test_a_scenario_with_the_name_of_an_axis_has_its_own_rows() -> None:
    verdicts = [
        verdict(Outcome.IDENTICAL, scenario="oracle", variant="stateful"),
        verdict(Outcome.DRIFT, axis=Axis.ORACLE),
        verdict(Outcome.RAISES, scenario="reset"),
        verdict(Outcome.CRASHED, "", axis=Axis.WATCH),
    ]
    shown = report(target_report("tf-2.15", *verdicts))
    data = data_of(render(shown))
    groups = [[data["texts"][row[0]], row[6], data["texts"][row[2]]] for row in data["rows"]]
    assert groups == [
        ["oracle", "drift", "step"],
        ["oracle", "oracle", "step"],
        ["reset", "drift", "step"],
        ["internals", "watch", "(all)"],
    ]
    # the page's script finds the group of a row of the table by its number
    assert [(row.number, row.scenario, row.axis) for row in matrix_rows(shown)] == [
        (at, scenario, axis) for at, (scenario, axis, _) in enumerate(groups)
    ]


def test_60_targets_with_300_observations_fit_a_page() -> None:
    assert len(render(large()).encode()) <= 3_000_000


def test_the_page_counts_in_words_also_without_scripts() -> None:
    known = accepts("newly raises: *")
    one = finding(ChangeKind.NEWLY_RAISES, "one", known)
    for changes, words in (((one,), "1 change"), ((one, one), "2 changes")):
        text = render(report(comparisons=[comparison("tf-2.15", "tf-2.16", *changes)]))
        assert f'<span class="nojs">{words}</span>' in text


def test_a_single_target_is_one() -> None:
    page = render(report(target_report("tf-2.15", verdict(Outcome.IDENTICAL))))
    assert ">1 target: " in page
    assert ">1 observation: " in page
