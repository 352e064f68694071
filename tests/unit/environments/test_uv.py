"""A uv that misbehaves is an error that says so, and never a missing interpreter."""

from pathlib import Path

import pytest

from harness.base.errors import MissingInterpreterError, UnusableEnvironmentError
from harness.environments.interpreters import find_interpreter
from harness.environments.uv import call_uv, run_uv

# scripts in place of uv, and the part of the message that tells them apart
FAULTS = {
    "silent": ("exit 2", "exit code 2 and no message"),
    "killed": ("kill -9 $$", "ended by SIGKILL and no message"),
    "ended by a signal without a name": ("kill -40 $$", "ended by signal 40 and no message"),
    "printing bytes": (r"printf '\377\376' >&2; exit 1", "\ufffd\ufffd"),
    "with a message": ("echo no network >&2; exit 2", "no network"),
}


def replace_uv(script: str, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = directory / "uv"
    program.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setattr("uv.find_uv_bin", lambda: str(program))


@pytest.mark.fault(
    "packages and indexes",
    "uv fails silently, is killed, or prints bytes that are no text",
    "the message says so, and for which target",
)
@pytest.mark.parametrize(("script", "message"), FAULTS.values(), ids=FAULTS)
def test_a_uv_that_fails_is_quoted(
    script: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_uv(script, tmp_path, monkeypatch)
    with pytest.raises(UnusableEnvironmentError) as raised:
        run_uv("pip", "sync", about="tf-2.15")
    assert message in str(raised.value)
    assert "tf-2.15" in str(raised.value)


@pytest.mark.fault(
    "packages and indexes",
    "uv gives no answer about CPython",
    "it is not reported as a missing interpreter",
)
@pytest.mark.parametrize(
    "script", ["exit 2", "kill -9 $$", "exit 0"], ids=["silent", "killed", "0"]
)
def test_a_uv_without_an_answer_is_no_missing_interpreter(
    script: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_uv(script, tmp_path, monkeypatch)
    with pytest.raises(UnusableEnvironmentError, match=r"uv could not .* CPython 3\.11") as found:
        find_interpreter("3.11")
    assert not isinstance(found.value, MissingInterpreterError)


def test_an_interpreter_that_uv_does_not_find_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_uv("echo 'No interpreter found' >&2; exit 2", tmp_path, monkeypatch)
    with pytest.raises(MissingInterpreterError, match=r"CPython 3\.11 is not installed"):
        find_interpreter("3.11")


@pytest.mark.fault("packages and indexes", "uv hangs", "its time limit ends it")
def test_a_uv_that_hangs_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace_uv("sleep 60", tmp_path, monkeypatch)
    with pytest.raises(UnusableEnvironmentError, match="took longer than 1 s, and was ended"):
        call_uv("python", "find", limit=1)


@pytest.mark.fault("packages and indexes", "uv is missing", "one line that says how to install it")
def test_a_uv_that_is_not_there_is_an_error_with_the_way_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def missing() -> str:
        raise FileNotFoundError("/no/uv")

    monkeypatch.setattr("uv.find_uv_bin", missing)
    with pytest.raises(UnusableEnvironmentError, match=r"uv is not installed.*`pip install uv`"):
        call_uv("version")
