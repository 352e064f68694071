"""What `try` sees within a statement: the statements of blocks, and named steps."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from harness.observing.records import load_record
from tests.integration.command_line import Harness
from tests.integration.trying import bare, observations, tried
from tests.support.places import ROOT

BLOCKS = """\
import numpy as np
import tensorflow as tf
layers = tf.keras.layers
ones = dict(kernel_initializer="ones", recurrent_initializer="ones")
x = np.linspace(-1, 1, 24, dtype="float32").reshape(2, 4, 3)
other = tf.Variable(1.0)
layer = layers.LSTM(2, **ones)
optimizer = tf.keras.optimizers.SGD(0.1)
losses = []
for epoch in range(2):
    for step in range(2):
        with tf.GradientTape() as tape:
            y = layer(x)
            loss = tf.reduce_sum(y * y)
            name = other.name  # which uses no value of it
        watched = tape.watched_variables()
        optimizer.apply_gradients(zip(tape.gradient(loss, watched), watched))
        print(len(watched))
    losses.append(float(loss))
with tf.distribute.OneDeviceStrategy("/cpu:0").scope():
    placed = tf.keras.Sequential([layers.LSTM(2, **ones)])
    first = placed(x)
model = tf.keras.Sequential([layers.LSTM(2, stateful=True, **ones)])
with tf.Graph().as_default():
    symbol = tf.constant(1.0) + 1.0
with tf.device("/cpu:0"):
    for sentence in (x, 2 * x):
        z = model(sentence)
        model.reset_states()
print(losses, np.mean(z))
"""


def test_statements_of_blocks_are_seen_and_do_as_alone(harness: Harness, tmp_path: Path) -> None:
    script = tmp_path / "blocks.py"
    script.write_text(BLOCKS, encoding="utf-8")
    printed = bare(harness, script, "tf-2.15", tmp_path)
    code, found = tried(harness, script, "--on", "tf-2.15", "tf-2.16")
    assert code == 1
    record = load_record(harness.project.results / "try" / "blocks" / "tf-2.15" / "record.json")
    for run in record.runs:
        lines = "".join(each.printed for each in run.observations).splitlines()
        assert sorted(lines) == sorted(printed.splitlines())
        seen = {each.step: each for each in run.observations}
        [within] = [each for each in record.statements if each.source.strip() == "y = layer(x)"]
        assert "y" in seen[within.name].arrays
    [boundary] = found["boundaries"]
    [raises] = [each for each in boundary["differences"] if each["follows"] is None]
    places = {each["name"]: each["source"].strip() for each in found["statements"]}
    assert places[raises["statement"]] == "model.reset_states()"
    assert "reset_states" in str(raises["known"])


RAISING = """\
import tensorflow as tf
class Tagger(tf.keras.Model):
    def __init__(self):
        super().__init__()
        self.rnn = tf.keras.layers.GRU(2, kernel_initializer="ones", stateful=True)
    def call(self, inputs):
        return self.rnn(inputs)
    def restart(self, values):
        self.rnn.reset_states(values)
tagger = Tagger()
for n in range(3):
    tagger(tf.ones((1, 3, 2)))
    if n == 1:
        {first}
tagger.restart(tf.ones((1, 2)).numpy())
"""


@pytest.mark.parametrize(
    ("first", "statement", "within", "function"),
    [("tagger.rnn.time_major", 11, 14, "<module>"), ("pass", 15, 9, "restart")],
)
def test_an_error_names_the_line_of_the_script_within_the_statement(
    harness: Harness, tmp_path: Path, first: str, statement: int, within: int, function: str
) -> None:
    script = tmp_path / "raising.py"
    script.write_text(RAISING.replace("{first}", first), encoding="utf-8")
    code, found = tried(harness, script, "--on", "tf-2.15", "tf-2.16")
    assert code == 1
    assert f" at line {statement} (in line {within}) on tf-2.16" in found["headline"]
    [raises] = [each for each in found["boundaries"][0]["differences"] if each["raised_in"]]
    assert raises["line"] == statement
    source = script.read_text(encoding="utf-8").splitlines()[within - 1].strip()
    assert raises["raised_in"] == {"line": within, "function": function, "source": source}


STEPS = """\
import numpy as np
import tensorflow as tf
from steps import see, step

layer = tf.keras.layers.LSTM(
    2,
    stateful=True,
    kernel_initializer="ones",
    recurrent_initializer="ones",
    recurrent_activation="hard_sigmoid",
)


def passes(x):
    for n in range(2):
        with step("pass"):
            y = layer(x)
            see(y)
    with step("mean") as see_mean:
        mean = np.mean(y)
        see_mean(mean=mean)
    with step("input"):
        see(x)
    return mean


result = passes(tf.ones((1, 3, 2)) * 0.1)
tf.keras.backend.set_learning_phase(0)
"""


@pytest.fixture
def with_steps(tmp_path: Path) -> Path:
    """A script with named steps, and beside it the file that `state-harness steps` prints."""
    command = [sys.executable, "-m", "harness", "steps"]
    printed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    (tmp_path / "steps.py").write_bytes(printed)
    script = tmp_path / "named.py"
    script.write_text(STEPS, encoding="utf-8")
    return script


def test_named_steps_are_compared_and_a_deprecation_says_where_it_ends(
    harness: Harness, with_steps: Path
) -> None:
    code, found = tried(harness, with_steps, "--on", "tf-2.9", "tf-2.15", "tf-2.21")
    assert (code, found["failures"]) == (1, {})
    assert found["stretches"] == [["tf-2.9", "tf-2.15"], ["tf-2.21"]]
    [boundary] = found["boundaries"]
    assert [(each["statement"], each["follows"]) for each in boundary["differences"]] == [
        ("step pass", None),
        ("line 16", "step pass"),  # the first pass of a loop
        ("step pass, time 2", "step pass"),
        ("line 15", "step pass"),  # of a function that runs once
        ("step mean", "step pass"),
        ("line 19", "step pass"),
        ("line 27", "step pass"),
        ("line 28", None),
    ]
    within = {each["name"]: each["within"] for each in found["statements"] if each["within"]}
    assert {name: around for name, around in within.items() if name.startswith("step")} == {
        "step pass": "line 16",
        "step pass, time 2": "line 15",
        "step mean": "line 19",
        "step input": "line 22",
    }
    assert {within[around] for around in ("line 15", "line 19")} == {"line 27"}
    [known] = boundary["differences"][0]["known"]
    assert known["title"] == "hard_sigmoid is another function"
    [one] = found["deprecations"]
    assert (one["statement"], one["targets"]) == ("line 28", ["tf-2.9", "tf-2.15"])
    assert one["removed"] == "removed after 2020-10-11"
    [outcome] = one["outcomes"]
    assert outcome["target"] == "tf-2.21"
    assert outcome["raises"].startswith("AttributeError: module '...' has no attribute")


@pytest.mark.parametrize("target", ["tf-2.9", "tf-2.15", "tf-2.21"])
def test_a_script_with_named_steps_runs_without_the_harness(
    harness: Harness, with_steps: Path, target: str
) -> None:
    harness.ready(target)
    text = with_steps.read_text(encoding="utf-8").replace("tf.keras.backend.set_learning", "#")
    with_steps.write_text(text, encoding="utf-8")
    bare = subprocess.run(
        [harness.project.environments / target / "bin/python", with_steps],
        env={**os.environ, "CUDA_VISIBLE_DEVICES": "-1"},
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    tried(harness, with_steps, "--on", target)
    seen = [each for each in observations(harness, with_steps, target) if each.place]
    means = [np.mean([array.mean for array in each.arrays.values()]) for each in seen]
    names, numbers = zip(
        *(line.rsplit(maxsplit=1) for line in bare.stdout.splitlines()), strict=True
    )
    assert list(names) == ["pass", "pass", f"{'mean':<40} mean", "input"]
    assert list(map(float, numbers)) == pytest.approx(means, rel=1e-6)
