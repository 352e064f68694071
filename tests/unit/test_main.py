"""The command line: exit codes, and what goes to which stream."""

import json
import re

import pytest

from harness.__main__ import main
from harness.commands import parser
from harness.base.errors import UncheckedError
from harness.observing.probing import Limits
from harness.environments.targets import load_targets


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr("sys.argv", ["harness", *arguments])
    return main()


WRONG_USE = {
    "a target that is none": (
        ["run", "tf-9.9"],
        "there is no target 'tf-9.9' (did you mean tf-2.9,",
    ),
    "a family that is none": (["matrix", "torch"], "there is no target or family 'torch'"),
    "an internal that is none": (
        ["internals", "RNN.reset_stats"],
        "'RNN.reset_stats' is not watched; did you mean RNN.reset_states",
    ),
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
    [
        [],
        ["dance"],
        ["run"],
        ["run", "--jobs", "0", "tf-2.0"],
        ["matrix", "--time-limit", "soon"],
        ["--jobs", "2", "matrix"],
        ["internals"],
    ],
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


def test_the_jobs_of_a_matrix_are_one_line_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "matrix", "--json", "all") == 0
    [line] = capsys.readouterr().out.splitlines()
    jobs = json.loads(line)["include"]
    assert [job["targets"] for job in jobs] == list(load_targets())
    assert {job["python"] for job in jobs} == {each.python for each in load_targets().values()}


@pytest.mark.parametrize("command", ["run", "matrix"])
def test_run_and_matrix_have_the_same_limits(command: str) -> None:
    options = parser().parse_args([command, "--jobs=3", "--time-limit=7", "tf-2.0"])
    assert (options.jobs, options.time_limit) == (3, 7)
    defaults = parser().parse_args([command, "tf-2.0"])
    assert defaults.jobs >= 1
    assert defaults.time_limit == Limits().scenario


def test_what_stands_after_the_target_goes_to_pytest() -> None:
    options = parser().parse_args(["run", "--jobs=3", "tf-2.0", "-k", "reset", "--jobs=4"])
    assert (options.jobs, options.pytest_arguments) == (3, ["-k", "reset", "--jobs=4"])


ERRORS: dict[str, tuple[BaseException, int, str]] = {
    "a bug": (ZeroDivisionError("a bug"), 3, "ZeroDivisionError: a bug\n"),
    "an error of the system": (OSError(28, "No space left"), 3, "OSError: [Errno 28] No space"),
    "what the user has to know": (UncheckedError("no network"), 3, "error: no network\n"),
    "an interrupt": (KeyboardInterrupt(), 130, "interrupted\n"),
}


@pytest.mark.parametrize(("error", "code", "said"), ERRORS.values(), ids=ERRORS)
def test_each_error_has_its_exit_code_and_none_is_that_of_a_regression(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails() -> None:
        raise error

    monkeypatch.setattr("harness.commands.checks.load_targets", fails)
    assert call(monkeypatch, "targets") == code
    assert said in capsys.readouterr().err
