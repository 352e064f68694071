"""Error messages lose the parts that differ from call to call, and nothing else."""

import pytest

from harness.observing.messages import normalise

ALIKE = {
    "colours": ("\x1b[1mInvalid shape\x1b[0m\x1b[31;1m!", "Invalid shape!"),
    "a layer's name": (
        'Exception encountered when calling layer "lstm_3"',
        "Exception encountered when calling layer 'rnn/lstm'",
    ),
    "a layer's name without quotes": (
        "Input 0 of layer lstm_1 is incompatible with the layer",
        "Input 0 of layer lstm is incompatible with the layer",
    ),
    "a layer's name at the start of a sentence": (
        "Layer 'lstm_1' expected 3 variables",
        "Layer 'lstm_7' expected 3 variables",
    ),
    "a tensor's name": (
        "<KerasTensor shape=(10, 2), name='input_1'>",
        "<KerasTensor shape=(10, 2), name='keras_tensor_4'>",
    ),
    "a node's name": ("Node: 'lstm_1/while' failed", "Node: 'model/lstm/while' failed"),
    "a file that autograph wrote": (
        "in tf__call of __autograph_generated_filex1_2z.py",
        "in tf__call of __autograph_generated_fileabc.py",
    ),
    "an address": (
        "<LSTMCell object at 0x7f00deadBEEF> is unknown",
        "<LSTMCell object at 0x1> is unknown",
    ),
    "a listing of call arguments": (
        "Bad shape\n\nCall arguments received by layer 'lstm':\n  • inputs=1",
        "Bad shape",
    ),
    "a listing of arguments": (
        "Bad shape\n\n  Arguments received by LSTM.call():\n  • sequences=tf.Tensor(...)",
        "Bad shape",
    ),
    "a listing of call arguments, of no layer in particular": (
        "Bad shape\n\nCall arguments received:\n  • inputs=tf.Tensor(...)",
        "Bad shape",
    ),
    "a place in a file": (
        'in user code:\n  File "/a/lib/rnn.py", line 12, in call',
        'in user code:\n  File "/b/keras/src/rnn.py", line 345, in call',
    ),
    "layout": ("Bad \n\n   shape ", "Bad shape"),
    "the layer it went through": (
        "Exception encountered when calling layer 'rnn' (type RNN).\n\nBad shape",
        "Bad shape",
    ),
    "the layer it went through, as 2.10 wrote it": (
        'Exception encountered when calling layer "rnn" "                 f"(type RNN).'
        "\n\nBad shape",
        "Bad shape",
    ),
    "the call it went through": (
        "Exception encountered when calling RNN.call().\n\n\x1b[1mBad shape\x1b[0m",
        "Bad shape",
    ),
    "all layers it went through": (
        "Exception encountered when calling Functional.call().\n\n"
        "Exception encountered when calling layer 'model/rnn' (type RNN).\n\nBad shape",
        "Bad shape",
    ),
    "the layer it went through and its arguments": (
        "Exception encountered when calling RNN.call().\n\nBad shape.\n\n"
        "Arguments received by RNN.call():\n  • sequences=1",
        "Bad shape",
    ),
    "the name of a module": (
        "module 'keras.api._v2.keras.utils' has no attribute 'set_random_seed'",
        "module 'tensorflow.keras.utils' has no attribute 'set_random_seed'",
    ),
    "a full stop": ("Bad shape.", "Bad shape"),
    "a full stop before blanks": ("Bad shape. \n", "Bad shape"),
}

DIFFERENT = {
    "shapes": ("expected (10, 3)", "expected (1, 3)"),
    "names that are no layer's": ("no attribute 'reset_states'", "no attribute 'reset_state'"),
    "a layer's class": ("layer RNN got 2 arguments", "layer LSTM got 2 arguments"),
    "numbers": ("takes 2 arguments", "takes 3 arguments"),
    "the function in a file": (
        'File "/a/rnn.py", line 1, in call',
        'File "/a/rnn.py", line 1, in build',
    ),
    "case": ("Bad shape", "bad shape"),
    "an error inside a layer": (
        "Exception encountered when calling RNN.call().\n\nBad shape",
        "Exception encountered when calling RNN.call().\n\nBad dtype",
    ),
    "exceptions that another one speaks of": (
        "Exception encountered when calling the cell: 1",
        "Exception encountered when calling the cell: 2",
    ),
    "the attribute that a module has not": (
        "module 'keras' has no attribute 'reset_states'",
        "module 'keras' has no attribute 'reset_state'",
    ),
    "a module that is not there": ("No module named 'keras'", "No module named 'tf_keras'"),
    "a full stop in between": ("Bad. Shape", "Bad Shape"),
    "another mark at its end": ("Bad shape!", "Bad shape?"),
    "call arguments in mid-sentence": (
        "Call arguments received: 1",
        "Call arguments received: 2",
    ),
    "arguments in mid-sentence": (
        "Arguments received by call() are wrong: 1",
        "Arguments received by call() are wrong: 2",
    ),
}


@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE)
def test_messages_with_the_same_meaning_become_equal(one: str, other: str) -> None:
    assert one != other
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_messages_with_different_meanings_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
