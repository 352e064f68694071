"""The pages of scripts: accessible, sound on a phone, and harmless whatever a script is called."""

from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser

from harness.judging.explained import Explanation
from harness.judging.held import Held, hold
from harness.judging.tried import Comparison, compare_traces
from harness.observing.numerics import Tolerances
from harness.observing.scripts import Trace
from harness.report.held_page import held_page
from harness.report.script_page import script_page
from tests.integration.pages import EVIL, PHONE, WIDE, opened, violations
from tests.support.makers import accepts, array
from tests.support.places import TARGETS
from tests.support.traces import did, statement, traced

NAME = EVIL.replace("\ud800", "\udcff")  # a byte of a file name that is no UTF-8
NAMES = ("tf-2.9", "tf-2.15", "tf-2.16", "tf-2.21")
SCRIPT = [
    statement(3, "y = layer(x)  # " + "long " * 40, binds=["y"], reads=["layer", "x"]),
    statement(4, "print(y)", reads=["print", "y"]),
    statement(5, "layer.reset_states(y)", reads=["layer", "y"]),
]


def trace(value: float, target: str, error: str = "") -> Trace:
    observed = [did(3, {"y": array(value)}), did(4, printed=f"{value}\n"), did(5, error=error)]
    return traced(SCRIPT, *observed, target=target)


TRACES = {
    "tf-2.9": trace(1.0, "tf-2.9"),
    "tf-2.15": trace(2.0, "tf-2.15"),
    "tf-2.16": trace(2.0, "tf-2.16", "TypeError: reset_states() got an unexpected argument"),
}


def compared() -> Comparison:
    targets = [TARGETS[name] for name in NAMES]
    found = compare_traces(TRACES, {"tf-2.21": EVIL}, targets, Tolerances(), lambda *_: None)
    sure = Explanation(known=accepts("newly raises: *"), common="the same error")
    maybe = replace(sure, common="the same call", certain=False)
    known = {"line 5": (sure, maybe)}
    return replace(found, crossings=tuple(replace(each, known=known) for each in found.crossings))


def held() -> list[Held]:
    return [
        hold(f"scripts/{NAME}.py", TRACES["tf-2.9"], TRACES["tf-2.15"], Tolerances()),
        hold("scripts/good.py", TRACES["tf-2.9"], TRACES["tf-2.9"], Tolerances()),
        Held(script="scripts/good.py", target="tf-2.21", failure=EVIL),
    ]


@pytest.fixture(scope="module")
def of_scripts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("scripts")
    texts = {
        "try": script_page(compared(), f"{NAME}.py"),
        "check": held_page(held(), [Path("scripts/baselines/old")]),
    }
    for name, text in texts.items():
        (directory / f"{name}.html").write_text(text, encoding="utf-8")
    return {name: directory / f"{name}.html" for name in texts}


SCHEMES: list[Literal["light", "dark"]] = ["light", "dark"]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("name", ["try", "check"])
def test_axe_finds_nothing_and_no_text_of_a_script_is_markup(
    browser: Browser, of_scripts: dict[str, Path], name: str, scheme: Literal["light", "dark"]
) -> None:
    page = browser.new_page(viewport=WIDE, color_scheme=scheme)
    visit = opened(page, of_scripts[name])
    assert violations(page) == []
    assert page.evaluate("window.evil") is None
    assert visit.complaints == []
    page.close()


@pytest.mark.parametrize("name", ["try", "check"])
def test_on_a_phone_only_tables_scroll_sideways(
    browser: Browser, of_scripts: dict[str, Path], name: str
) -> None:
    page = browser.new_page(viewport=PHONE)
    opened(page, of_scripts[name])
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.close()
