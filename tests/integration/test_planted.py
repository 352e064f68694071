"""Changes planted in an installed Keras and in baselines: each is found and named."""

import contextlib
import json
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from harness.judging.verdicts import Outcome
from harness.observing.numerics import NumericClass
from harness.observing.shared import SHARED
from tests.integration.command_line import Harness
from tests.integration.planting import KERAS_2, KERAS_3, LSTM, planted

SECOND_PASS = ("stateful", "fixed", "second pass")
SECOND_PASS_OF_ORACLE = ("oracle", "stateful", "second pass")
SWAPPED = ("return h, [h, c]", "return h, [c, h]")

# target, file, what is written, what is written instead, what the verdicts must say
PLANTED = [
    pytest.param(
        "tf-2.15",
        KERAS_2,
        "np.zeros([batch_size]",
        "np.ones([batch_size]",
        "reset / fixed / reset without values: drift",
        id="2-reset_states-puts-ones-for-zeros",
    ),
    pytest.param(
        "tf-2.15", LSTM, *SWAPPED, "stateful / fixed / first pass: drift", id="2-h-and-c-swapped"
    ),
    pytest.param(
        "tf-2.15",
        KERAS_2,
        "self_state, tf.cast(state, self_state.dtype)",
        "self_state, tf.zeros_like(self_state)",
        "stateful / fixed / second pass: drift",
        id="2-carry-over-dropped",
    ),
    pytest.param(
        "tf-2.15",
        KERAS_2,
        "def get_initial_state(self, inputs):",
        "def get_initial_state(self, x, inputs=None):\n        inputs = x",
        "internals / RNN.get_initial_state: changed: signature: takes x; "
        "inputs=None instead of inputs",
        id="2-parameter-renamed",
    ),
    pytest.param(
        "tf-2.21",
        KERAS_3,
        "v.assign(ops.zeros_like(v.value))",
        "v.assign(ops.ones_like(v.value))",
        "reset / fixed / reset without values: drift",
        id="3-reset_state-puts-ones-for-zeros",
    ),
    pytest.param(
        "tf-2.21", LSTM, *SWAPPED, "stateful / fixed / first pass: drift", id="3-h-and-c-swapped"
    ),
    pytest.param(
        "tf-2.21",
        KERAS_3,
        "self_state.assign(state)",
        "self_state.assign(ops.zeros_like(state))",
        "stateful / fixed / second pass: drift",
        id="3-carry-over-dropped",
    ),
    pytest.param(
        "tf-2.21",
        KERAS_3,
        "def get_initial_state(self, batch_size):",
        "def get_initial_state(self, size=None, batch_size=None):",
        "internals / RNN.get_initial_state: changed: signature: takes size=None; "
        "batch_size=None instead of batch_size",
        id="3-parameter-renamed",
    ),
]


@pytest.mark.parametrize(("target", "file", "old", "new", "expected"), PLANTED)
def test_a_change_planted_in_keras_is_found_and_named(
    private: Harness, target: str, file: str, old: str, new: str, expected: str
) -> None:
    private.ready(target)
    with planted(private.package_file(target, file), [(old, new)]):
        ran = private.run(target)
    assert ran.code == 1, ran.printed
    assert any(text.startswith(expected) for text in ran.differing), ran.differing
    assert expected in ran.printed


UNROLLED = "if self.unroll and timesteps is None:\n            raise ValueError("
# target, edits by file, what the verdict on an internal says of each
IN_BODIES = [
    pytest.param(
        "tf-2.15",
        {
            KERAS_2: [
                (
                    "        if mask is not None:\n            # Time step masks",
                    "        if mask is False:\n            raise TypeError('mask is False')\n"
                    "        if mask is not None:\n            # Time step masks",
                ),
                ('raise AttributeError("Layer must', 'raise RuntimeError("Layer must'),
            ],
            LSTM: [('kwargs.pop("return_runtime", False)', 'kwargs.pop("return_runtime", None)')],
        },
        {
            ("RNN.call", "new raise"): "raise TypeError('mask is False') if mask is False",
            ("RNN.reset_states", "other exception"): (
                "raise RuntimeError('Layer must be stateful.') if not self.stateful "
                "instead of raise AttributeError('Layer must be stateful.') if not self.stateful"
            ),
            ("LSTM.__init__", "default in the body"): (
                "kwargs.pop('return_runtime') = None instead of "
                "kwargs.pop('return_runtime') = False"
            ),
        },
        id="Keras-2",
    ),
    pytest.param(
        "tf-2.21",
        {
            KERAS_3: [
                (
                    "        if initial_state is None:\n            if self.stateful:",
                    "        if mask is False:\n            raise TypeError('mask is False')\n"
                    "        if initial_state is None:\n            if self.stateful:",
                ),
                (UNROLLED, UNROLLED.replace("ValueError", "RuntimeError")),
            ],
            LSTM: [('kwargs.pop("implementation", 2)', 'kwargs.pop("implementation", 1)')],
        },
        {
            ("RNN.call", "new raise"): "raise TypeError('mask is False') if mask is False",
            ("RNN.call", "other exception"): "raise RuntimeError('Cannot unroll a RNN if the time",
            ("LSTMCell.__init__", "default in the body"): (
                "kwargs.pop('implementation') = 1 instead of kwargs.pop('implementation') = 2"
            ),
            ("LSTM.__init__", "default in the body"): (
                "kwargs.pop('implementation') = 1 instead of kwargs.pop('implementation') = 2"
            ),
        },
        id="Keras-3",
    ),
]


@pytest.mark.parametrize(("target", "edits", "expected"), IN_BODIES)
def test_a_raise_an_exception_and_a_default_planted_in_a_body_are_findings_of_their_kinds(
    private: Harness,
    target: str,
    edits: dict[str, list[tuple[str, str]]],
    expected: dict[tuple[str, str], str],
) -> None:
    private.ready(target)
    with contextlib.ExitStack() as plants:
        for file, texts in edits.items():
            plants.enter_context(planted(private.package_file(target, file), texts))
        ran = private.run(target)
    assert ran.code == 1, ran.printed
    judged = {
        (each.change.subject, str(each.change.kind)): each.change.difference
        for verdict in ran.verdicts
        for each in verdict.changes
        if verdict.outcome is Outcome.CHANGED and not verdict.scenario
    }
    assert judged.keys() == expected.keys()
    assert all(judged[each].startswith(text) for each, text in expected.items()), judged
    assert all(f"{kind}: {text}" in ran.printed for (_, kind), text in expected.items())

    record = str(ran.results / "record.json")
    command = private.command("diff", "--accepted", "--format=json", target, record)
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stderr
    found = {
        (each["subject"], each["kind"]): each["difference"]
        for each in json.loads(done.stdout)["changes"]
        if each["finding"] and not each["scenario"]
    }
    assert found == judged


GATE = "i = self.recurrent_activation(z0)"
STATES = "return h, [h, c]"
# what an LSTM cell computes, what it computes instead, and what the first verdict on a step says
FAULTS = [
    pytest.param(
        {GATE: f"{GATE} * (1 + 1e-5)"}, Outcome.DRIFT, NumericClass.DRIFT, id="1e-5-in-one-gate"
    ),
    pytest.param(
        {
            STATES: "cast = __import__('tensorflow').cast; "
            "return h, [cast(cast(h, 'float16'), h.dtype), c]"
        },
        Outcome.DRIFT,
        NumericClass.DRIFT,
        id="float16-round-trip-of-the-carried-state",
    ),
    pytest.param(
        {STATES: "return h, [c, h]"}, Outcome.DRIFT, NumericClass.DRIFT, id="h-and-c-swapped"
    ),
    pytest.param(
        {STATES: "return h, [h[:1] + 0 * h, c]"},
        Outcome.DRIFT,
        NumericClass.DRIFT,
        id="one-sample-broadcast",
    ),
    pytest.param(
        {"h = o * self.activation(c)": "h = o * self.activation(c) / c * c * float('nan')"},
        Outcome.DRIFT,
        NumericClass.NOT_FINITE,
        id="not-a-number",
    ),
    pytest.param(
        {"h = o * self.activation(c)": "h = o * self.activation(c) * (1 + 2**-23)"},
        Outcome.EQUAL,
        NumericClass.TOLERANCE,
        id="1-ulp",
    ),
]
RETURNED = {
    "tf-2.15": (
        KERAS_2,
        "list(output) + states",
        "list(output) + [tf.cast(s, 'float64') for s in states]",
    ),
    "tf-2.21": (
        KERAS_3,
        "return output, *states",
        "return output, *[ops.cast(s, 'float64') for s in states]",
    ),
}


@pytest.mark.parametrize("target", ["tf-2.15", "tf-2.21"])
@pytest.mark.parametrize(("edits", "outcome", "numeric"), FAULTS)
def test_a_planted_numeric_fault_is_caught_and_classed(
    private: Harness,
    target: str,
    edits: dict[str, str],
    outcome: Outcome,
    numeric: NumericClass,
) -> None:
    private.ready(target)
    with planted(private.package_file(target, LSTM), list(edits.items())):
        ran = private.run(target)
    [verdict] = [v for v in ran.verdicts if (*v.heading, v.step) == SECOND_PASS]
    assert (verdict.outcome, verdict.numeric) == (outcome, numeric), verdict
    assert ran.code == (0 if outcome is Outcome.EQUAL else 1), ran.printed
    [against] = [v for v in ran.verdicts if (*v.heading, v.step) == SECOND_PASS_OF_ORACLE]
    assert against.outcome is outcome, against


@pytest.mark.parametrize("target", RETURNED)
def test_a_state_cast_to_another_dtype_is_a_change_of_dtype(private: Harness, target: str) -> None:
    private.ready(target)
    file, *edit = RETURNED[target]
    with planted(private.package_file(target, file), [(edit[0], edit[1])]):
        ran = private.run(target)
    [verdict] = [v for v in ran.verdicts if (*v.heading, v.step) == SECOND_PASS]
    assert (verdict.outcome, verdict.numeric) == (Outcome.CHANGED, NumericClass.LAYOUT), verdict
    assert "hidden: dtype float64 instead of float32" in verdict.reason
    assert ran.code == 1


def _change_a_digit_of_the_mean(array: dict[str, Any]) -> None:
    array["mean"] += 1e-9


def _change_a_digit_of_a_value(array: dict[str, Any]) -> None:
    array["values"][0][0] += 0.01


def _permute(array: dict[str, Any]) -> None:
    array["values"].reverse()


def _change_the_dtype(array: dict[str, Any]) -> None:
    array["dtype"] = "float64"


@pytest.mark.parametrize(
    ("edit", "code", "expected"),
    [
        (_change_a_digit_of_the_mean, 3, "first pass: output: the stored mean is"),
        (_change_a_digit_of_a_value, 3, "first pass: output: the stored mean is"),
        (_permute, 1, "first pass: drift: output: mean 0.03202069 instead of 0.03202069; "),
        (_change_the_dtype, 1, "first pass: changed: output: dtype float32 instead of float64"),
    ],
)
def test_an_edited_baseline_is_named_and_passes_again_when_restored(
    own_baselines: Harness, edit: Callable[[dict[str, Any]], None], code: int, expected: str
) -> None:
    path = own_baselines.project.baselines / "tf-2.15" / "stateful-fixed.json"
    text = path.read_text(encoding="utf-8")
    document = json.loads(text)
    array = document["steps"]["first pass"]["arrays"]["output"]
    shared = own_baselines.project.baselines / SHARED / array["values"]
    array["values"] = json.loads(shared.read_bytes())  # which a file of a target may have itself
    edit(array)
    path.write_text(json.dumps(document), encoding="utf-8")

    ran = own_baselines.run("tf-2.15", "-k", "stateful")
    assert ran.code == code, ran.printed
    assert expected in ran.printed

    path.write_text(text, encoding="utf-8")
    assert own_baselines.run("tf-2.15", "-k", "stateful").code == 0


def test_a_step_removed_from_a_baseline_is_named(own_baselines: Harness) -> None:
    path = own_baselines.project.baselines / "tf-2.15" / "stateful-fixed.json"
    document = json.loads(path.read_text(encoding="utf-8"))
    del document["steps"]["second pass"]
    path.write_text(json.dumps(document), encoding="utf-8")
    ran = own_baselines.run("tf-2.15")
    assert ran.code == 3
    assert "stateful / fixed / second pass: no baseline" in ran.printed
