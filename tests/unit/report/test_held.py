"""Scripts and their baselines as text, Markdown, data and page: the same finding in all."""

import json
from pathlib import Path

import html5lib
import jsonschema
import pytest

from harness.base.project import RESOURCES
from harness.judging.held import Held, hold
from harness.observing.numerics import Tolerances
from harness.observing.scripts import Trace
from harness.report.held import headline, held_document, held_markdown, held_text
from harness.report.held_page import held_page
from tests.support.makers import array, run
from tests.support.traces import did, statement, traced

SCRIPT = [
    statement(3, "y = layer(x)  # <b>| `bold`", binds=["y"], reads=["layer", "x"]),
    statement(5, "print(y)", reads=["print", "y"]),
]


def trace(value: float, target: str = "tf-2.15") -> Trace:
    return traced(SCRIPT, did(3, {"y": array(value)}), did(5, printed=f"{value}\n"), target=target)


def same(target: str = "tf-2.9", script: str = "scripts/a.py") -> Held:
    return hold(script, trace(1.0, target), trace(1.0, target), Tolerances())


def differs(target: str = "tf-2.15", script: str = "scripts/a b.py") -> Held:
    return hold(script, trace(1.0, target), trace(2.5, target), Tolerances())


NOT_RUN = Held(script="scripts/a.py", target="tf-2.0", failure="no <i>interpreter\x1b[31m")
FOUND = [same(), same("tf-2.10"), differs(), differs("tf-2.16"), NOT_RUN]
GONE = [Path("scripts/baselines/old")]


def test_the_headline_counts() -> None:
    assert headline(FOUND) == "2 scripts on 5 targets: 2 regressed, 1 not run, 2 unchanged."
    assert headline([same()]) == "1 script on 1 target: 1 unchanged."


def test_the_text_says_what_differs_once_for_targets_that_agree() -> None:
    text = held_text(FOUND, GONE)
    for part in (
        "scripts/a.py\n  not run: tf-2.0\n  unchanged: tf-2.9, tf-2.10\n",
        "scripts/a b.py on tf-2.15, tf-2.16: regressed\n",
        "  line 3: y = layer(x)",
        "    y: 2.5 instead of 1",
        "    from it follow: line 5",
        "\n    $ state-harness check 'scripts/a b.py' --on tf-2.15 tf-2.16 --force-regen\n",
        "scripts/a.py on tf-2.0: not run\n  no <i>interpreter\n",
        "scripts/baselines/old: its script is gone",
    ):
        assert part in text
    assert text.count("y: 2.5 instead of 1") == 1
    assert text.index("regressed\n") < text.index("on tf-2.0: not run")
    assert max(len(line) for line in text.splitlines() if not line.startswith("    $ ")) <= 80
    assert "\x1b" not in text


def test_what_is_not_reproducible_as_accepted_is_said() -> None:
    random = traced(SCRIPT, did(3, {"y": array(1.0)}), again=[did(3, {"y": array(2.0)})])
    text = held_text([hold("a.py", random, random, Tolerances())])
    assert "tf-2.15: 1 statement with other values in each run, as accepted" in text
    assert "1 script on 1 target: 1 unchanged." in text


def test_an_early_end_cannot_be_accepted() -> None:
    died = traced(SCRIPT, ended=run(end="crashed", detail="SIGSEGV"))
    text = held_text([hold("a.py", trace(1.0), died, Tolerances())])
    assert "the script ended early: crashed: SIGSEGV" in text
    assert "--force-regen" not in text


def test_markdown_and_data_say_the_same() -> None:
    markdown = held_markdown(FOUND, GONE)
    assert "| `scripts/a.py` | not run: tf-2.0; unchanged: tf-2.9, tf-2.10 |" in markdown
    assert "## scripts/a b.py on tf-2.15, tf-2.16: regressed" in markdown
    assert "y: 2.5 instead of 1" in markdown
    document = json.loads(json.dumps(held_document(FOUND, GONE, 1)))
    schema = json.loads((RESOURCES / "check.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(document, schema)
    assert document["exit_code"] == 1
    assert document["without_script"] == ["scripts/baselines/old"]
    standings = [each["standing"] for each in document["checks"]]
    assert standings == ["unchanged", "unchanged", "regressed", "regressed", "not run"]
    [first, second] = document["checks"][2]["difference"]["differences"]
    assert (first["line"], first["follows"]) == (3, None)
    assert (second["line"], second["follows"]) == (5, "line 3")


@pytest.mark.parametrize("found", [FOUND, [same()]])
def test_the_page_is_sound_and_keeps_text_as_text(found: list[Held]) -> None:
    page = held_page(found, GONE)
    html5lib.HTMLParser(strict=True).parse(page)
    assert "<i>" not in page
    assert "<b>" not in page
    assert '<a href="scripts/a/index.html"><code>scripts/a.py</code></a>' in page
    assert headline(found) in page
    assert ("2.5 instead of 1" in page) is (found is FOUND)
