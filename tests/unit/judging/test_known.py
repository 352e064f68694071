"""Known changes: the changes that they explain, and messages for faults in their file."""

from pathlib import Path

import pytest

from harness.base.errors import KnownChangesError, UsageError
from harness.judging.changes import Change, ChangeKind
from harness.judging.known import KnownChange, load_known
from harness.observing.catalogue import portable_script
from tests.support.makers import accepts, observed

BETWEEN: dict[str, tuple[str | None, str | None, bool]] = {
    "from before to it": ("2.15.0", "3.0.0", True),
    "from before to after": ("2.9.0", "3.5.1", True),
    "from just before to it": ("2.99.99", "3.0", True),
    "both before": ("2.9.0", "2.15.0", False),
    "both after": ("3.0.0", "3.5.0", False),
    "the release itself": ("3.0.0", "3.0.0", False),
    "its pre-release": ("2.15.0", "3.0.0rc1", True),
    "a pre-release and its release": ("3.0.0rc1", "3.0.0", False),
    "a nightly of the next release": ("2.15.0", "3.0.0.dev20240101", True),
    "as numbers, not as text": ("3.10.0", "3.9.0", False),
    "a local build": ("2.15.0", "3.0.0+cpu", True),
}


@pytest.mark.parametrize(("old", "new", "expected"), BETWEEN.values(), ids=BETWEEN)
def test_a_change_lies_between_an_older_release_and_a_release_that_has_it(
    old: str, new: str, *, expected: bool
) -> None:
    known = accepts(since="3.0")
    sides = observed(keras=old), observed(keras=new)
    assert known.between(*sides) == (known if expected else None)
    back = known.between(*sides[::-1])
    assert (back is not None) is expected
    assert back != known


UNDONE = {
    "newly raises": "works now",
    "works now": "newly raises",
    "removed": "added",
    "added": "removed",
    "other semantics": "other semantics",
    "signature": "signature",
}


@pytest.mark.parametrize(("kind", "mirrored"), UNDONE.items())
def test_a_downgrade_undoes_a_change(kind: str, mirrored: str) -> None:
    known = accepts(f"{kind}: reset / *", title="It is gone", since="3.0")
    back = known.between(observed(keras="3.1.0"), observed(keras="2.15.0"))
    assert back is not None
    assert back.title == "Undone: It is gone"
    assert back.matches == (f"{mirrored}: reset / *",)
    assert back.instead != known.instead


def test_a_side_without_the_package_explains_nothing() -> None:
    known = accepts(package="jax", since="0.4")
    old, new = (observed(distributions={"jax": version}) for version in ("0.3", "0.4"))
    without = observed()
    assert known.between(old, new)
    assert not known.between(old, without)
    assert not known.between(without, new)
    assert not known.between(without, without)


def test_the_keras_of_tensorflow_has_its_release() -> None:
    known = accepts(package="keras", since="2.4")
    old, new = (
        observed(keras="built in", distributions={"tensorflow": version})
        for version in ("2.3.0", "2.4.0")
    )
    assert known.between(old, new)


STEP = Change(
    kind=ChangeKind.NEWLY_RAISES,
    subject="reset to ones",
    before="mean 1",
    after="TypeError: no",
    scenario="reset",
    variants=("fixed",),
)
INTERNAL = Change(kind=ChangeKind.SIGNATURE, subject="RNN.reset_states", before="", after="")

MATCHING = {
    "itself": (STEP, "newly raises: reset / reset to ones", True),
    "alternatives": (STEP, "newly raises: {reset,stateful} / reset to {zeros,ones}", True),
    "alternatives without it": (STEP, "newly raises: reset / reset to {zeros,twos}", False),
    "a pattern": (STEP, "newly raises: reset / reset to *", False),
    "everything": (STEP, "newly raises: *", False),
    "another kind": (STEP, "other error: reset / reset to ones", False),
    "a kind that is a part of it": (STEP, "raises: reset / reset to ones", False),
    "another scenario": (STEP, "newly raises: override / reset to ones", False),
    "a part of the step": (STEP, "newly raises: reset / reset to one", False),
    "the step alone": (STEP, "newly raises: reset to ones", False),
    "another case": (STEP, "newly raises: Reset / reset to ones", False),
    "its variant": (STEP, "newly raises: reset / reset to ones (fixed)", True),
    "one of its variants": (STEP, "newly raises: reset / reset to ones ({fixed,strict})", True),
    "another variant": (STEP, "newly raises: reset / reset to ones (strict)", False),
    "an internal": (INTERNAL, "signature: RNN.reset_states", True),
    "an internal of several classes": (INTERNAL, "signature: {LSTM,RNN}.reset_states", True),
    "an internal of any class": (INTERNAL, "signature: *.reset_states", False),
    "an internal of another class": (INTERNAL, "signature: LSTM.reset_states", False),
}


@pytest.mark.parametrize(("change", "line", "expected"), MATCHING.values(), ids=MATCHING)
def test_a_line_names_changes_of_its_kind_and_pattern(
    change: Change, line: str, *, expected: bool
) -> None:
    assert accepts(line).matching(change) == ([line] if expected else [])


def test_all_lines_that_name_a_change_are_listed() -> None:
    ones = "reset to ones"
    lines = tuple(f"newly raises: {s} / {ones}" for s in ("reset", "{reset,x}", "override"))
    assert accepts(*lines).matching(STEP) == list(lines[:2])


SOUND = """
[[change]]
title = "a title"
package = "keras"
since = "3.0"
matches = ["newly raises: reset / reset to *", "added: *.reset_state"]
why = "A reason."
instead = "something else"
portable = "portable_set_values"
link = "https://github.com/keras-team/keras/issues/20327"
expires = 2027-11-23
"""

# a text, its replacement, and the field that the error names
BROKEN = {
    "an empty title": ('"a title"', '" "', "title"),
    "no title": ('title = "a title"', "", "title"),
    "no package": ('package = "keras"', "", "package"),
    "a package that brings no changes": ('"keras"', '"kears"', "package"),
    "no reason": ('"A reason."', '""', "why"),
    "nothing instead": ('"something else"', '"\\n"', "instead"),
    "no release": ('"3.0"', '"three"', "since"),
    "a release that is a number": ('"3.0"', "3.0", "since"),
    "no lines": ('["newly raises: reset / reset to *", "added: *.reset_state"]', "[]", "matches"),
    "a line that is a number": ('"added: *.reset_state"', "1", "matches"),
    "a line without a kind": ("added: *.reset_state", "*.reset_state", "matches"),
    "a line of a kind that is none": ("added: ", "vanished: ", "matches"),
    "a line with an outcome for a kind": ("added: ", "drift: ", "matches"),
    "a line without a pattern": ("added: *.reset_state", "added: ", "matches"),
    "a line without a blank": ("added: *", "added:*", "matches"),
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
    assert known.matches[1] == "added: *.reset_state"
    assert known.portable is not None
    assert portable_script(known.portable).exists()


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
