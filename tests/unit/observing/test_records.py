"""A record is read back completely or not at all."""

import json
import math
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.base.errors import RecordError
from harness.observing.records import load_record
from tests.support.makers import array, gives, internal, record, twice

SOUND = msgspec.json.encode(record(twice(gives(1.0, "nan")), internals=[internal()])).decode()
VERSION = '"schema_version":1'

REFUSED = {
    "cut off": (SOUND[:200], "truncated"),
    "empty": ("", "truncated"),
    "no JSON": ("garbage", "JSON is malformed"),
    "no document": ("[1, 2]", "Expected `object`, got `array`"),
    "of an older harness": (SOUND.replace(VERSION, '"schema_version":0'), "run the target again"),
    "of a newer harness": (SOUND.replace(VERSION, '"schema_version":2'), "upgrade the harness"),
    "of no version": (SOUND.replace(VERSION, '"version":1'), "it has no schema_version"),
    "of another layout": ('{"schema_version": 1, "target": "tf-2.15"}', "lock_sha256"),
    "with a value of another type": (
        SOUND.replace('"seconds":1.0', '"seconds":"1"', 1),
        "seconds",
    ),
    "with too few values": (
        SOUND.replace('"shape":[2]', '"shape":[3]'),
        "stateful / fixed, step, output: 2 values do not fill",
    ),
    "with an array of another type": (
        SOUND.replace('"shape":[2]', '"shape":"2"'),
        "got `str` - at `arrays[...].shape` - at `$.runs[0].observations[0]`",
    ),
    "without values": (
        SOUND.replace('"values":[1.0,"nan"]', '"values":null', 1),
        "stateful / fixed, step, output: it has no values",
    ),
    "with a value that is none": (
        SOUND.replace('"nan"', '"one"'),
        "step, output: could not convert",
    ),
    "with an internal of no class": (
        SOUND.replace("RNN.reset_states", "reset"),
        "'reset' is not a class and its attribute",
    ),
    "with a moment that is none": (SOUND.replace("2024-01-01T", "January"), "isoformat"),
    "with an end that is none": (SOUND.replace('"completed"', '"over"', 1), "over"),
}


@pytest.mark.fault(
    "files",
    "a record is cut off, no JSON, or has a value of another type",
    "the message names the file and the place",
)
@pytest.mark.fault(
    "files",
    "a record of an older or a newer harness",
    "the message says to run the target again, or to upgrade the harness",
)
@pytest.mark.parametrize(("text", "message"), REFUSED.values(), ids=REFUSED)
def test_anything_but_a_complete_record_of_this_version_is_refused_with_its_name(
    text: str, message: str, tmp_path: Path
) -> None:
    path = tmp_path / "record.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecordError) as raised:
        load_record(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert message in str(raised.value)


@pytest.mark.fault("files", "a record is no text", "the message names it")
def test_a_record_that_is_not_text_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_bytes(SOUND.encode().replace(b"sample", b"\xff\xfe"))
    with pytest.raises(RecordError, match=r"record\.json: "):
        load_record(path)


def test_a_missing_record_is_refused_with_its_name(tmp_path: Path) -> None:
    with pytest.raises(
        RecordError, match=r"record\.json: cannot be read as a record: No such file"
    ):
        load_record(tmp_path / "record.json")


def test_a_complete_record_is_read_back_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "record.json"
    path.write_text(SOUND, encoding="utf-8")
    read = load_record(path)
    assert json.loads(msgspec.json.encode(read)) == json.loads(SOUND)
    assert read.runs[0].observations[0].arrays["output"].values == (1.0, "nan")


FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


@given(st.lists(FLOATS, min_size=1))
def test_means_are_correctly_rounded_sums_over_counts(values: list[float]) -> None:
    assert array(*values).mean == math.fsum(values) / len(values)


@given(st.lists(FLOATS), st.sampled_from(["nan", "inf", "-inf"]))
def test_a_mean_of_values_that_are_not_finite_is_nan(values: list[float], number: str) -> None:
    mean = array(*values, number).mean
    assert mean is not None
    assert math.isnan(mean)
