"""The page in a browser: Debian's Chromium, opened from a file."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from harness.judging.changes import ChangeKind
from harness.judging.verdicts import Outcome
from harness.report.writing import write_report
from tests.integration.pages import Visit, opened, shown_changes
from tests.support.makers import accepts, verdict
from tests.support.reports import comparison, finding, report, target_report

ORDER = ["tf-2.14", "tf-2.15", "tf-2.16", "keras-3.0"]  # the targets of the small report


def test_all_is_shown_at_first(visit: Visit) -> None:
    assert shown_changes(visit.page) == ["States are gone", "Values are others"]
    assert visit.page.locator("#grid thead .target:visible").count() == 4


def test_a_scenario_filters_changes_and_matrix(visit: Visit) -> None:
    visit.page.select_option("#f-scenario", "reset")
    assert shown_changes(visit.page) == ["States are gone"]
    rows = visit.page.locator("#grid tbody[data-row]:visible th")
    assert rows.all_inner_texts() == ["reset fixed", "reset strict"]


def test_an_outcome_shows_the_steps_that_have_it(visit: Visit) -> None:
    visit.page.select_option("#f-outcome", "drift")
    assert visit.page.locator("#grid tr.step:visible th").all_inner_texts() == ["second pass"]


def test_only_changes_leaves_out_what_is_the_same_everywhere(visit: Visit) -> None:
    visit.page.select_option("#f-from", "tf-2.15")
    visit.page.check("#f-only")
    steps = visit.page.locator("#grid tr.step:visible th").all_inner_texts()
    assert sorted(steps) == ["reset to ones", "second pass"]


def test_a_range_filters_columns_and_changes(visit: Visit) -> None:
    visit.page.select_option("#f-from", "tf-2.15")
    visit.page.select_option("#f-to", "tf-2.16")
    assert shown_changes(visit.page) == ["States are gone"]
    assert visit.page.locator("#grid thead .target:visible").all_inner_texts() == ["2.15", "2.16"]
    assert visit.page.locator("#grid thead .family:visible").all_inner_texts() == ["tensorflow"]


@pytest.mark.parametrize(
    ("ends", "columns", "changes"),
    [
        (("tf-2.15", "tf-2.16"), ["2.15", "2.16"], ["States are gone"]),
        (("tf-2.16", "tf-2.15"), ["2.15", "2.16"], ["States are gone"]),
        # the way to Keras 3 leaves TensorFlow's row where Keras 3 does
        (("tf-2.14", "keras-3.0"), ["2.14", "2.15", "3.0"], ["Keras 3", "Values are others"]),
        (("tf-2.16", "keras-3.0"), ["2.16", "3.0"], []),
    ],
)
def test_a_range_shows_its_targets_and_the_changes_between_them(
    visit: Visit, ends: tuple[str, str], columns: list[str], changes: list[str]
) -> None:
    page = visit.page
    page.select_option("#f-from", ends[0])
    page.select_option("#f-to", ends[1])
    assert page.locator("#grid thead .target:visible").all_inner_texts() == columns
    assert shown_changes(page) == changes
    assert page.input_value("#f-from") == min(ends, key=ORDER.index)


def test_what_a_filter_leaves_is_said_alike_everywhere(visit: Visit) -> None:
    page = visit.page
    headings = page.locator("#known .fold:visible")
    folded = ["Behaviour of code (2)", "Internals of Keras (1)"]
    assert headings.all_inner_texts() == folded
    page.select_option("#f-scenario", "internals")
    assert headings.all_inner_texts() == ["Internals of Keras (1 of 1)"]
    assert shown_changes(page) == ["Keras 3"]
    assert page.inner_text("#f-status") == "1 of 3 causes, 1 step"
    page.select_option("#f-scenario", "")
    page.select_option("#f-outcome", "drift")
    assert page.inner_text("#f-status") == "1 step"
    assert headings.all_inner_texts() == folded
    page.click("#f-reset")
    assert shown_changes(page) == ["States are gone", "Values are others"]


@pytest.mark.parametrize(
    ("query", "changes", "columns", "status"),
    [
        ("gone", ["States are gone"], 4, "1 of 3 causes, 1 step"),
        ("RESET gone", ["States are gone"], 4, "1 of 3 causes, 1 step"),
        ("nowhere", [], 4, "0 of 3 causes, 0 steps"),
        ("target:2.16", ["States are gone"], 1, "1 of 3 causes, 4 steps"),
        ("target:2.16 target:2.15", ["States are gone", "Values are others"], 2, "2 of 3"),
        ('target:"2.16"', [], 0, "0 of 3 causes, 0 steps"),
        ("family:keras", ["Keras 3"], 1, "1 of 3 causes, 2 steps"),
        ("scenario:reset", ["States are gone"], 4, "1 of 3 causes, 2 steps"),
        ('step:"first pass"', ["Values are others"], 4, "1 of 3 causes, 1 step"),
        ("outcome:drift", ["Keras 3", "States are gone", "Values are others"], 4, "1 step"),
        ("kind:moved", ["Keras 3"], 4, "1 of 3 causes, 0 steps"),
        ('cause:"states are gone"', ["States are gone"], 4, "1 of 3 causes, 1 step"),
        ("knowledge:unknown", [], 4, "0 of 3 causes, 0 steps"),
        ("effect:raises", ["States are gone"], 4, "1 of 3 causes, 1 step"),
        ("since:3.1", ["Values are others"], 4, "1 of 3 causes, 1 step"),
        ("Since:3.1 values", ["Values are others"], 4, "1 of 3 causes, 1 step"),
    ],
)
def test_a_search_takes_words_and_fields_and_a_link_repeats_it(
    visit: Visit, browser: Browser, query: str, changes: list[str], columns: int, status: str
) -> None:
    visit.page.fill("#f-q", query)
    other = browser.new_page()
    opened(
        other,
        Path(visit.page.url.removeprefix("file://").split("#")[0]),
        "#" + visit.page.url.split("#")[1],
    )
    for page in (visit.page, other):
        assert page.input_value("#f-q") == query
        assert shown_changes(page) == changes
        assert page.locator("#grid thead .target:visible").count() == columns
        assert status in page.inner_text("#f-status")
        assert page.get_attribute("#f-q", "aria-invalid") == "false"
    other.close()
    visit.page.click("#f-reset")
    visit.page.wait_for_function("!location.hash")
    assert shown_changes(visit.page) == ["States are gone", "Values are others"]


def test_an_unknown_field_of_a_search_is_named_with_the_fields_that_there_are(
    visit: Visit,
) -> None:
    page = visit.page
    fields = page.locator("#fields code").all_inner_texts()
    visit.page.fill("#f-q", "colour:red since:3.1")
    status = page.inner_text("#f-status")
    assert status.startswith("There is no field colour; the fields are target, family, scenario,")
    assert page.get_attribute("#f-q", "aria-invalid") == "true"
    assert shown_changes(page) == ["Values are others"]
    assert all(f"{field.strip(':')}" in status for field in fields[:-1])


def test_each_comparison_opens_to_its_causes_with_their_evidence(visit: Visit) -> None:
    page = visit.page
    heads = page.locator(".comparison > summary").all_inner_texts()
    assert heads[1] == "tf-2.15 → tf-2.16 1 cause, 1 finding: 1 explained, 0 covered, 0 unknown"
    page.locator(".comparison > summary").nth(1).click()
    cause = page.locator(".causes > li:visible")
    assert "States are gone" in cause.inner_text()
    assert "Instead: something else" in cause.inner_text()
    cause.locator("summary").click()
    assert "newly raises: reset / reset to ones (fixed): mean 2 instead of" in cause.inner_text()


def test_a_function_with_another_source_opens_to_its_changed_lines(
    browser: Browser, tmp_path: Path
) -> None:
    body = finding(
        ChangeKind.BODY, "RNN.call", scenario="", before="a\nreturn 1", after="a\nraise <b>"
    )
    write_report(report(comparisons=[comparison("tf-2.14", "tf-2.15", body)]), tmp_path)
    page = browser.new_page()
    opened(page, tmp_path / "index.html")
    page.locator(".comparison > summary").click()
    page.locator(".sources summary").click()
    assert page.locator(".sources summary").inner_text() == "another source: RNN.call"
    assert page.locator(".unified del").all_inner_texts() == ["-return 1\n"]
    assert page.locator(".unified ins").all_inner_texts() == ["+raise <b>\n"]
    page.close()


def test_filters_leave_open_what_the_reader_opened(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="stateful fixed", exact=True).click()
    steps = page.locator("#grid tr.step:visible th")
    assert steps.all_inner_texts() == ["first pass", "second pass"]
    page.select_option("#f-outcome", "drift")
    assert steps.all_inner_texts() == ["second pass"]
    page.select_option("#f-outcome", "raises")
    assert steps.all_inner_texts() == ["reset to ones", "reset to ones"]
    page.select_option("#f-outcome", "")
    assert steps.all_inner_texts() == ["first pass", "second pass"]


def test_only_changes_heeds_in_which_variant_a_step_changes(visit: Visit) -> None:
    page = visit.page
    page.check("#f-only")
    rows = page.locator("#grid tbody[data-row]:visible > tr:first-child th").all_inner_texts()
    assert rows == ["reset fixed", "stateful fixed"]


@pytest.mark.parametrize("link", ["nav a[href='#matrix']", "#grid thead .target a >> nth=1"])
def test_a_link_within_the_page_keeps_the_filter_in_the_address(visit: Visit, link: str) -> None:
    page = visit.page
    page.select_option("#f-scenario", "reset")
    address = page.url
    page.click(link)
    assert page.url == address
    assert page.evaluate("document.activeElement.id") in ("matrix", "t-tf-2.15")
    page.reload()
    assert page.input_value("#f-scenario") == "reset"
    page.click("#f-reset")
    page.wait_for_function("!location.hash")
    page.click(link)
    assert page.url.endswith(("#matrix", "#t-tf-2.15"))


def test_the_address_keeps_the_filter(visit: Visit, browser: Browser) -> None:
    visit.page.select_option("#f-scenario", "reset")
    visit.page.select_option("#f-to", "tf-2.16")
    visit.page.check("#f-only")
    address = visit.page.url
    assert "scenario=reset" in address
    other = browser.new_page()
    other.goto(address)
    assert other.input_value("#f-scenario") == "reset"
    assert other.input_value("#f-to") == "tf-2.16"
    assert other.is_checked("#f-only")
    assert shown_changes(other) == shown_changes(visit.page)
    other.close()
    visit.page.click("#f-reset")
    visit.page.wait_for_function("!location.hash")
    assert shown_changes(visit.page) == ["States are gone", "Values are others"]


def test_an_address_that_names_what_there_is_not_shows_all(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = browser.new_page()
    found = opened(page, pages["all"], "#scenario=none&from=tf-9&at=tf-9~a~b~c&other=1")
    assert shown_changes(page) == ["States are gone", "Values are others"]
    assert found.complaints == []
    page.close()


def test_a_release_of_the_strip_filters_by_its_step(visit: Visit) -> None:
    visit.page.click(".strip button[aria-label='tf-2.16']")
    assert shown_changes(visit.page) == ["States are gone"]
    visit.page.click(".strip button[aria-label='tf-2.16']")
    assert shown_changes(visit.page) == ["States are gone", "Values are others"]


def test_a_release_of_which_there_is_no_record_is_no_filter(
    browser: Browser, tmp_path: Path
) -> None:
    changes = comparison("tf-2.14", "tf-2.15", finding(ChangeKind.VALUES, "step", accepts("*: *")))
    shown = target_report("tf-2.15", verdict(Outcome.IDENTICAL))
    write_report(report(shown, comparisons=[changes]), tmp_path)
    page = browser.new_page()
    opened(page, tmp_path / "index.html")
    assert page.locator(".strip thead th").all_inner_texts() == ["2.15"]
    assert page.locator(".strip button").count() == 0
    page.close()


def test_a_known_change_opens_to_its_changes(visit: Visit) -> None:
    visit.page.get_by_role("row", name="States are gone").get_by_role("button").click()
    assert "reset / reset to ones" in visit.page.locator("tr.found").inner_text()


def test_the_newest_can_stand_first(visit: Visit) -> None:
    titles = visit.page.locator("#known tr[data-known]:visible th a")
    assert titles.all_inner_texts() == ["Values are others", "States are gone"]
    visit.page.click("#order")
    assert titles.all_inner_texts() == ["States are gone", "Values are others"]
    visit.page.click("#order")
    assert titles.all_inner_texts() == ["Values are others", "States are gone"]
