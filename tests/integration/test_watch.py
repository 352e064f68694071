"""Changes planted in an installed Keras, each flagged with its kind; what must not be, is not."""

import pytest

from tests.integration.command_line import Harness
from tests.integration.planting import KERAS_2, KERAS_3, LSTM, planted

# target, file, edits, the verdict that must be among those that differ
FLAGGED = {
    "parameter added": (
        "tf-2.15",
        KERAS_2,
        [
            (
                "def get_initial_state(self, inputs):",
                "def get_initial_state(self, inputs, more=None):",
            )
        ],
        "RNN.get_initial_state: changed: signature: takes more=None",
    ),
    "parameters reordered": (
        "tf-2.21",
        KERAS_3,
        [
            (
                "        mask=None,\n        training=False,\n    ):",
                "        training=False,\n        mask=None,\n    ):",
            )
        ],
        "RNN.call: changed: signature: in the order self, sequences, initial_state, training, mask",
    ),
    "another default": (
        "tf-2.21",
        LSTM,
        [('recurrent_activation="sigmoid"', 'recurrent_activation="hard_sigmoid"')],
        "LSTMCell.__init__: changed: default: ",
    ),
    "keyword for positional, Keras 2": (
        "tf-2.15",
        KERAS_2,
        [("self.get_initial_state(inputs)", "self.get_initial_state(inputs=inputs)")],
        "RNN.get_initial_state: changed: call protocol: stateless, first call: by "
        "RNN._process_inputs (inputs=eager tensor float32(2, 2, 3)) instead of",
    ),
    "positional for keyword, Keras 3": (
        "tf-2.21",
        KERAS_3,
        [("get_initial_state_fn(batch_size=batch_size)", "get_initial_state_fn(batch_size)")],
        "LSTMCell.get_initial_state: changed: call protocol: ",
    ),
    "override bypassed, Keras 2": (
        "tf-2.15",
        KERAS_2,
        [("self.get_initial_state(inputs)", "RNN.get_initial_state(self, inputs)")],
        "RNN.get_initial_state: changed: call protocol: stateless, first call: no call instead of",
    ),
    "override bypassed, Keras 3": (
        "tf-2.21",
        KERAS_3,
        [("self.get_initial_state(", "RNN.get_initial_state(self, ")],
        "RNN.get_initial_state: changed: call protocol: stateless, first call: no call instead of",
    ),
    "h and c in the other order, Keras 2": (
        "tf-2.15",
        LSTM,
        [("return h, [h, c]", "return h, [c, h]")],
        "RNN: changed: state layout: returned: (2, 2) as the first; (2, 2) another; "
        "(2, 2) as the first instead of (2, 2) as the first; (2, 2) as the first; (2, 2) another",
    ),
    "h and c in the other order, Keras 3": (
        "tf-2.21",
        LSTM,
        [("return h, [h, c]", "return h, [c, h]")],
        "RNN: changed: state layout: returned: (2, 2) as the first; (2, 2) another; "
        "(2, 2) as the first instead of (2, 2) as the first; (2, 2) as the first; (2, 2) another",
    ),
    "method moved to a base class": (
        "tf-2.21",
        KERAS_3,
        [
            ("    def reset_states(self):\n", "    def _gone(self):\n"),
            (
                '@keras_export("keras.layers.RNN")\nclass RNN(Layer):',
                "class Base(Layer):\n    def reset_states(self):\n        self.reset_state()\n\n\n"
                '@keras_export("keras.layers.RNN")\nclass RNN(Base):',
            ),
        ],
        "RNN.reset_states: changed: moved: keras.src.layers.rnn.rnn.Base instead of",
    ),
}

SILENT = {
    "comment": [
        (
            "def get_initial_state(self, batch_size):",
            "def get_initial_state(self, batch_size):  # x",
        )
    ],
    "docstring": [
        (
            "    def reset_state(self):\n",
            '    def reset_state(self):\n        """Reset what was recorded."""\n',
        )
    ],
    "reformatting": [
        (
            "        if self.states is not None:\n",
            "        if (\n            self.states is not None\n        ):\n",
        )
    ],
    "import order": [
        (
            "from keras.src import backend\nfrom keras.src import ops\n",
            "from keras.src import ops\nfrom keras.src import backend\n",
        )
    ],
    "annotation": [
        (
            "def get_initial_state(self, batch_size):",
            "def get_initial_state(self, batch_size: int) -> list:",
        )
    ],
}


@pytest.mark.parametrize(("target", "file", "edits", "expected"), FLAGGED.values(), ids=FLAGGED)
def test_a_planted_change_is_flagged_with_its_kind(
    private: Harness, target: str, file: str, edits: list[tuple[str, str]], expected: str
) -> None:
    private.ready(target)
    with planted(private.package_file(target, file), edits):
        ran = private.run(target)
    assert ran.code == 1, ran.printed
    assert any(text.startswith(f"internals / {expected}") for text in ran.differing), ran.differing


@pytest.mark.parametrize("edits", SILENT.values(), ids=SILENT)
def test_what_changes_nothing_is_not_flagged(
    private: Harness, edits: list[tuple[str, str]]
) -> None:
    private.ready("tf-2.21")
    with planted(private.package_file("tf-2.21", KERAS_3), edits):
        ran = private.run("tf-2.21")
    assert ran.code == 0, ran.printed
    assert not ran.differing


def test_a_changed_body_is_noticed_and_no_finding(private: Harness) -> None:
    private.ready("tf-2.21")
    edit = ("        if self.states is not None:\n", "        if self.states:\n")
    with planted(private.package_file("tf-2.21", KERAS_3), [edit]):
        ran = private.run("tf-2.21")
    assert ran.code == 0, ran.printed
    assert "internals / RNN.reset_state: body changed: body: 2 lines differ" in ran.differing
