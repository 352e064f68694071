"""How the page looks and reads: themes, accessibility, a phone, paper, pictures; and its speed."""

import datetime
import itertools
import sys
import time
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from harness.judging.verdicts import Outcome
from harness.report.actions import command
from harness.report.legible import legible
from harness.report.model import STALE
from harness.report.writing import write_report
from tests.integration.pages import (
    EVIL,
    MARKUP,
    PHONE,
    WIDE,
    opened,
    shown_changes,
    small,
    violations,
)
from tests.support.reports import every_outcome

LARGEST = 3_000_000  # bytes of a page with 60 targets of 300 observations


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


@pytest.mark.parametrize(
    ("name", "chosen", "scheme"),
    [("medium", False, "light"), *itertools.product(("all", "busy"), (False, True), THEMES)],
)
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
    for part in (".comparison > summary", ".evidence > summary"):
        for summary in page.locator(part).all()[:2]:
            summary.click()
    if name == "busy":
        page.locator(".sources summary").first.click()
        page.locator(".unified ins").first.wait_for()
    page.fill("#f-q", "colour:red")  # an unknown field filters nothing
    page.wait_for_selector("#f-q[aria-invalid=true]")
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


@pytest.mark.parametrize("name", ["all", "large"])
def test_a_phone_scrolls_the_page_in_one_direction(
    browser: Browser, pages: dict[str, Path], name: str
) -> None:
    page = browser.new_page(viewport=PHONE)
    opened(page, pages[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.locator("#grid button.open").first.click()
    page.locator(".comparison > summary").first.click()
    page.locator(".evidence > summary").first.click()
    page.fill("#f-q", "target:2 colour:red")
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
