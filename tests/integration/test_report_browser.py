"""The page in a browser: Debian's Chromium, opened from a file."""

import datetime
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import pytest
from axe_core_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from harness.changes import ChangeKind, Outcome
from harness.history import stretches
from harness.internals import Described
from harness.night import STALE
from harness.paths import PROBE
from harness.records import Error
from harness.report.actions import command
from harness.report.legible import legible
from harness.report.model import History, Report, explained
from harness.report.writing import write_report
from tests.unit.makers import accepts, verdict
from tests.unit.reports import comparison, every_outcome, finding, large, report, target_report

CHROMIUM = shutil.which("chromium")
WIDE: ViewportSize = {"width": 1440, "height": 900}
PHONE: ViewportSize = {"width": 375, "height": 812}
ORDER = ["tf-2.14", "tf-2.15", "tf-2.16", "keras-3.0"]  # the targets of the small report
LARGEST = 3_000_000  # bytes of a page with 60 targets of 300 observations
MARKUP = "</script><script>window.evil = 1</script><img src=x onerror='window.evil = 1'>"
EVIL = f"{MARKUP} \x1b[31mred\x1b[0m \x1b]0;title\x07\x9b1m\x00\x85\u202e\ud800 $& '"


@dataclass(kw_only=True)
class Visit:
    """An open page, and all that it asked for or complained of."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.fail("there is no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("pages")
    reports = {
        "all": small(),
        "busy": busy(),
        "evil": evil(),
        "medium": large(12, 60),
        "large": large(),
    }
    for name, shown in reports.items():
        write_report(shown, directory / name)
    return {name: directory / name / "index.html" for name in reports}


@pytest.fixture
def visit(browser: Browser, pages: dict[str, Path]) -> Iterator[Visit]:
    """The small report on a wide screen; whatever a test does, the page must not complain."""
    context = browser.new_context(viewport=WIDE, color_scheme="light")
    visit = opened(context.new_page(), pages["all"])
    yield visit
    context.close()
    assert visit.complaints == []
    assert [url for url in visit.requests if not url.startswith(("file://", "data:"))] == []


def small() -> Report:
    """Targets of which the second does otherwise what a known change explains."""
    known = accepts(
        "newly raises: *", title="States are gone", portable="portable_set_values", since="3.2"
    )
    other = accepts("other values: *", title="Values are others", since="3.1")
    inside = accepts("moved: *", title="Keras 3")
    error = Error(type="TypeError", message="reset_states() got an argument")
    works = verdict(Outcome.IDENTICAL, "reset to ones", scenario="reset", mean=0.5)
    fails = verdict(Outcome.RAISES, "reset to ones", scenario="reset", reason="TypeError")
    same = verdict(Outcome.IDENTICAL, "first pass", mean=0.25)
    drift = verdict(Outcome.DRIFT, "second pass", reason="far", mean=0.75)
    watched = verdict(Outcome.IDENTICAL, "RNN.call", scenario="internals", variant="")
    strict = verdict(Outcome.RAISES, "reset to ones", scenario="reset", variant="strict")
    return report(
        target_report("tf-2.14", works, same, watched),
        target_report("tf-2.15", works, same),
        target_report("tf-2.16", fails, same, drift, strict, error=error),
        target_report("keras-3.0", fails, same, family="keras", error=error),
        comparisons=[
            comparison("tf-2.14", "tf-2.15", finding(ChangeKind.VALUES, "first pass", other)),
            comparison(
                "tf-2.15",
                "tf-2.16",
                finding(ChangeKind.NEWLY_RAISES, "reset to ones", known, scenario="reset"),
            ),
            comparison(
                "tf-2.15", "keras-3.0", finding(ChangeKind.MOVED, "RNN", inside, scenario="")
            ),
        ],
    )


def busy() -> Report:
    """As many changes as have the loudest colour, and internals that call each other."""
    known = accepts("newly raises: *", title="States are gone", portable="portable_set_values")
    many = [finding(ChangeKind.NEWLY_RAISES, f"step {n}", known) for n in range(25)]
    inside = [finding(ChangeKind.MOVED, f"RNN.{n}", known, scenario="") for n in range(25)]
    described = {
        "RNN.call": [
            Described(
                kind="method", calls=("stateless, first call: by RNN.__call__ (a)",), body=body
            )
            for body in ("one\nold", "one\nnew")
        ],
        "Cell.new": [Described(), Described(kind="method")],
        "Cell.call": [
            Described(kind="method", body="a body", calls=calls)
            for calls in (
                ("stateless, first call: by RNN.call (b)",),
                (
                    "stateless, first call: by RNN.call (c)",
                    "stateless, later call: by the script (d) 2 times",
                    "stateless, later call: by RNN.__call__ (e)",
                    "stateful, fit: raises TypeError",
                ),
            )
        ],
    }
    watches = {
        target: {name: sides[at] for name, sides in described.items()}
        for at, target in enumerate(("tf-2.15", "tf-2.16"))
    }
    return replace(
        small(),
        comparisons=(comparison("tf-2.15", "tf-2.16", *many, *inside),),
        histories=tuple(
            History(
                name=name, why="why", family="tensorflow", stretches=tuple(stretches(name, watches))
            )
            for name in described
        ),
        explained=tuple(explained([comparison("tf-2.15", "tf-2.16", *many, *inside)])),
    )


def evil() -> Report:
    verdicts = [verdict(Outcome.NEWLY_RAISES, EVIL, scenario=EVIL, variant=EVIL, reason=EVIL)]
    change = finding(ChangeKind.VALUES, EVIL, accepts("*: *"), scenario=EVIL, after=EVIL)
    shown = report(
        target_report("tf-2.15", *verdicts, error=Error(type=EVIL, message=EVIL)),
        comparisons=[comparison("tf-2.14", "tf-2.15", change)],
    )
    return legible(shown)


def opened(page: Page, path: Path, hash_: str = "") -> Visit:
    visit = Visit(page=page)
    page.on("request", lambda request: visit.requests.append(request.url))
    page.on("console", lambda message: visit.complaints.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: visit.complaints.append(f"error: {error}"))
    page.goto(f"{path.as_uri()}{hash_}")
    return visit


def shown_changes(page: Page) -> list[str]:
    rows = page.locator("#known tr[data-known]:visible th a").all_inner_texts()
    return sorted(rows)


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
    folded = ["What code does (2)", "What Keras is inside (1)"]
    assert headings.all_inner_texts() == folded
    page.select_option("#f-scenario", "internals")
    assert headings.all_inner_texts() == ["What Keras is inside (1 of 1)"]
    assert shown_changes(page) == ["Keras 3"]
    assert page.inner_text("#f-status") == "1 of 3 changes, 1 step"
    page.select_option("#f-scenario", "")
    page.select_option("#f-outcome", "drift")
    assert page.inner_text("#f-status") == "1 step"
    assert headings.all_inner_texts() == folded
    page.click("#f-reset")
    assert shown_changes(page) == ["States are gone", "Values are others"]


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


def test_a_cell_opens_to_what_was_measured_and_the_address_names_it(
    visit: Visit, browser: Browser
) -> None:
    visit.page.get_by_role("button", name="reset fixed", exact=True).click()
    visit.page.locator("tr.step button.cell").nth(2).click()
    detail = visit.page.locator("#detail")
    assert detail.is_visible()
    text = detail.inner_text()
    assert "TypeError: reset_states() got an argument" in text
    assert "nox -s tf-2.16 -- -k reset" in text
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


@pytest.mark.parametrize(("late", "stale"), [(-1, False), (1, True)])
def test_a_page_that_is_old_says_so(
    browser: Browser, pages: dict[str, Path], late: int, stale: bool
) -> None:
    page = browser.new_page()
    [started] = {target.started for target in small().targets}
    assert started
    page.clock.set_fixed_time(started + STALE + datetime.timedelta(minutes=late))
    page.goto(pages["all"].as_uri())
    assert page.locator("#stale").is_visible() is stale
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


WHITE = "getComputedStyle(document.body).backgroundColor === 'rgb(255, 255, 255)'"
THEMES: list[Literal["light", "dark"]] = ["light", "dark"]


@pytest.mark.parametrize("scheme", THEMES)
def test_the_theme_follows_the_system_and_can_be_changed(
    browser: Browser, pages: dict[str, Path], scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(color_scheme=scheme)
    opened(page, pages["all"])
    assert page.evaluate(WHITE) is (scheme == "light")
    page.click("#theme")
    assert page.evaluate(WHITE) is (scheme == "dark")
    assert page.evaluate("localStorage.getItem('theme')") != scheme
    page.close()


@pytest.mark.parametrize("kept", THEMES)
def test_a_theme_that_was_chosen_is_there_before_anything_is_painted(
    browser: Browser, pages: dict[str, Path], kept: Literal["light", "dark"]
) -> None:
    # put there before the page's own scripts run: when a browser hands on what an earlier document
    # kept is the browser's affair, what the page makes of it is the page's
    page = browser.new_page(color_scheme="light" if kept == "dark" else "dark")
    page.add_init_script(
        f"localStorage.setItem('theme', '{kept}');"
        "new MutationObserver(() => { window.early ??= document.body === null; })"
        ".observe(document, { attributes: true, attributeFilter: ['data-theme'], subtree: true });"
    )
    opened(page, pages["all"])
    assert page.evaluate(WHITE) is (kept == "light")
    assert page.evaluate("window.early")
    page.close()


@pytest.mark.parametrize("name", ["all", "medium", "busy"])
@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("scheme", THEMES)
def test_axe_finds_nothing(
    browser: Browser,
    pages: dict[str, Path],
    name: str,
    chosen: bool,
    scheme: Literal["light", "dark"],
) -> None:
    page = browser.new_page(viewport=WIDE, color_scheme=scheme)
    opened(page, pages[name])
    if chosen:
        page.click("#theme")
    page.locator("#known button.findings").first.click()
    page.locator("#grid button.open").first.click()
    for history in page.locator(".history summary").all()[:2]:
        history.click()
    for button in page.locator(".stretches button").all()[:10]:
        button.click()
    found = [violations(page)]
    page.locator("#grid tr.step button.cell").first.click()
    found.append(violations(page))
    assert page.locator(".strip .w3").count() or name != "busy"
    page.close()
    assert found == [[], []]


def test_calls_are_a_picture_that_reads_as_sentences(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = browser.new_page(viewport=WIDE)
    opened(page, pages["busy"])
    page.locator(".history summary", has_text="Cell.call").click()
    page.get_by_role("button", name="calls").last.click()
    picture = page.get_by_role("region", name="Calls of Cell.call, from tf-2.16 on")
    lanes = picture.locator(".lanes code")
    assert lanes.all_inner_texts() == ["RNN.__call__", "the script", "RNN.call", "Cell.call"]
    assert [" ".join(text.split()) for text in picture.locator(".call").all_inner_texts()] == [
        "RNN.__call__ calls RNN.call with (a)",
        "RNN.call calls Cell.call with (c)",
        "the script calls Cell.call with (d) 2 times",
        "RNN.__call__ calls Cell.call with (e)",
    ]
    assert "raises TypeError" in picture.inner_text()
    middles = [box["x"] + box["width"] / 2 for lane in lanes.all() if (box := lane.bounding_box())]
    ends = [(0, 2), (2, 3), (1, 3), (0, 3)]
    for arrow, (start, end) in zip(picture.locator(".arrow").all(), ends, strict=True):
        box = arrow.bounding_box()
        assert box
        assert box["x"] == pytest.approx(middles[start], abs=2)
        assert box["x"] + box["width"] == pytest.approx(middles[end], abs=2)
    page.close()


def test_bars_of_histories_are_in_line_with_their_names(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = browser.new_page(viewport=WIDE)
    opened(page, pages["busy"])
    for summary in page.locator(".history summary").all():
        boxes = [summary.locator(part).bounding_box() for part in ("code", ".piece >> nth=-1")]
        middles = [box["y"] + box["height"] / 2 for box in boxes if box]
        assert middles[0] == pytest.approx(middles[1], abs=2.5)
    page.close()


def test_a_stretch_shows_its_source_and_what_differs_in_words(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = browser.new_page(viewport=WIDE)
    opened(page, pages["busy"])
    page.locator(".history summary", has_text="RNN.call").click()
    page.get_by_role("button", name="in full").last.click()
    assert page.locator(".stretches pre").inner_text() == "one\nnew"
    page.get_by_role("button", name="differences").click()
    assert page.locator(".sides").get_by_role("deletion").all_inner_texts() == ["old"]
    assert page.locator(".sides").get_by_role("insertion").all_inner_texts() == ["new"]
    page.close()


def test_a_page_prints_light_and_whole(browser: Browser, pages: dict[str, Path]) -> None:
    page = browser.new_page(viewport=WIDE, color_scheme="dark")
    opened(page, pages["all"])
    page.click("#theme")
    page.click("#theme")
    assert shown_changes(page) == ["States are gone", "Values are others"]
    page.emulate_media(media="print")
    assert page.evaluate(WHITE)
    assert shown_changes(page) == ["Keras 3", "States are gone", "Values are others"]
    counts = page.locator("#known .findings:visible").all_inner_texts()
    assert counts == ["1 change", "1 change", "1 change"]
    page.close()


def violations(page: Page) -> list[str]:
    found = Axe().run(page)["violations"]
    return [
        f"{each['id']}: {node['target']}: {node.get('failureSummary')}"
        for each in found
        if each["impact"] in ("moderate", "serious", "critical")
        for node in each["nodes"][:3]
    ]


@pytest.mark.parametrize("name", ["all", "large"])
def test_a_phone_scrolls_the_page_in_one_direction(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    page = browser.new_page(viewport=PHONE)
    opened(page, pages[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("#grid button.open").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()


def test_a_phone_says_what_a_table_head_would_and_cuts_no_name(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = browser.new_page(viewport=PHONE)
    opened(page, pages["busy"])
    label = "e => getComputedStyle(e, '::before').content"
    assert "Instead" in page.locator("#known td.instead").first.evaluate(label)
    assert "Why" in page.locator(".todo td.wrap").first.evaluate(label)
    whole = "e => e.scrollWidth <= e.clientWidth && getComputedStyle(e).whiteSpace === 'normal'"
    for name in page.locator("#grid tbody[data-row] th").all():
        assert name.evaluate(whole)
    page.locator(".history summary").first.click()
    for button in page.locator(".stretches button").all():
        box = button.bounding_box()
        assert box
        assert box["height"] < 40
    page.close()


def test_text_of_a_record_stays_text(browser: Browser, pages: dict[str, Path]) -> None:
    page = browser.new_page()
    found = opened(page, pages["evil"])
    page.locator("#known button.findings").first.click()
    page.locator("#grid button.open").first.click()
    page.locator("#grid tr.step button.cell").first.click()
    text = page.inner_text("#detail")
    assert f"{MARKUP} red \\x9b1m\\x00\\x85\\u202e\\ud800 $& '" in text
    assert command("tf-2.15", legible(EVIL)) in text
    assert page.evaluate("window.evil") is None
    assert found.complaints == []
    assert len(found.requests) == 1
    page.close()


def test_without_scripts_the_page_still_says_it_all(
    browser: Browser, pages: dict[str, Path]
) -> None:
    page = browser.new_page(java_script_enabled=False)
    opened(page, pages["all"])
    assert page.locator("#known tr[data-known]:visible").count() == 3
    assert page.locator("#grid tbody[data-row] td span.cell").count() == 10
    page.close()


def test_the_largest_page_can_be_used_at_once(
    browser: Browser, pages: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    page = browser.new_page(viewport=WIDE)
    began = time.perf_counter()
    opened(page, pages["large"])
    page.get_by_role("button", name="scenario_0 fixed", exact=True).click()
    page.locator("tr.step").first.wait_for()
    seconds = time.perf_counter() - began
    began = time.perf_counter()
    page.select_option("#f-scenario", "scenario_7")
    page.locator("#f-status").filter(has_text="steps").wait_for()
    filtering = time.perf_counter() - began
    size = pages["large"].stat().st_size
    page.close()
    with capsys.disabled():
        sys.stdout.write(
            f"\n60 targets x 300 observations: {size / 1e6:.2f} MB, usable after {seconds:.2f} s, "
            f"filtered in {filtering:.2f} s\n"
        )
    assert size < LARGEST


def test_every_outcome_has_its_sign_and_colour(browser: Browser, tmp_path: Path) -> None:
    write_report(every_outcome(), tmp_path)
    page = browser.new_page()
    opened(page, tmp_path / "index.html")
    page.locator("#grid button.open").first.click()
    cells = page.locator("#grid tr.step td:nth-of-type(1) button.cell")
    assert cells.all_inner_texts() == [outcome.sign for outcome in Outcome]
    page.close()
