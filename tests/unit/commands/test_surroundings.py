"""Verdicts and baselines are the same in every locale, time zone and directory."""

import json
import os
from pathlib import Path

import pytest

from harness.__main__ import main
from tests.support.fakes import TARGET, Fake

COMMANDS = (("run", TARGET), ("nightly", TARGET), ("diff", TARGET, TARGET, "--accepted"))
ASCII = {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}

# where, the variables of the environment, the permissions that new files lose
SURROUNDINGS: dict[str, tuple[str, dict[str, str], int]] = {
    "1,600 characters; ASCII alone; far in the east; all may write": (
        "/".join(["x" * 200] * 8),
        {**ASCII, "LC_ALL": "C", "TZ": "Pacific/Kiritimati"},
        0,
    ),
    "spaces, quotes, letters of many scripts; Turkish; half an hour off; nobody may read": (
        "a  b 'c\" d/é \u2014 日本 \u0131 İ",
        {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "TZ": "America/St_Johns"},
        0o077,
    ),
    "a new line, what a shell would read; a locale, time zone and terminal that are none": (
        "-a\nb/$HOME;&|[x]%s{}*?~#`",
        {"LC_ALL": "none", "TZ": "none/:::", "TERM": "none", "COLUMNS": "-1"},
        0o022,
    ),
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    return outcome(tmp_path_factory.mktemp("plain"), {})


def outcome(directory: Path, variables: dict[str, str]) -> dict[str, object]:
    """What the commands come to in a project in `directory`, where also home and TMPDIR are."""
    places = {"HOME": str(directory), "TMPDIR": str(directory)}
    fake = Fake.make(directory / "project", TARGET, variables={**places, **variables})
    ended = [fake.run(*command) for command in COMMANDS]
    said = "".join(done.stdout + done.stderr for done in ended)
    assert "Traceback" not in said
    files = (fake.baselines / TARGET).iterdir()
    return {
        "exit codes": [done.returncode for done in ended],
        "diff": ended[2].stdout.replace("\\u2192", "\u2192"),  # in ASCII
        "verdicts": json.loads((fake.results / TARGET / "verdicts.json").read_bytes())["verdicts"],
        "baselines": {path.name: path.read_bytes() for path in files},
    }


@pytest.mark.fault(
    "disks and folders",
    "another locale, encoding, time zone or umask; paths with spaces, quotes, new lines, letters "
    "of other scripts, or of 1,600 characters",
    "the same verdicts, baselines and differences",
)
@pytest.mark.parametrize(("where", "variables", "umask"), SURROUNDINGS.values(), ids=SURROUNDINGS)
def test_surroundings_change_nothing(
    where: str,
    variables: dict[str, str],
    umask: int,
    plain: dict[str, object],
    tmp_path: Path,
) -> None:
    directory = tmp_path / where
    directory.mkdir(parents=True)
    before = os.umask(umask)
    try:
        assert outcome(directory, variables) == plain
    finally:
        os.umask(before)
    assert plain["exit codes"] == [3, 0, 0]


@pytest.mark.fault(
    "command lines",
    "the path of the project or of an option has bytes that are no text",
    "exit code 2, and nothing is run",
)
@pytest.mark.parametrize("place", ["the project", "--results"])
def test_a_path_that_is_no_text_is_wrong_use(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "\udcff"
    path.mkdir()
    (path / "pyproject.toml").write_text("[tool.state-harness]\n", encoding="utf-8")
    monkeypatch.chdir(path if place == "the project" else tmp_path)
    options = [] if place == "the project" else [f"--results={path}"]
    monkeypatch.setattr("sys.argv", ["state-harness", *options, "run", TARGET])
    assert main() == 2
    assert "is no UTF-8 text: name another directory" in capsys.readouterr().err
