"""500 command lines of random and hostile arguments: a documented exit code, and no traceback."""

import random
import re
from pathlib import Path

import pytest

from harness.__main__ import main

LINES, BATCH = 500, 50
# each command with how often it is drawn: those that read all baselines take seconds
COMMANDS = {
    "run": 30,
    "matrix": 6,
    "lock": 10,
    "targets": 10,
    "internals": 2,
    "diff": 20,
    "try": 20,
    "check": 15,
    "upgrade": 2,
    "known": 1,
    "report": 10,
    "docs": 5,
    "nightly": 2,
    "accept": 15,
    "update": 3,
    "": 5,
    "no-such-command": 3,
}
OPTIONS = (
    *("-k", "--force-regen", "-q", "-v", "-vv", "--tb", "--tb=short", "--jobs", "--jobs=1"),
    *("--time-limit", "--restart", "--again", "--json", "--dry-run", "--accepted", "--threads=1"),
    *("--format=json", "--format=html", "--diff", "--records", "--archive", "--tracker=folder"),
    *("--link", "--why", "--title", "--package", "--since", "--help", "--", "--results=elsewhere"),
    *("--baselines=elsewhere", "--environments=file", "--record=OTHER", "--junitxml=/elsewhere"),
    *("-p", "--ignore=x", "--co", "-x", "-n", "--on", "--with", "--requirements", "--cwd", "--ulp"),
    *("--ci-matrix", "--records=."),
)
WORDS = (
    *("tf-2.15", "tf-2.9", "tf-2.21-fresh", "tf-nightly", "keras-3.5", "2.9", "2.16", "tensorflow"),
    *("all", "tf-9.9", "", " ", "0", "-1", "1e99", "9" * 5000, "x" * 5000, "\x1b[31m", "\u202e"),
    *("état", "\udcff", "../../../x", "/dev/null", "/proc", "/", "file", "missing.json", "{}"),
    *("script.py", "script.py", "2.9..2.11", "2.9..", "tensorflow==9.9", "numpy", "numpy>"),
    *("RNN.get_initial_state", "a.b.c", "'; rm -rf ~", "%s", "a\nb", "nan", "https://example.org"),
)


def line(chance: random.Random) -> list[str]:
    """The arguments of one command line."""
    [command] = chance.choices(list(COMMANDS), list(COMMANDS.values()))
    before = chance.sample(["-v", "--results=results", "--results=", "--results=/dev/null"], 1)
    rest = [chance.choice(OPTIONS + WORDS) for _ in range(chance.randint(0, 5))]
    return [*(before if chance.random() < 0.3 else []), *([command] if command else []), *rest]


@pytest.mark.fault(
    "command lines",
    "500 lines of random and hostile arguments",
    "exit code 0, 1, 2 or 3, no traceback, nothing written elsewhere",
)
@pytest.mark.parametrize("seed", range(LINES // BATCH))
def test_no_command_line_ends_otherwise_than_documented(
    seed: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same lines every time
    place = tmp_path / "place"
    place.mkdir()
    # no environment can be made in a file, so that nothing is installed and no target is run
    (place / "file").touch()
    (place / "pyproject.toml").write_text(
        '[tool.state-harness]\nenvironments = "file"\n', encoding="utf-8"
    )
    (place / "script.py").write_text("x = 1\n", encoding="utf-8")
    monkeypatch.chdir(place)
    for _ in range(BATCH):
        arguments = line(chance)
        monkeypatch.setattr("sys.argv", ["state-harness", *arguments])
        try:
            code = main()
        except SystemExit as end:  # argparse
            code = int(end.code or 0)
        printed = "".join(capfd.readouterr())
        assert code in {0, 1, 2, 3}, (arguments, printed)
        assert "Traceback" not in printed, (arguments, printed)
        assert not re.search("fault of the harness", printed), (arguments, printed)
        outside = {path.name for path in tmp_path.iterdir()}
        assert outside == {"place"}, arguments
