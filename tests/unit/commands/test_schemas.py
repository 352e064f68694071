"""Records of older and newer harnesses, as the command line tells of them."""

import json
from pathlib import Path

import msgspec
import pytest

from harness.__main__ import main
from harness.observing.records import SCHEMA_VERSION
from tests.support.makers import gives, record, surroundings, twice

WAYS_OUT = {
    "older": (SCHEMA_VERSION - 1, "run the target again"),
    "newer": (SCHEMA_VERSION + 1, "the harness"),
}


@pytest.mark.fault(
    "files",
    "a diff or a report of a record that an older or a newer harness made",
    "exit code 3 with the file, both schema versions and the way out",
)
@pytest.mark.parametrize("command", ["diff", "report"])
@pytest.mark.parametrize("age", WAYS_OUT)
def test_a_record_of_another_harness_is_told_by_its_age(
    age: str,
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    version, way_out = WAYS_OUT[age]
    path = tmp_path / "results" / "tf-2.15" / "record.json"
    path.parent.mkdir(parents=True)
    made = record(twice(gives(1.0)), target="tf-2.15", environment=surroundings())
    document = {**json.loads(msgspec.json.encode(made)), "schema_version": version}
    path.write_text(json.dumps(document), encoding="utf-8")
    arguments = ["diff", str(path), str(path)] if command == "diff" else ["report"]
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "sys.argv", ["harness", "--results=results", "--baselines=none", *arguments]
    )
    assert main() == 3
    printed = capsys.readouterr()
    if command == "diff":
        said = printed.err
    else:
        said = (tmp_path / "results" / "report" / "report.md").read_text(encoding="utf-8")
    for part in ("tf-2.15/record.json", age, str(version), str(SCHEMA_VERSION), way_out):
        assert part in said, said
    assert "Traceback" not in printed.err
