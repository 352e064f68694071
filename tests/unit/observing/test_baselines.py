"""Baselines are read back as accepted, with a line for each row; a damaged file is named."""

import datetime
import hashlib
import json
import math
import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.errors import BaselineError
from harness.observing.baselines import (
    file_name,
    internals_document,
    load_internals,
    load_steps,
    load_watches,
    steps_document,
)
from harness.observing.internals import Described
from harness.observing.records import Array, Error, Number
from harness.observing.results import Result
from tests.support.makers import SAMPLE, array

VALUES: dict[str, st.SearchStrategy[Number]] = {
    "float32": st.floats(allow_nan=False, allow_infinity=False, width=32)
    | st.sampled_from(["nan", "inf", "-inf"]),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "uint64": st.integers(0, 2**64 - 1),
    "bool": st.booleans(),
}
NAMES = st.sampled_from(["output", "hidden", 'a "quoted" one', "größer: [1, 2]", "-"])


@st.composite
def arrays(draw: st.DrawFn) -> Array:
    dtype = draw(st.sampled_from(sorted(VALUES)))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    count = math.prod(shape)
    values = draw(st.none() | st.lists(VALUES[dtype], min_size=count, max_size=count).map(tuple))
    return Array(dtype=dtype, shape=tuple(shape), values=values)


accepted = st.builds(
    Result,
    arrays=st.dictionaries(NAMES, arrays(), max_size=3),
    error=st.none() | st.builds(Error, type=NAMES, message=NAMES),
    reproducible=st.booleans(),
)


@given(st.dictionaries(NAMES, accepted, max_size=3))
def test_the_text_is_read_back_as_the_same_steps(
    tmp_path_factory: pytest.TempPathFactory, steps: dict[str, Result]
) -> None:
    path = tmp_path_factory.getbasetemp() / "sample" / "round-trip.json"
    steps_document(steps).write(path)
    read = load_steps(path)
    assert read == steps
    assert repr(read) == repr(steps)  # `True`, `1` and `1.0` are distinguished


def test_an_array_is_a_line_with_its_mean_and_the_name_of_its_shared_values() -> None:
    few, many = array(1.0, 2.0, shape=(1, 2)), array(1.5, 2.5, "nan", 4.5, 5, 6, shape=(3, 2))
    document = steps_document({"first pass": Result(arrays={"few": few, "many": many})})
    [(name, rows)] = document.shared.items()
    assert rows.splitlines() == ["[", " [1.5, 2.5],", ' ["nan", 4.5],', " [5, 6]", "]"]
    digest = hashlib.sha256(rows.encode()).hexdigest()[:16]
    assert name == f"values/{digest}.json"
    assert document.text.splitlines() == [
        "{",
        ' "schema_version": 2,',
        ' "steps": {',
        '  "first pass": {',
        '   "arrays": {',
        '    "few": {"dtype": "float32", "shape": [1, 2], "mean": 1.5, "values": [[1.0, 2.0]]},',
        '    "many": {"dtype": "float32", "shape": [3, 2], "mean": "nan", '
        f'"values": "values/{digest}.json"}}',
        "   }",
        "  }",
        " }",
        "}",
    ]


@pytest.mark.parametrize(
    ("shape", "rows"),
    [((5,), ["[7, 7, 7, 7, 7]"]), ((6, 1), ["[7]"] * 6), ((2, 2, 3), ["[7, 7, 7]"] * 4)],
)
def test_the_last_axis_of_an_array_gives_the_rows(shape: tuple[int, ...], rows: list[str]) -> None:
    step = Result(arrays={"output": array(*[7] * math.prod(shape), shape=shape)})
    [text] = steps_document({"step": step}).shared.values()
    assert [line.strip().rstrip(",") for line in text.splitlines()[1:-1]] == rows


@pytest.mark.fault(
    "verdicts",
    "a baseline has an error message that an older harness normalised with fewer rules",
    "it is normalised again, and the step is unchanged",
)
def test_an_error_message_is_normalised_by_the_rules_of_today(tmp_path: Path) -> None:
    older, today = (Result(error=Error(type="E", message=m)) for m in ("lstm_3:0", "lstm:0"))
    path = tmp_path / "stateful-fixed.json"
    steps_document({"a": older}).write(path)
    assert "lstm_3:0" in path.read_text(encoding="utf-8")
    assert load_steps(path) == {"a": today}


def test_a_result_that_is_not_reproducible_keeps_no_values() -> None:
    output = Array(dtype="float32", shape=(2,), values=None)
    document = steps_document({"step": Result(arrays={"output": output}, reproducible=False)})
    assert json.loads(document.text)["steps"]["step"] == {
        "reproducible": False,
        "arrays": {"output": {"dtype": "float32", "shape": [2]}},
    }


SOUND = steps_document(
    {"first pass": Result(arrays={"output": array(1.5, 2.5, 3.5, 4.5, shape=(2, 2))})}
).text

# a text, its replacement, and parts of the error message besides the name of the file
WRONG = {
    "a digit in the mean": ('"mean": 3.0', '"mean": 3.1', ["first pass: output", "mean", "3.1"]),
    "a digit in a value": ("[1.5, 2.5]", "[1.5, 2.6]", ["first pass: output", "mean", "3.025"]),
    "a shape that does not fit": ("[2, 2]", "[2, 3]", ["first pass: output", "(2, 3)"]),
    "a value too many": ("[1.5, 2.5]", "[1.5, 2.5, 0]", ["first pass: output", "5 values"]),
    "a value that is no number": ("[1.5, 2.5]", '[1.5, "x"]', ["first pass: output"]),
    "a missing field": ('"dtype": "float32",', "", ["dtype"]),
    "a field of another type": ('"float32"', "32", ["dtype"]),
    "half of the file": (SOUND[60:], "", ["cannot be read"]),
    "an older schema version": (
        '"schema_version": 2',
        '"schema_version": 1',
        ["version 1 is of an older harness", "makes it again"],
    ),
    "an older schema version with another layout": (
        SOUND,
        '{"schema_version": 1, "observations": {}}',
        ["version 1"],
    ),
    "a name of another folder": (
        "[[1.5, 2.5], [3.5, 4.5]]",
        '"sources/0123456789abcdef.txt"',
        ["values"],
    ),
    "a name that leads elsewhere": (
        "[[1.5, 2.5], [3.5, 4.5]]",
        '"values/../0123456789abcdef.json"',
        ["values"],
    ),
    "no JSON": (SOUND, "steps: none", ["cannot be read"]),
}


@pytest.mark.parametrize(("old", "new", "message"), WRONG.values(), ids=WRONG)
def test_a_damaged_baseline_is_refused_with_its_name(
    old: str, new: str, message: list[str], tmp_path: Path
) -> None:
    path = tmp_path / "stateful-fixed.json"
    assert SOUND.count(old) == 1
    path.write_text(SOUND.replace(old, new), encoding="utf-8")
    with pytest.raises(BaselineError) as raised:
        load_steps(path)
    assert [
        text for text in (str(path), "--force-regen", *message) if text not in str(raised.value)
    ] == []


def test_a_baseline_that_is_not_text_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "stateful-fixed.json"
    path.write_bytes(SOUND.encode().replace(b"output", b"\xff\xfe"))
    with pytest.raises(BaselineError, match=r"stateful-fixed\.json: cannot be read"):
        load_steps(path)


def test_a_sound_baseline_is_not_refused(tmp_path: Path) -> None:
    path = tmp_path / file_name("stateful", "fixed")
    path.write_text(SOUND, encoding="utf-8")
    assert load_steps(path)["first pass"].arrays["output"].mean == 3.0


BODY = "def reset_states(self):\n    self.states = None\n    return self"
METHOD = Described(kind="method", owner="keras.RNN", parameters=("self",), body=BODY)
WATCHED = {
    "RNN.reset_states": METHOD,
    "LSTM.reset_states": METHOD,
    "RNN.call": Described(
        kind="method",
        owner="keras.RNN",
        parameters=("self", "sequences", "*", 'mode="größer"', "**others"),
        body="def call(self):\n    return 1",
    ),
    "RNN.states": Described(kind="instance attribute (list)", owner="keras.RNN"),
    "RNN.build": Described(kind="method", owner="keras.RNN", parameters=()),
    "RNN.reset_state": Described(),
    "LSTMCell.call": Described(kind="method", body="lambda cut\tout: (of, its line"),
    "RNN.__call__": Described(
        kind="method", calls=("stateless: by RNN.call ()", "by f (1) 2 times")
    ),
    "RNN": Described(kind="layer", facts={"config": ("unroll = false", "units = 2"), "states": ()}),
}


def stored_internals(directory: Path, internals: Mapping[str, Described]) -> Path:
    path = directory / "sample" / "internals.json"
    internals_document(internals).write(path)
    return path


def test_internals_are_read_back_unchanged(tmp_path: Path) -> None:
    assert load_internals(stored_internals(tmp_path, WATCHED)) == WATCHED


def test_no_internals_are_read_back_as_no_internals(tmp_path: Path) -> None:
    assert load_internals(stored_internals(tmp_path, {})) == {}


described = st.builds(
    Described,
    kind=st.none() | NAMES,
    owner=st.none() | NAMES,
    parameters=st.none() | st.lists(NAMES, max_size=3).map(tuple),
    body=st.lists(NAMES, max_size=3).map("\n".join),
)


@given(st.dictionaries(NAMES, described, max_size=3))
def test_all_internals_are_read_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, internals: dict[str, Described]
) -> None:
    assert load_internals(stored_internals(tmp_path_factory.getbasetemp(), internals)) == internals


def test_each_body_and_the_facts_of_each_layer_are_stored_once_as_they_are() -> None:
    document = internals_document(WATCHED)
    stored = json.loads(document.text)["internals"]
    body, layer = stored["RNN.reset_states"]["body"], stored["RNN"]["facts"]
    assert stored["LSTM.reset_states"]["body"] == body
    assert document.shared[body] == f"{BODY}\n"
    assert json.loads(document.shared[layer]) == {
        "config": ["unroll = false", "units = 2"],
        "states": [],
    }
    names = [re.sub("[0-9a-f]{16}", "DIGEST", name) for name in document.shared]
    assert names == [
        "sources/reset_states-DIGEST.txt",
        "sources/call-DIGEST.txt",
        "sources/call-DIGEST.txt",
        "layers/RNN-DIGEST.json",
    ]


ONCE = ("RNN.call", "RNN.states", "RNN.build", "RNN")  # each with a body of its own, or none
BROKEN_INTERNALS = {
    "a body that is no name": ('"sources/call-DIGEST.txt"', '"pass"', "body"),
    "a body of another folder": ('"sources/call-DIGEST.txt"', '"layers/RNN-DIGEST.json"', "body"),
    "facts that are no name": ('"layers/RNN-DIGEST.json"', "{}", "facts"),
    "parameters that are no list": ('"parameters": []', '"parameters": 1', "parameters"),
    "an older schema version": ('"schema_version": 2', '"schema_version": 1', "an older harness"),
    "half of the file": ('"RNN.states": {', "", "cannot be read"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN_INTERNALS.values(), ids=BROKEN_INTERNALS)
def test_a_damaged_baseline_of_internals_is_refused_with_its_name(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = stored_internals(tmp_path, {name: WATCHED[name] for name in ONCE})
    text = re.sub("[0-9a-f]{16}", "0" * 16, path.read_text(encoding="utf-8"))
    old, new = old.replace("DIGEST", "0" * 16), new.replace("DIGEST", "0" * 16)
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(BaselineError) as raised:
        load_internals(path)
    assert [t for t in (str(path), "--force-regen", message) if t not in str(raised.value)] == []


def test_only_locked_targets_have_watches_by_family(tmp_path: Path) -> None:
    day = datetime.date(2024, 1, 1)
    first = msgspec.structs.replace(SAMPLE, name="tf-2.0", as_of=day)
    second = msgspec.structs.replace(first, name="tf-2.1")
    other = msgspec.structs.replace(first, name="keras-3.0", family="keras")
    nightly = msgspec.structs.replace(SAMPLE, name="tf-nightly", family="nightly")
    for target in (first, second, other):
        (tmp_path / target.name).mkdir()
        internals_document(WATCHED).write(tmp_path / target.name / "internals.json")
    watches = load_watches(tmp_path, [first, nightly, other, second])
    assert {family: list(targets) for family, targets in watches.items()} == {
        "tensorflow": ["tf-2.0", "tf-2.1"],
        "keras": ["keras-3.0"],
    }
    assert watches["keras"]["keras-3.0"] == WATCHED
    (tmp_path / "tf-2.1" / "internals.json").unlink()
    with pytest.raises(BaselineError, match=r"tf-2\.1/internals\.json: cannot be read"):
        load_watches(tmp_path, [first, second])
