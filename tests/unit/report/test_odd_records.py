"""One odd record stops no report: its target is shown, and all other targets are as before."""

import itertools
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from harness.commands import parser
from harness.judging.verdicts import Standing
from tests.support.makers import gives, internal, record, surroundings, twice
from tests.support.nights import Place
from tests.support.places import CRITERIA, TARGETS

SOUND = replace(
    record(
        twice(gives(1.0, 2.0)),
        internals=[internal(source="keras.RNN.reset_states")],
        sources={"keras.RNN.reset_states": "def reset_states(self): pass"},
        environment=surroundings(),
    ),
    layers={"LSTM": {"config": {"units": 2}}},
)
LONG = "x" * 5000
ODD = "\x1b[31mred\x00\u202e|`</td>"
RUN = ("runs", 0)
STEP = (*RUN, "observations", 0)
OUTPUT = (*STEP, "arrays", "output")

# the place of a value in a record, the value, and a part of the reason
REFUSED = {
    "10**400": ((*OUTPUT, "values", 0), 10**400, "a number has more than 308 digits, in line 1"),
    "a value that is none": ((*OUTPUT, "values", 0), "one", "step, output: could not convert"),
    "a missing value": ((*OUTPUT, "values", 0), None, "`arrays[...].values[0]` - at `$.runs[0]"),
    "a negative size": ((*OUTPUT, "shape", 0), -2, "arrays[...].shape[0]`"),
    "a moment before its calendar": (
        ("started",),
        "9999-12-31T23:59:59-12:00",
        "the moment 9999-12-31 23:59:59-12:00 is outside of the calendar",
    ),
    "a moment to come": (("started",), "9999-12-31T23:59:59+12:00", "is a clock wrong?"),
    "a moment that is none": (("started",), "2024-02-30", "day is out of range for month"),
    "an internal of no class": (("internals", 0, "name"), "a.b.c", "'a.b.c' is not a class"),
    "an empty scenario": ((*RUN, "scenario"), "", "`$.runs[0].scenario`"),
    "a long scenario": ((*RUN, "scenario"), LONG, "<= 100 - at `$.runs[0].scenario`"),
    "a scenario that is a path": ((*RUN, "scenario"), "../x", "`$.runs[0].scenario`"),
    "a variant that is a path": ((*RUN, "variant"), "x/../../x", "`$.runs[0].variant`"),
    "an empty step": ((*STEP, "step"), "", "`$.runs[0].observations[0].step`"),
    "an empty array": ((*STEP, "arrays", ""), None, "`arrays` - at `$.runs[0].observations[0]`"),
    "a duration that is NaN": ((*RUN, "seconds"), "nan", "`$.runs[0].seconds`"),
    "a version that is none": (
        ("environment", "distributions", "tensorflow"),
        LONG,
        "Invalid version",
    ),
    "another target": (("target",), LONG, "a record of 'xxx"),
}
RENDERED = {
    f"a {name} {what}": (place, value)
    for (name, place), (what, value) in itertools.product(
        {
            "step": (*STEP, "step"),
            "dtype": (*OUTPUT, "dtype"),
            "detail": (*RUN, "detail"),
            "platform": ("environment", "platform"),
            "kind": ("internals", 0, "kind"),
            "owner": ("internals", 0, "owner"),
            "reason": ("internals_failure",),
        }.items(),
        {"of 5,000 characters": LONG, "of odd characters": ODD}.items(),
    )
} | {
    "a package of 5,000 characters": (("environment", "distributions", LONG), "1"),
    "a variable of 5,000 characters": (("environment", "variables", LONG), LONG),
    "an infinite value": ((*OUTPUT, "values", 0), "-inf"),
    "the largest value": ((*OUTPUT, "values", 0), 10**308 - 1),
    "a negative duration": ((*RUN, "seconds"), -1e308),
    "a moment without an offset": (("started",), "2024-01-01T00:00:00"),
}


def planted(place: tuple[str | int, ...], value: object) -> Any:
    document = msgspec.json.decode(msgspec.json.encode(SOUND))
    at = document
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    return document


def report(root: Path, documents: Mapping[str, Any]) -> dict[str, Any]:
    """What `report` says about each target, where the first is sound and the others are odd."""
    sound, *names = (name for name in TARGETS if name not in CRITERIA.figures.reproducing)
    made = Place(root=root)
    for name in (sound, *names):
        made.accept(replace(SOUND, target=name))
    made.store(replace(SOUND, target=sound))
    assert len(documents) <= len(names)
    for name, document in zip(names, documents.values(), strict=False):
        path = root / "results" / name / "record.json"
        path.parent.mkdir(parents=True)
        named = document if document["target"] == LONG else document | {"target": name}
        path.write_text(json.dumps(named), encoding="utf-8")
    places = [f"--{each}={root / each}" for each in ("results", "baselines")]
    options = parser().parse_args([*places, "report"])
    assert options.command(options) in (1, 3)
    for path in (root / "results" / "report").glob("*.*"):
        assert path.suffix == ".png" or not set(path.read_text("utf-8")) & {"\x1b", "\0", "\u202e"}
    said = json.loads((root / "results" / "report" / "report.json").read_bytes())
    found = {each["name"]: each for each in said["targets"]}
    assert found[sound]["outcome"] == Standing.UNCHANGED
    return {odd: found[name] for odd, name in zip(documents, names, strict=False)}


@pytest.mark.fault(
    "files",
    "a record has 10**400, NaN, a negative size, an impossible moment, an empty name or `a.b.c`",
    "the report says why its target could not be checked, and shows the others as before",
)
def test_the_target_of_a_refused_record_could_not_be_checked(tmp_path: Path) -> None:
    documents = {odd: planted(place, value) for odd, (place, value, _) in REFUSED.items()}
    for odd, target in report(tmp_path, documents).items():
        where = tmp_path / "results" / target["name"] / "record.json"
        assert target["outcome"] == Standing.INCONCLUSIVE, odd
        assert target["reason"].startswith(f"{where}: "), odd
        assert REFUSED[odd][2] in target["reason"], odd


@pytest.mark.fault(
    "files",
    "a record has names of 5,000 characters, or control characters in names",
    "the report shows them cut, and without the control characters",
)
def test_the_target_of_another_odd_record_is_reported(tmp_path: Path) -> None:
    documents = {odd: planted(place, value) for odd, (place, value) in RENDERED.items()}
    for odd, target in report(tmp_path, documents).items():
        assert target["reason"] is None, odd
