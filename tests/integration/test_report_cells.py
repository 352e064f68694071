"""The cells of the page in a browser: what they open to, their addresses, and the keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from harness.base.project import PROBE
from harness.judging.verdicts import Outcome
from harness.report.writing import write_report
from tests.integration.pages import Visit, opened
from tests.support.makers import verdict
from tests.support.reports import report, target_report


def test_a_cell_opens_to_what_was_measured_and_the_address_names_it(
    visit: Visit, browser: Browser
) -> None:
    visit.page.get_by_role("button", name="reset fixed", exact=True).click()
    visit.page.locator("tr.step button.cell").nth(2).click()
    detail = visit.page.locator("#detail")
    assert detail.is_visible()
    text = detail.inner_text()
    assert "TypeError: reset_states() got an argument" in text
    assert "state-harness run tf-2.16 -k reset" in text
    address = visit.page.url
    visit.page.keyboard.press("Escape")
    assert not detail.is_visible()
    visit.page.wait_for_function("!location.hash")
    other = browser.new_page()
    other.goto(address)
    assert other.locator("#detail").inner_text() == text
    other.close()


@pytest.mark.parametrize(
    ("link", "hash_", "script"),
    [
        ("#detail a", "#at=tf-2.16&at=reset&at=fixed", "reset"),
        ("#known td.instead a", "", "portable_set_values"),
    ],
)
def test_a_script_is_there_wherever_the_report_is(
    browser: Browser, pages: dict[str, Path], link: str, hash_: str, script: str
) -> None:
    page = browser.new_page()
    opened(page, pages["all"], hash_)
    page.locator(link).first.click()
    page.wait_for_url(f"{pages['all'].parent.as_uri()}/scenarios/{script}.py")
    text = (PROBE / "scenarios" / f"{script}.py").read_text(encoding="utf-8")
    assert page.inner_text("body").strip() == text.strip()
    page.close()


@pytest.mark.parametrize("hash_", ["#scenario=reset", "#matrix", ""])
def test_an_address_without_a_cell_closes_the_one_that_is_open(visit: Visit, hash_: str) -> None:
    page = visit.page
    page.locator("#grid button.cell").first.click()
    page.evaluate("hash => { location.hash = hash; }", hash_)
    page.locator("#detail").wait_for(state="hidden")
    assert "at=" not in page.url


def test_a_cell_has_an_address_whatever_its_names(browser: Browser, tmp_path: Path) -> None:
    odd = verdict(Outcome.DRIFT, "a~b & c=d", scenario="x~%7E", variant="+&#", reason="far")
    write_report(report(target_report("tf-2.15", odd)), tmp_path)
    page = browser.new_page()
    opened(page, tmp_path / "index.html")
    page.locator("#grid button.open").first.click()
    page.locator("#grid tr.step button.cell").first.click()
    other = browser.new_page()
    other.goto(page.url)
    assert other.inner_text("#detail") == page.inner_text("#detail")
    page.close()
    other.close()


LATE = """async () => {
  const cells = [...document.querySelectorAll("#grid button.cell")];
  cells[0].focus();
  cells[0].click();
  document.getElementById("detail").close();
  THEN
  await new Promise((done) => setTimeout(done, 200));
  const { cellIndex } = document.activeElement.closest("td") ?? {};
  return [document.getElementById("detail").open, location.hash, cellIndex];
}"""

PRESS = """document.activeElement.dispatchEvent(
  new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true, cancelable: true }));"""


@pytest.mark.parametrize(
    ("then", "ends"),
    [
        ("cells[1].click();", [True, "#at=tf-2.15&at=reset&at=fixed", None]),
        (PRESS, [False, "", 2]),
    ],
)
def test_what_is_done_before_the_browser_tells_that_a_cell_closed_stays(
    visit: Visit, then: str, ends: list[object]
) -> None:
    assert visit.page.evaluate(LATE.replace("THEN", then)) == ends


def test_a_cell_is_named_by_its_target_and_step(visit: Visit) -> None:
    page = visit.page
    page.get_by_role("button", name="reset fixed", exact=True).click()
    page.get_by_role("button", name="tf-2.16, reset fixed: raises, changed", exact=True).wait_for()
    name = "tf-2.16, reset fixed, reset to ones: raises, changed"
    page.get_by_role("button", name=name, exact=True).wait_for()


def test_everything_can_be_done_with_the_keyboard(visit: Visit) -> None:
    page = visit.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.locator("#grid button.cell").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('td').cellIndex") == 3
    page.keyboard.press("Enter")
    assert page.locator("#detail").is_visible()
    assert "tf-2.16" in page.inner_text("#detail-title")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.closest('td').cellIndex") == 3
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.closest('tbody').dataset.row") == "1"
    page.locator("#known button.findings").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("tr.found").is_visible()


def tabbed_to(page: Page) -> list[str]:
    """The rows of the cells of the matrix at which Tab stops, from the top of the page on."""
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.locator("h1").click()
    stops = []
    for _ in range(150):
        page.keyboard.press("Tab")
        row = page.evaluate(
            "document.activeElement.matches('#grid button.cell')"
            " ? document.activeElement.closest('tr').cells[0].innerText : null"
        )
        if page.evaluate("document.activeElement === document.body"):
            break
        if row:
            stops.append(row)
    return stops


def test_tab_alone_reaches_the_matrix_at_one_cell_whatever_is_hidden(visit: Visit) -> None:
    page = visit.page
    assert tabbed_to(page) == ["reset fixed"]
    page.select_option("#f-scenario", "stateful")
    assert tabbed_to(page) == ["stateful fixed"]
    page.click("#f-reset")
    page.select_option("#f-from", "tf-2.16")
    assert tabbed_to(page) == ["reset fixed"]
    page.click("#f-reset")
    page.get_by_role("button", name="reset fixed", exact=True).click()
    page.locator("#grid button.cell").first.focus()
    page.keyboard.press("ArrowDown")
    assert tabbed_to(page) == ["reset to ones"]
    page.get_by_role("button", name="reset fixed", exact=True).click()
    assert tabbed_to(page) == ["reset fixed"]
    page.select_option("#f-outcome", "drift")
    assert tabbed_to(page) == ["stateful fixed"]


def test_only_a_click_outside_of_a_cell_s_box_closes_it(visit: Visit) -> None:
    page = visit.page
    page.locator("#grid button.cell").first.click()
    box = page.locator("#detail").bounding_box()
    assert box
    for inside in ((3, 400), (200, box["height"] - 20)):
        page.mouse.click(box["x"] + inside[0], box["y"] + inside[1])
        assert page.locator("#detail").is_visible()
    page.mouse.click(box["x"] - 5, 400)
    assert not page.locator("#detail").is_visible()
