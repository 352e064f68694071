"""A witness that is verified on both sides, its watch on other targets, and what has none."""

import re
import subprocess
from pathlib import Path

import pytest

from harness.environments.extras import read_extras
from tests.integration.command_line import Harness
from tests.support.places import ROOT

ENDS = ("--good", "keras-3.11", "--bad", "keras-3.12")
SCRIPT = """\
import numpy as np
import tensorflow as tf

unused = np.zeros(3)
layer = tf.keras.layers.GRU(2, stateful=True)
layer(np.ones((2, 3, 2), np.float32))
print(layer(np.ones((1, 3, 2), np.float32)).shape)
"""


def run(harness: Harness, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = harness.command(*map(str, arguments))
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_witness_is_verified_and_watched(harness: Harness, tmp_path: Path) -> None:
    script, directory = tmp_path / "another_batch.py", tmp_path / "witness"
    script.write_text(SCRIPT, encoding="utf-8")
    done = run(harness, "witness", f"{script}:7", *ENDS, "--output", directory)
    assert done.returncode == 0, done.stderr
    assert "verified: no error on keras-3.11 (exit code 0), ValueError on keras-3.12" in done.stdout
    old, new, issue = (
        (directory / name).read_text(encoding="utf-8") for name in ("old.py", "new.py", "issue.md")
    )
    assert "unused" not in new
    assert "keras==3.11.3" in read_extras(directory / "old.py", (), ()).requirements
    assert re.sub(r"(?m)^(# |\"\"\").*\n", "", old) == re.sub(r"(?m)^(# |\"\"\").*\n", "", new)
    assert "| keras | 3.11.3 | 3.12" in issue
    assert str(tmp_path) not in issue
    for target, code, said in (
        ("keras-3.11", 1, "witness: repaired: no error"),
        ("keras-3.12", 0, "witness: as before: ValueError"),
    ):
        watched = run(harness, "watch", directory, "--on", target)
        assert (watched.returncode, said in watched.stdout) == (code, True), watched.stdout
    (directory / "new.py").write_text("import no_such_module", encoding="utf-8")
    untold = run(harness, "watch", directory, "--on", "keras-3.11")
    assert (untold.returncode, "could not tell: exit code 1" in untold.stdout) == (3, True)


STEP = "bidirectional_reset:another batch size"
NO_WITNESS = [
    ((STEP, "--good", "keras-3.10", "--bad", "keras-3.11"), 3, "do the same; a witness needs both"),
    (("bidirectional_reset", *ENDS), 2, "name one of its steps, as bidirectional_reset:STEP"),
    (("bidirectional_reset:no such step", *ENDS), 2, "has no step 'no such step'"),
    ((STEP, "--variant", "strict", *ENDS), 2, "has none of this name"),
    (("no_such.py:1", *ENDS), 2, "no_such.py: there is no such script"),
    ((STEP, "--good", "keras-3.11", "--bad", "keras-3.12.0-in-keras-9"), 2, "there is no target"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), NO_WITNESS)
def test_what_has_no_witness_is_refused_and_why(
    harness: Harness, tmp_path: Path, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = run(harness, "witness", *arguments, "--output", tmp_path / "witness")
    assert (done.returncode, message in done.stderr) == (code, True), done.stderr
    assert not (tmp_path / "witness").exists()


def test_a_directory_without_a_witness_is_refused(harness: Harness, tmp_path: Path) -> None:
    done = run(harness, "watch", tmp_path, "--on", "keras-3.11")
    assert (done.returncode, "has no new.py" in done.stderr) == (2, True)
