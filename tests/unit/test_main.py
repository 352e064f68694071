"""The command line: exit codes, and what goes to which stream."""

import json
import re

import pytest

from harness.__main__ import main
from harness.targets import load_targets


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["harness", *arguments])
    return main()


WRONG_USE = {
    "a target that is none": (["run", "tf-9.9"], "there is no target 'tf-9.9'; there are: tf-2.0,"),
    "a family that is none": (["matrix", "torch"], "there is no target or family 'torch'"),
    "a lock of what has none": (["lock", "tf-nightly"], "no lock is kept for tf-nightly"),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG_USE.values(), ids=WRONG_USE)
def test_wrong_use_is_exit_code_2_and_one_line(
    arguments: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(monkeypatch, *arguments) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.startswith(f"error: {said}")
    assert printed.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["dance"], ["run"], ["--jobs", "0", "targets"], ["--time-limit", "soon", "targets"]],
    ids=" ".join,
)
def test_arguments_that_do_not_parse_are_exit_code_2(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        call(monkeypatch, *arguments)
    assert left.value.code == 2
    assert capsys.readouterr().err.startswith("usage: python -m harness")


def test_the_targets_are_listed_a_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "targets") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.split(r"\s{2,}| ", line)[0] for line in lines] == list(load_targets())
    assert call(monkeypatch, "targets", "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["name"] for entry in listed] == list(load_targets())
    assert {"name": "tf-2.15", "family": "tensorflow", "python": "3.11"} in listed
