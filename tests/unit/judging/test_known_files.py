"""A file of known changes: what is refused, and where the error lies."""

from pathlib import Path

import pytest

from harness.base.errors import KnownChangesError, UsageError
from harness.judging.changes import ChangeKind
from harness.judging.known import (
    KnownChange,
    load_known,
)
from harness.observing.catalogue import scenario_script

SOUND = """
[[change]]
title = "a title"
package = "keras"
since = "3.0"
matches = ["newly raises: reset / reset to {ones,zeros}", "added: RNN.reset_state"]
why = "A reason."
instead = "something else"
portable = "portable_set_values"
link = "https://github.com/keras-team/keras/issues/20327"
expires = 2027-11-23
"""

# a text, its replacement, and the field that the error names
BROKEN = {
    "an empty title": ('"a title"', '" "', "title"),
    "no word of code": ('title = "a title"', 'title = "a title"\ncode = ["a b"]', "'code'"),
    "no title": ('title = "a title"', "", "title"),
    "no package": ('package = "keras"', "", "package"),
    "a package that brings no changes": ('"keras"', '"kears"', "package"),
    "no reason": ('"A reason."', '""', "why"),
    "nothing instead": ('"something else"', '"\\n"', "instead"),
    "no release": ('"3.0"', '"three"', "since"),
    "a release that is a number": ('"3.0"', "3.0", "since"),
    "no lines": (
        '["newly raises: reset / reset to {ones,zeros}", "added: RNN.reset_state"]',
        "[]",
        "matches",
    ),
    "a line that is a number": ('"added: RNN.reset_state"', "1", "matches"),
    "a line without a kind": ("added: RNN.reset_state", "RNN.reset_state", "matches"),
    "a line of a kind that is none": ("added: ", "vanished: ", "matches"),
    "a line with an outcome for a kind": ("added: ", "drift: ", "matches"),
    "a line without a name": ("added: RNN.reset_state", "added: ", "matches"),
    "a line without a blank": ("added: RNN", "added:RNN", "matches"),
    "a general entry of a step": ("expires", "general = true\nexpires", "newly raises"),
    "an effect that is none": ("expires", 'effect = "harm"\nexpires', "effect"),
    "a link that is none": ('"https:', '"http:', "link"),
    "no link": ('link = "https', 'links = "https', "link"),
    "a scenario that is none": ("portable_set_values", "portable_set_value", "portable"),
    "a day that is a text": ("2027-11-23", '"2027-11-23"', "expires"),
    "no day": ("expires = 2027-11-23", "", "expires"),
    "an unknown field": ("expires", "colour = 1\nexpires", "colour"),
}

NO_FILE = {
    "no TOML": ("schema_version = ", "not TOML"),
    "no schema version": (SOUND, "it has no schema_version"),
    "another schema version": ("schema_version = 2\n" + SOUND, "2 is of a newer harness"),
    "another table": ("schema_version = 1\n[[changes]]\na = 1", "[[change]] tables"),
    "a table instead of many": ("schema_version = 1\n[change]\na = 1", "[[change]] tables"),
    "a change that is no table": ("schema_version = 1\nchange = [1]", "change 1 (None)"),
}


def load(directory: Path, text: str) -> tuple[KnownChange, ...]:
    path = directory / "known.toml"
    path.write_text(text, encoding="utf-8")
    return load_known(path)


def test_a_sound_entry_loads(tmp_path: Path) -> None:
    [known] = load(tmp_path, f"schema_version = 1\n{SOUND}")
    assert (known.title, known.since, known.expires.year) == ("a title", "3.0", 2027)
    assert known.matches[1] == "added: RNN.reset_state"
    assert known.portable is not None
    assert scenario_script(known.portable).exists()


def test_a_general_entry_is_refused_for_every_kind_that_it_may_not_cover(tmp_path: Path) -> None:
    may = {ChangeKind.MOVED, ChangeKind.REMOVED, ChangeKind.ADDED}
    lines = 'matches = ["newly raises: reset / reset to {ones,zeros}", "added: RNN.reset_state"]'
    assert lines in SOUND
    for kind in ChangeKind:
        entry = SOUND.replace(lines, f'matches = ["{kind}: *._*"]\ngeneral = true')
        text = f"schema_version = 1\n{entry}"
        if kind in may:
            assert load(tmp_path, text)[0].general
        else:
            with pytest.raises(KnownChangesError, match="a general entry covers only"):
                load(tmp_path, text)


def test_a_change_may_have_no_portable_scenario_and_a_file_no_change(tmp_path: Path) -> None:
    text = SOUND.replace('portable = "portable_set_values"\n', "")
    [known] = load(tmp_path, f"schema_version = 1\n{text}")
    assert known.portable is None
    assert load(tmp_path, "schema_version = 1") == ()


@pytest.mark.parametrize(("old", "new", "field"), BROKEN.values(), ids=BROKEN)
def test_a_broken_entry_is_refused_with_its_number_and_field(
    old: str, new: str, field: str, tmp_path: Path
) -> None:
    assert old in SOUND
    with pytest.raises(KnownChangesError) as raised:
        load(tmp_path, f"schema_version = 1\n{SOUND}\n{SOUND.replace(old, new, 1)}")
    where, what = str(raised.value).split(": ", 2)[1:]
    assert str(raised.value).startswith(f"{tmp_path}/known.toml: ")
    assert where.startswith("change 2 ")
    assert field in where + what


@pytest.mark.parametrize(("text", "message"), NO_FILE.values(), ids=NO_FILE)
def test_a_file_of_something_else_is_refused(text: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(KnownChangesError, match=r"known\.toml: ") as raised:
        load(tmp_path, text)
    assert message in str(raised.value)
    assert isinstance(raised.value, UsageError)


@pytest.mark.parametrize("data", [None, b"schema_version = 1 # \xff"], ids=["none", "no text"])
def test_a_file_that_cannot_be_read_is_refused(data: bytes | None, tmp_path: Path) -> None:
    if data is not None:
        (tmp_path / "known.toml").write_bytes(data)
    with pytest.raises(KnownChangesError, match=r"known\.toml: cannot be read"):
        load_known(tmp_path / "known.toml")
