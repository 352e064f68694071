"""The exit codes and files of the commands that keep the project up to date."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.judging.audit import Audit
from harness.judging.known import Knowledge
from harness.upkeep.releases.making import Update
from harness.upkeep.releases.proposals import LeftOut
from tests.support.locks import LOCK
from tests.support.makers import accepts
from tests.support.places import TARGETS
from tests.unit.commands.conftest import Call

COUNTED = {Knowledge.EXPLAINED: 4, Knowledge.COVERED: 2, Knowledge.UNKNOWN: 1}
GOOD = Audit(findings=COUNTED, unknown=(), entries=3, idle=(), expired=())
AUDITS = {
    "all is known": (GOOD, 0),
    "a line matches nothing": (replace(GOOD, idle=((accepts("added: a"), "added: a"),)), 1),
    "one has expired": (replace(GOOD, expired=(accepts(),)), 1),
}


@pytest.mark.parametrize(("found", "code"), AUDITS.values(), ids=AUDITS)
def test_an_audit_has_the_exit_code_of_its_alarms(
    found: Audit,
    code: int,
    call: Call,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("harness.judging.audit.audit", lambda *_: found)
    assert call("known") == code
    assert "7 findings between neighbouring targets: 4 explained, 2 covered, 1 unknown" in (
        capsys.readouterr().out
    )


@pytest.mark.parametrize("option", ["--records=TYPO", "--records=a-file", "--archive=a-file"])
def test_a_night_of_no_directory_is_wrong_use_and_touches_nothing(
    option: str, call: Call, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, value = option.split("=")
    (tmp_path / "a-file").write_text("mine", encoding="utf-8")
    kept = tmp_path / "results" / "tf-2.15" / "record.json"
    kept.parent.mkdir(parents=True)
    kept.write_text("a record", encoding="utf-8")
    places = {"--archive": tmp_path / "archive", "--records": tmp_path, name: tmp_path / value}
    assert call("nightly", "tf-2.15", *(f"{n}={path}" for n, path in places.items())) == 2
    said = capsys.readouterr().err
    assert f"{name}: {tmp_path / value} is no directory" in said
    assert "Traceback" not in said
    assert kept.read_text(encoding="utf-8") == "a record"
    assert not (tmp_path / "archive").exists()


LEFT = LeftOut(target=TARGETS["tf-2.15"], why="no wheel")
UPDATES = {
    "nothing new": (Update(made=(), left_out=(), majors=()), 0, ""),
    "a new major": (Update(made=(), left_out=(), majors=("keras 4.0.0",)), 0, "keras 4.0.0"),
    "a target left out": (Update(made=(), left_out=(LEFT,), majors=()), 3, "no wheel"),
    "one that waits": (
        Update(made=(), left_out=(replace(LEFT, waits=True),), majors=()),
        0,
        "no wheel",
    ),
}


@pytest.mark.parametrize(("found", "code", "said"), UPDATES.values(), ids=UPDATES)
def test_an_update_writes_whatever_there_is_to_say(
    found: Update,
    code: int,
    said: str,
    call: Call,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("harness.upkeep.releases.making.update", lambda *_, **__: found)
    body = tmp_path / "results" / "update.md"
    body.parent.mkdir()
    body.write_text("an earlier one's", encoding="utf-8")
    assert call("update") == code
    assert body.exists() is bool(said)
    assert said in (body.read_text(encoding="utf-8") if said else "")
    assert ("nothing new" in capsys.readouterr().out) is not bool(said)


def test_a_lock_that_is_no_text_is_made_again(
    call: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "tf-2.15.txt"
    path.write_bytes(b"numpy==1.26.4\n\xff\xfe")
    monkeypatch.setattr("harness.commands.checks.lock_path", lambda *_: path)
    monkeypatch.setattr("harness.commands.checks.make_lock", lambda _: LOCK)
    assert call("lock", "tf-2.15") == 0
    assert "  numpy 1.26.4 -> (none)\n" in capsys.readouterr().out
    assert path.read_text(encoding="utf-8") == LOCK
