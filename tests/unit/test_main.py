"""The command line: its options, its exit codes, and its two streams."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.__main__ import main
from harness.base.errors import UncheckedError
from harness.commands import parser
from harness.environments.targets import Target
from harness.observing.probing import Limits
from harness.running.check import Checking
from harness.running.results import Checked
from harness.running.suite.options import SuiteOptions
from tests.support.places import ROOT, TARGETS


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


@pytest.mark.fault(
    "command lines", "an unknown command, a missing or wrong argument", "exit code 2"
)
@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["run"],
        ["run", "--jobs", "0", "tf-2.0"],
        ["matrix", "--time-limit", "soon"],
        ["run", "--runs", "1", "tf-2.0"],
        ["matrix", "--runs", "0"],
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
    assert capsys.readouterr().err.startswith("usage: state-harness")


def test_the_targets_are_listed_a_line_each(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "targets") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [re.split(r"\s{2,}| ", line)[0] for line in lines] == list(TARGETS)


def test_the_jobs_of_a_matrix_are_one_line_of_json(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(monkeypatch, "matrix", "--json", "all") == 0
    [line] = capsys.readouterr().out.splitlines()
    jobs = json.loads(line)["include"]
    assert [job["targets"] for job in jobs] == list(TARGETS)
    assert {job["python"] for job in jobs} == {each.python for each in TARGETS.values()}


@pytest.mark.parametrize("command", ["run", "matrix"])
def test_run_and_matrix_have_the_same_limits(command: str) -> None:
    options = parser().parse_args([command, "--jobs=3", "--time-limit=7", "tf-2.0"])
    assert (options.jobs, options.time_limit) == (3, 7)
    defaults = parser().parse_args([command, "tf-2.0"])
    assert defaults.jobs >= 1
    assert defaults.time_limit == Limits().scenario


def test_options_of_a_run_may_stand_before_the_target_and_after_it() -> None:
    before = parser().parse_args(["run", "--jobs=3", "-k", "reset", "--force-regen", "tf-2.0"])
    after = parser().parse_args(["run", "tf-2.0", "--jobs=3", "-k", "reset", "--force-regen"])
    assert vars(before) == vars(after)
    assert (after.target, after.jobs, after.expression) == ("tf-2.0", 3, "reset")
    assert after.force_regen
    plain = parser().parse_args(["run", "tf-2.0"])
    assert (plain.expression, plain.force_regen, plain.layout, plain.tb) == ("", False, None, None)


NOT_OPTIONS = [
    *("-x", "--co", "--collect-only", "--lf", "--ignore=x", "--deselect=x", "--regen-all"),
    *("--record=OTHER", "--baselines=OTHER", "--junitxml=OTHER", "--rootdir=OTHER", "--propose"),
    *(
        "-c OTHER",
        "-p no:x",
        "-n auto",
        "-m x",
        "--ignore x",
        "--deselect x",
        "-o x=y",
        "--tb=none",
    ),
    *("tests", "-k", "-q extra"),
]


@pytest.mark.fault(
    "command lines",
    "an option of pytest that would leave out checks: `--co`, `-x`, `--deselect`, `-p`, `-n`",
    "exit code 2, nothing is run",
)
@pytest.mark.fault(
    "command lines",
    "an option that would judge another record: `--record`, `--baselines`, `--junitxml`",
    "exit code 2, nothing is run",
)
@pytest.mark.parametrize("typed", NOT_OPTIONS)
def test_an_option_that_a_run_does_not_have_is_exit_code_2_and_nothing_is_run(
    typed: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("harness.commands.checks.check", lambda *_: pytest.fail("it was run"))
    for arguments in (["tf-2.0", *typed.split()], ["tf-2.0", "-k", "reset", *typed.split()]):
        with pytest.raises(SystemExit) as left:
            call(monkeypatch, "run", *arguments)
        assert left.value.code == 2
        assert capsys.readouterr().err.startswith("usage: state-harness")


LAYOUTS: dict[str, tuple[list[str], SuiteOptions]] = {
    "nothing": ([], SuiteOptions()),
    "an expression": (["-k", "reset and fixed"], SuiteOptions(expression="reset and fixed")),
    "new baselines": (["--force-regen"], SuiteOptions(force_regen=True)),
    "how pytest prints": (
        ["-q", "-vv", "--tb=long"],
        SuiteOptions(layout=("-q", "-vv", "--tb=long")),
    ),
}


@pytest.mark.parametrize(("arguments", "suite"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_options_of_a_run_are_those_of_its_suite(
    arguments: list[str], suite: SuiteOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, SuiteOptions]] = []

    def check(target: Target, _project: object, _criteria: object, how: Checking) -> Checked:
        asked.append((target.name, how.suite))
        return Checked(target=target.name, exit_code=1)

    monkeypatch.setattr("harness.commands.checks.check", check)
    assert call(monkeypatch, "run", "tf-2.0", *arguments) == 1
    assert asked == [("tf-2.0", suite)]


ERRORS: dict[str, tuple[BaseException, int, str]] = {
    "a bug": (ZeroDivisionError("a bug"), 3, "error: a fault of the harness itself"),
    "an error of the system": (OSError(28, "No space", "a file"), 3, "error: a file: No space\n"),
    "what the user has to know": (UncheckedError("no network"), 3, "error: no network\n"),
    "an interrupt": (KeyboardInterrupt(), 130, "interrupted\n"),
}


@pytest.mark.fault(
    "command lines",
    "an error of the system, a fault of the harness itself, an interrupt",
    "one line; exit code 3, or 130 after an interrupt, never 1",
)
@pytest.mark.parametrize(("error", "code", "said"), ERRORS.values(), ids=ERRORS)
def test_each_error_has_its_exit_code_and_none_is_that_of_a_regression(
    error: BaseException,
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fails(_path: Path) -> None:
        raise error

    monkeypatch.setattr("harness.commands.options.load_targets", fails)
    assert call(monkeypatch, "targets") == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err


STREAMS = {
    # a short output may lie in the pipe before its reader ends
    "a reader that has had enough": ("| head -1", {0, 141}),
    "no standard output": (">&-", {0}),
    "a full disk": ("> /dev/full", {3}),
}


@pytest.mark.fault(
    "command lines",
    "the reader of the output ends early, as `head -1` does",
    "exit code 0 or 141, never 1",
)
@pytest.mark.fault("command lines", "standard output is closed", "the exit code is as without that")
@pytest.mark.fault(
    "disks and folders", "standard output goes to a full disk", "one line, exit code 3"
)
@pytest.mark.parametrize(("redirection", "codes"), STREAMS.values(), ids=STREAMS)
def test_the_exit_code_is_that_of_the_harness_wherever_its_output_goes(
    redirection: str, codes: set[int]
) -> None:
    script = f"{sys.executable} -m harness targets {redirection}; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", script],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in codes
    assert "Traceback" not in done.stderr


ASCII_ALONE = {
    "an encoding": {"PYTHONIOENCODING": "ascii"},
    "a locale": {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
}


@pytest.mark.fault(
    "command lines",
    "standard output takes ASCII alone",
    "other characters are printed as their numbers; the exit code is as without that",
)
@pytest.mark.parametrize("variables", ASCII_ALONE.values(), ids=ASCII_ALONE)
def test_what_ascii_does_not_have_is_printed_as_its_number(variables: dict[str, str]) -> None:
    def printed(variables: dict[str, str]) -> bytes:
        done = subprocess.run(
            [sys.executable, "-m", "harness", "internals", "RNN.get_initial_state"],
            cwd=ROOT,
            env={name: text for name, text in os.environ.items() if name != "LC_ALL"} | variables,
            capture_output=True,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    text = printed({"PYTHONIOENCODING": "utf-8"}).decode()
    assert not text.isascii()
    assert printed(variables) == text.encode("ascii", "backslashreplace")


@pytest.mark.parametrize("arguments", [["targets"], ["run", "tf-9.9"]], ids=" ".join)
def test_a_call_leaves_the_handling_of_signals_as_it_was(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def handler(_number: int, _frame: object) -> None:
        pass

    before = signal.signal(signal.SIGTERM, handler)
    try:
        call(monkeypatch, *arguments)
        assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)
