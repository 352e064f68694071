"""Baselines are read back as accepted, with a line for each row; a damaged file is named."""

import datetime
import json
import math
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.errors import BaselineError
from harness.observing.baselines import (
    file_name,
    internals_text,
    load_internals,
    load_steps,
    load_watches,
    steps_text,
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
    path = tmp_path_factory.getbasetemp() / "round-trip.json"
    path.write_text(steps_text(steps), encoding="utf-8")
    read = load_steps(path)
    assert read == steps
    assert repr(read) == repr(steps)  # `True`, `1` and `1.0` are distinguished


def test_each_row_of_an_array_is_on_its_own_line() -> None:
    step = Result(arrays={"output": array(1.5, 2.5, "nan", 4.5, shape=(2, 2))})
    assert steps_text({"first pass": step}).splitlines() == [
        "{",
        ' "schema_version": 1,',
        ' "steps": {',
        '  "first pass": {',
        '   "arrays": {',
        '    "output": {',
        '     "dtype": "float32",',
        '     "shape": [2, 2],',
        '     "mean": "nan",',
        '     "values": [',
        "      [1.5, 2.5],",
        '      ["nan", 4.5]',
        "     ]",
        "    }",
        "   }",
        "  }",
        " }",
        "}",
    ]


@pytest.mark.parametrize(
    ("shape", "rows"),
    [((), ["[7]"]), ((2,), ["[7, 7]"]), ((2, 1), ["[7]"] * 2), ((2, 2, 3), ["[7, 7, 7]"] * 4)],
)
def test_the_last_axis_of_an_array_gives_the_rows(shape: tuple[int, ...], rows: list[str]) -> None:
    step = Result(arrays={"output": array(*[7] * math.prod(shape), shape=shape)})
    lines = [line.strip().rstrip(",") for line in steps_text({"step": step}).splitlines()]
    assert [line for line in lines if line.startswith("[")] == rows


@pytest.mark.fault(
    "verdicts",
    "a baseline has an error message that an older harness normalised with fewer rules",
    "it is normalised again, and the step is unchanged",
)
def test_an_error_message_is_normalised_by_the_rules_of_today(tmp_path: Path) -> None:
    older, today = (Result(error=Error(type="E", message=m)) for m in ("lstm_3:0", "lstm:0"))
    path = tmp_path / "stateful-fixed.json"
    path.write_text(steps_text({"a": older}), encoding="utf-8")
    assert "lstm_3:0" in path.read_text(encoding="utf-8")
    assert load_steps(path) == {"a": today}


def test_a_result_that_is_not_reproducible_keeps_no_values() -> None:
    output = Array(dtype="float32", shape=(2,), values=None)
    text = steps_text({"step": Result(arrays={"output": output}, reproducible=False)})
    assert json.loads(text)["steps"]["step"] == {
        "reproducible": False,
        "arrays": {"output": {"dtype": "float32", "shape": [2]}},
    }


SOUND = steps_text(
    {"first pass": Result(arrays={"output": array(1.5, 2.5, 3.5, 4.5, shape=(2, 2))})}
)

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
    "an older schema version": ('"schema_version": 1', '"schema_version": 0', ["version 0"]),
    "an older schema version with another layout": (
        SOUND,
        '{"schema_version": 0, "observations": {}}',
        ["version 0"],
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
    path = directory / "internals.json"
    path.write_text(internals_text(internals), encoding="utf-8")
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


def test_each_body_is_stored_once_line_by_line(tmp_path: Path) -> None:
    text = stored_internals(tmp_path, WATCHED).read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["internals"]["LSTM.reset_states"]["body"] == "RNN.reset_states"
    assert list(document["bodies"]) == ["RNN.reset_states", "RNN.call", "LSTMCell.call"]
    assert document["bodies"]["RNN.reset_states"] == BODY.splitlines()


def test_each_line_of_a_long_body_is_on_its_own_line(tmp_path: Path) -> None:
    longer = [f"    self.states[{n}] = None" for n in range(9)]
    body = "\n".join(["def reset_states(self):", *longer])
    path = stored_internals(tmp_path, {"RNN.call": Described(kind="method", body=body)})
    stored = [line.strip().rstrip(",") for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in stored if "self.states" in line] == [f'"{line}"' for line in longer]


BROKEN_INTERNALS = {
    "a missing body": ('"body": "RNN.call"', '"body": "RNN.cal"', "RNN.cal"),
    "a body that is no list": ('["def call(self):", "    return 1"]', '"pass"', "bodies"),
    "a body of numbers": ('["def call(self):", "    return 1"]', "[1]", "bodies"),
    "parameters that are no list": ('"parameters": []', '"parameters": 1', "parameters"),
    "no bodies": ('"bodies"', '"texts"', "bodies"),
    "another schema version": ('"schema_version": 1', '"schema_version": 0', "version 0"),
    "half of the file": ('"RNN.states": {', "", "cannot be read"),
}


@pytest.mark.parametrize(("old", "new", "message"), BROKEN_INTERNALS.values(), ids=BROKEN_INTERNALS)
def test_a_damaged_baseline_of_internals_is_refused_with_its_name(
    old: str, new: str, message: str, tmp_path: Path
) -> None:
    path = stored_internals(tmp_path, WATCHED)
    text = path.read_text(encoding="utf-8")
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
        stored_internals(tmp_path / target.name, WATCHED)
    watches = load_watches(tmp_path, [first, nightly, other, second])
    assert {family: list(targets) for family, targets in watches.items()} == {
        "tensorflow": ["tf-2.0", "tf-2.1"],
        "keras": ["keras-3.0"],
    }
    assert watches["keras"]["keras-3.0"] == WATCHED
    (tmp_path / "tf-2.1" / "internals.json").unlink()
    with pytest.raises(BaselineError, match=r"tf-2\.1/internals\.json: cannot be read"):
        load_watches(tmp_path, [first, second])
