"""Searches among real releases of Keras: a step, a script and a command, and what is no answer."""

import json
import subprocess
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from harness.base.project import RESOURCES
from tests.integration.command_line import Harness
from tests.support.places import ROOT

SCHEMA = json.loads((RESOURCES / "bisect.schema.json").read_text(encoding="utf-8"))
STEP = "bidirectional_reset:another batch size"  # refused from Keras 3.12 on
ENDS = ("--good", "keras-3.11", "--bad", "keras-3.12")
SCRIPT = """\
import numpy as np
import tensorflow as tf

layer = tf.keras.layers.GRU(2, stateful=True)
layer(np.ones((2, 3, 2), np.float32))
print(layer(np.ones((1, 3, 2), np.float32)).shape)
"""
COMMAND = (
    "python -c 'import numpy as n, tensorflow as t; g = t.keras.layers.GRU(2, stateful=True); "
    "g(n.ones((2, 3, 2))); g(n.ones((1, 3, 2)))'"
)


def search(harness: Harness, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = harness.command("bisect", *arguments)
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def answer(harness: Harness, *arguments: str) -> dict[str, Any]:
    done = search(harness, "--format", "json", *arguments)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    return dict(found)


def test_the_release_that_changed_a_step_is_found_and_the_search_is_taken_up_again(
    harness: Harness,
) -> None:
    found = answer(harness, STEP, *ENDS)
    [window] = found["windows"]
    assert (window["last_old"], window["first_new"]) == ("keras-3.11", "keras-3.12.0-in-keras-3.11")
    assert window["sure"]
    assert "keras 3.11.3 → 3.12.0" in window["packages"]
    assert "newly raises: ValueError" in window["differences"][0]
    assert "known: A stateful layer refuses another batch size" in window["differences"][0]
    [culprit] = window["attribution"]["brings"]
    assert culprit["packages"] == ["keras 3.11.3 → 3.12.0"]
    assert window["attribution"]["where"]["functions"]["changed"][0]["name"] == "RNN.call"
    records = {
        path: path.stat().st_mtime
        for path in (harness.project.results / "bisect").glob("*/*/record.json")
    }
    again = answer(harness, STEP, *ENDS)
    for each in (window, *again["windows"]):
        each["attribution"].pop("seconds")
    assert again["windows"] == found["windows"]
    # with two at once, which candidates run depends on which one ends first
    both = found["seen"].keys() & again["seen"].keys()
    assert {name: found["seen"][name] for name in both} == {n: again["seen"][n] for n in both}
    assert records == {path: path.stat().st_mtime for path in records}


def test_the_statement_of_a_script_and_a_command_have_the_same_answer(
    harness: Harness, tmp_path: Path
) -> None:
    script = tmp_path / "another_batch_size.py"
    script.write_text(SCRIPT, encoding="utf-8")
    for subject in ((f"{script}:6",), ("--command", COMMAND)):
        [window] = answer(harness, *subject, *ENDS)["windows"]
        assert window["first_new"] == "keras-3.12.0-in-keras-3.11"
        assert window["sure"]


NO_ANSWERS = [
    ((STEP, "--good", "keras-3.10", "--bad", "keras-3.11"), 3, "do the same; a change between"),
    (("--command", "exit 125", *ENDS), 3, "it cannot tell; a search needs ends that can be told"),
    (("stateful:no such step", *ENDS), 2, "has no step 'no such step'; its steps are"),
    (("statefull", *ENDS), 2, "did you mean stateful?"),
    (("no_such.py", *ENDS), 2, "no_such.py: there is no such script"),
    (("--command", "true", "--exact", *ENDS), 2, "--exact: a command takes none"),
    (("reset", "--with", "rich", *ENDS), 2, "--with: a scenario takes none"),
    (("RNN.call", *ENDS, "--", "a"), 2, "arguments after --: an internal takes none"),
    (ENDS, 2, "name one thing to search: SUBJECT or --command TEXT"),
    ((STEP, "--good", "keras-3.12", "--bad", "keras-3.11"), 2, "the first must be the older one"),
]


@pytest.mark.parametrize(("arguments", "code", "message"), NO_ANSWERS)
def test_what_is_no_answer_is_said_and_why(
    harness: Harness, arguments: tuple[str, ...], code: int, message: str
) -> None:
    done = search(harness, *arguments)
    assert done.returncode == code, done.stdout
    assert message in done.stderr
    assert done.stdout == ""
