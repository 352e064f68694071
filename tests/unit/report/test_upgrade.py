"""An upgrade as Markdown and as data: complete, and escaped."""

import json

from harness.base.project import RESOURCES
from harness.judging.criteria import Criteria
from harness.judging.known import KnownChange
from harness.judging.upgrade import Need, Upgrade, load_needs, upgrade
from harness.observing.records import Observation
from harness.report.upgrade import upgrade_document, upgrade_markdown
from tests.support.makers import accept, accepts, gives, observed, raises
from tests.support.markup import HOSTILE, rendered

NEED = Need(name="reset the state", steps=("reset / step",), portable="portable_set_values")


def outlook(*given: Observation, known: tuple[KnownChange, ...] = ()) -> Upgrade:
    row = [
        observed({("reset", "fixed"): accept(seen)}, name=f"t-{n}", keras=f"{n + 2}.0")
        for n, seen in enumerate(given)
    ]
    needs = (NEED, *load_needs(RESOURCES / "needs.toml")[:1])
    return upgrade(row, needs, Criteria(known=known))


def test_an_upgrade_lists_the_changes_and_the_portable_scripts() -> None:
    known = accepts("newly raises: reset / step", since="4.0")
    found = outlook(gives(1.0), gives(1.0), raises("no"), known=(known,))
    text = upgrade_markdown(found)
    assert text.startswith("# With hidden state, from t-0 to t-2\n")
    assert "1 of 2 needs changes on the way" in text
    assert "- **t-2**, `reset / step`: newly raises: ValueError: no instead of mean 1" in text
    assert "- raises on t-2: `reset / step`" in text
    assert "- instead: something else" in text
    script = NEED.script.read_text(encoding="utf-8")
    assert text.count(f"```python\n{script}```\n") == 1


def test_an_upgrade_without_changes_needs_no_script() -> None:
    text = upgrade_markdown(outlook(gives(1.0), gives(1.0)))
    assert "0 of 2 needs change on the way" in text
    assert "```" not in text


def test_a_step_that_raises_at_both_ends_is_no_change_but_has_a_script() -> None:
    text = upgrade_markdown(outlook(raises("no"), raises("no")))
    assert "0 of 2 needs change on the way" in text
    assert f"- {NEED.name}: raises in part, as before" in text
    assert "- raises on t-1: `reset / step`" in text
    assert "not known" not in text
    assert text.count("```python") == 1


def test_an_upgrade_shows_errors_as_text() -> None:
    for name, text in HOSTILE.items():
        found = outlook(gives(1.0), raises(text, text))
        changes = upgrade_markdown(found).split("## What to write instead", maxsplit=1)[0]
        assert (
            name,
            rendered(changes).tags & {"script", "img", "a", "em", "hr", "table", "h3"},
        ) == (name, set())
        assert json.loads(json.dumps(upgrade_document(found)))["needs"][0]["events"]


def test_the_document_has_every_event() -> None:
    found = outlook(gives(1.0), raises("no"), gives(1.0))
    document = json.loads(json.dumps(upgrade_document(found)))
    assert document["targets"] == ["t-0", "t-1", "t-2"]
    reset, other = document["needs"]
    assert [(event["target"], event["kind"]) for event in reset["events"]] == [
        ("t-1", "newly raises"),
        ("t-2", "works now"),
    ]
    assert (reset["name"], reset["portable"], reset["raises"]) == (NEED.name, NEED.portable, [])
    assert other["events"] == []
