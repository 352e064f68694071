"""The JSON of a report is valid for its schema, which knows every word and refuses other ones."""

import datetime
import json
from enum import StrEnum
from typing import Any

import jsonschema
import pytest

from harness.base.project import RESOURCES
from harness.judging.changes import ChangeKind
from harness.judging.known import Effect, Knowledge
from harness.judging.verdicts import Axis, Outcome
from harness.report.model import Report
from tests.support.renderings import REPORTS, plain
from tests.support.reports import every_outcome

SCHEMA = json.loads((RESOURCES / "report.schema.json").read_text(encoding="utf-8"))


FORMATS = jsonschema.FormatChecker()


@FORMATS.checks("date-time", ValueError)
def is_moment(value: object) -> bool:
    return not isinstance(value, str) or bool(datetime.datetime.fromisoformat(value))


def validate(document: Any) -> None:
    jsonschema.validate(document, SCHEMA, format_checker=FORMATS)


@pytest.mark.parametrize("shown", REPORTS.values(), ids=REPORTS)
def test_the_json_is_valid_for_its_schema(shown: Report) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    validate(plain(shown))


OBSERVATION = SCHEMA["properties"]["observations"]["items"]


@pytest.mark.parametrize(
    ("key", "words"), [("outcome", Outcome), ("axis", Axis)], ids=["outcome", "axis"]
)
def test_the_schema_knows_every_word_and_no_other(key: str, words: type[StrEnum]) -> None:
    assert OBSERVATION["properties"][key]["enum"] == list(words)
    document = plain(every_outcome())
    document["observations"][0][key] = "unheard of"
    with pytest.raises(jsonschema.ValidationError, match="unheard of"):
        validate(document)


def test_the_schema_knows_every_kind_effect_and_class_of_knowledge() -> None:
    properties = SCHEMA["properties"]
    change = properties["changes"]["items"]["properties"]
    cause = properties["causes"]["items"]["properties"]
    counts = properties["totals"]["properties"]["changes"]["properties"]
    assert change["kind"]["enum"] == list(ChangeKind)
    assert list(counts) == ["total", *ChangeKind]
    assert change["knowledge"]["enum"] == [*Knowledge, None]
    assert cause["knowledge"]["enum"] == list(Knowledge)
    assert cause["effect"]["enum"] == list(Effect)


def test_a_document_older_than_causes_stays_valid() -> None:
    document = plain(every_outcome())
    del document["causes"], document["comparisons"]
    for each in document["changes"]:
        del each["cause"], each["part"], each["knowledge"]
    for each in (*Knowledge, "causes"):
        del document["totals"][each]
    for each in ("new raise", "removed raise", "other exception", "default in the body"):
        del document["totals"]["changes"][each]
    validate(document)


def test_a_document_older_than_the_axis_stays_valid() -> None:
    document = plain(every_outcome())
    for each in document["observations"]:
        del each["axis"]
    validate(document)


@pytest.mark.parametrize("broken", ["totals", "targets", "schema_version"])
def test_the_schema_refuses_a_document_without_a_required_key(broken: str) -> None:
    document = plain(every_outcome())
    del document[broken]
    with pytest.raises(jsonschema.ValidationError):
        validate(document)


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        (None, "made", "yesterday"),
        ("targets", "started", "1 o'clock"),
        ("known_changes", "expires", "soon"),
    ],
)
def test_the_schema_refuses_a_malformed_moment(part: str | None, key: str, value: str) -> None:
    document = plain(every_outcome())
    parts = {None: document, "targets": document["targets"][0]}
    parts["known_changes"] = next(iter(document["known_changes"].values()))
    parts[part][key] = value
    with pytest.raises(jsonschema.ValidationError, match="is not a 'date"):
        validate(document)


@pytest.mark.parametrize("part", ["totals", "targets", "observations", "changes"])
def test_keys_may_be_added_within_a_version(part: str) -> None:
    document = plain(every_outcome())
    document["new"] = 1
    found = document[part]
    (found if isinstance(found, dict) else found[0])["new"] = 1
    validate(document)
