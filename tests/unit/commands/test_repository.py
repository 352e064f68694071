"""The command line of `check`: what it refuses, and what it prints without running anything."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.__main__ import main

Call = Callable[..., int]
TABLE = '[tool.state-harness]\nenvironments = "e"\n'


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Call:
    """Calls the command line in a repository with one script."""
    (tmp_path / "some.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)

    def calls(*arguments: str, table: str = "") -> int:
        (tmp_path / "pyproject.toml").write_text(TABLE + table, encoding="utf-8")
        monkeypatch.setattr("sys.argv", ["state-harness", *arguments])
        return main()

    return calls


REFUSED = {
    "no script": (("check", "--on", "tf-2.15"), "", "no script is named"),
    "no target": (("check", "some.py"), "", "no target is named: give --on TARGET, or set"),
    "an unknown target": (("check", "some.py", "--on", "tf-9.9"), "", "there is no target"),
    "no records": (
        ("check", "some.py", "--on", "tf-2.15", "--records", "none"),
        "",
        "is no directory; nothing is there to take",
    ),
    "an unknown target of the table": (
        ("check", "--ci-matrix"),
        'scripts = ["some.py"]\ntargets = ["tf-9.9"]',
        "there is no target",
    ),
    "a night without targets": (("nightly",), 'scripts = ["some.py"]', "no target is named"),
    "a working directory that is not there": (
        ("check",),
        'scripts = ["some.py"]\ntargets = ["tf-2.15"]\ncwd = "none"',
        "is no directory",
    ),
    "a requirement that is none": (
        ("check",),
        'scripts = ["some.py"]\ntargets = ["tf-2.15"]\nwith = ["numpy>"]',
        "'numpy>' is no requirement",
    ),
}


@pytest.mark.parametrize(("arguments", "table", "said"), REFUSED.values(), ids=REFUSED)
def test_wrong_use_is_refused_with_the_input_and_the_way_out(
    arguments: tuple[str, ...],
    table: str,
    said: str,
    call: Call,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert call(*arguments, table=table) == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert said in printed.err


def test_no_baseline_is_written_in_ci(
    call: Call, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CI", "true")
    assert call("check", "some.py", "--on", "tf-2.15", "--force-regen") == 2
    assert "no baseline is written in CI" in capsys.readouterr().err


def test_the_jobs_of_a_ci_matrix_are_printed(
    call: Call, capsys: pytest.CaptureFixture[str]
) -> None:
    table = 'scripts = ["some.py"]\ntargets = ["tf-2.15", "tf-2.20..tf-2.21"]'
    assert call("check", "--ci-matrix", table=table) == 0
    jobs = json.loads(capsys.readouterr().out)["include"]
    assert [each["targets"] for each in jobs] == ["tf-2.15", "tf-2.20", "tf-2.21"]


def test_without_records_of_the_jobs_nothing_is_green(
    call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "jobs").mkdir()
    table = 'scripts = ["some.py"]\ntargets = ["tf-2.15"]'
    assert call("check", "--records", "jobs", table=table) == 3
    printed = capsys.readouterr()
    assert printed.out.startswith("1 script on 1 target: 1 not run.")
    assert "there is no record of tf-2.15" in printed.out
    assert (tmp_path / "results/check/index.html").exists()
