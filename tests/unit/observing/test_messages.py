"""Error messages lose the parts that differ from call to call, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.observing.messages import normalise


def graph_error(*frames: str) -> str:
    listing = "\n".join(f"    {frame}" for frame in frames)
    return (
        "Graph execution error:\n\nDetected at node 'while/Reshape' defined at (most recent call "
        f"last):\n{listing}\nNode: 'while/Reshape'\nBad shape\n\t [[{{{{node while/Reshape}}}}]]"
    )


LAST = 'File "/a/scenarios/reset.py", line 7, in g\n      y = tf.reshape(y, [7])'
GRAPH_ERROR = graph_error(
    'File "<frozen runpy>", line 198, in _run_module_as_main',
    'File "/a/harness/probe/__main__.py", line 170, in <module>\n      main()',
    'File "/a/harness/probe/running.py", line 162, in __call__\n      module.scenario(variant)',
    LAST,
)
GRAPH_ERROR_ALONE = graph_error('File "/a/reset.py", line 9, in <module>\n      alone()', LAST)
SHORT, SHORT_ALONE = (
    f"Detected at node f defined at (most recent call last):\n{frames}\nBad shape\n\t [[f]]"
    for frames in (
        '  File "<frozen runpy>", line 198, in _run_code\n\n  File "/a/b.py", line 7, in g\n',
        '  File "/a/b.py", line 3, in g\n',
    )
)

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
    "the counter of a tensor": (
        "A KerasTensor is symbolic: <KerasTensor shape=(10, 2), name=keras_tensor_158>",
        "A KerasTensor is symbolic: <KerasTensor shape=(10, 2), name=keras_tensor>",
    ),
    "the counters of a model and of its layer": (
        "Unknown variable functional_31_1/lstm_77_1/lstm_cell/kernel",
        "Unknown variable functional/lstm_2/lstm_cell/kernel",
    ),
    "the counter of a placeholder": (
        'Tensor("Placeholder_12:0", shape=(2,)) is symbolic',
        'Tensor("Placeholder:0", shape=(2,)) is symbolic',
    ),
    "the counters of nodes and functions": (
        "[[{{node lstm_77/while/body/_13/add}}]] [Op:__inference_lstm_77_while_body_2107]",
        "[[{{node lstm/while/body/_1/add}}]] [Op:__inference_lstm_while_body_65]",
    ),
    "the number of a tensor": ("<tf.Tensor: id=5548, shape=()>", "<tf.Tensor: id=7, shape=()>"),
    "the counter of a layer in a list": (
        "Existing layers are: ['lstm_4', 'dense_1'].",
        "Existing layers are: ['lstm', 'dense'].",
    ),
    "a KeyError": (str(KeyError("no layer 'lstm_1'\nin it")), "no layer 'lstm' in it"),
    "a KeyError in a layer": (
        str(KeyError("Exception encountered when calling A.call().\n\n\x1b[1m'x'\x1b[0m")),
        "x",
    ),
    "the address of an object as a number": ("139874452296512", "93874452296512"),
    "the frames of the harness": (GRAPH_ERROR, GRAPH_ERROR_ALONE),
    "the frames of the harness, without their code": (SHORT, SHORT_ALONE),
    "the frames of the harness, as 2.7 wrote them": (
        "Operation defined at: (most recent call last)\n"
        '>>>   File "/a/probe/__main__.py", line 287, in <module>\n>>>     main()\n>>> \n'
        '>>>   File "/a/rnn.py", line 7, in rnn\n>>>     y = tf.reshape(y, [7])\n>>> ',
        "Operation defined at: (most recent call last)\n"
        '>>>   File "/b/rnn.py", line 9, in rnn\n>>>     y = tf.reshape(y, [7])\n>>> ',
    ),
    "an operation that oneDNN computes on some processors": (
        "{{function_node __wrapped____MklMatMul_device_/device:CPU:0}} failed [Op:_MklMatMul]",
        "{{function_node __wrapped__MatMul_device_/device:CPU:0}} failed [Op:MatMul]",
    ),
    "an operation that oneDNN computes in the layout of TensorFlow": (
        "{{function_node __wrapped____MklNativeConv2D_device_/device:CPU:0}} [Op:Conv2D]",
        "{{function_node __wrapped__Conv2D_device_/device:CPU:0}} [Op:Conv2D]",
    ),
    "a place in a file, as 2.5 wrote it": (
        "in user code:\n\n    /a/errors.py:31 call  *\n        return 1",
        "in user code:\n\n    /b/errors.py:45 call  *\n        return 1",
    ),
    "the place of a node, as 2.5 wrote it": (
        "[[node a/Reshape (defined at tmp/a.py:27) ]]",
        "[[node a/Reshape (defined at home/b.py:3) ]]",
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
    "the code of the last frame": (GRAPH_ERROR, GRAPH_ERROR.replace("[7])", "[8])")),
    "the error after the frames": (GRAPH_ERROR, GRAPH_ERROR.replace("Bad shape", "Bad dtype")),
    "the second of two listings of frames": (
        f"{GRAPH_ERROR}\n{GRAPH_ERROR}",
        GRAPH_ERROR.replace("Bad shape", "Bad dtype") + f"\n{GRAPH_ERROR}",
    ),
    "arguments with numbers": (
        "f() missing 2 required positional arguments: 'x' and 'state_1'",
        "f() missing 2 required positional arguments: 'x' and 'state_2'",
    ),
    "an argument with a number": (
        "got an unexpected keyword argument 'state_1'",
        "got an unexpected keyword argument 'state_2'",
    ),
    "a function with a number": ("step_1() takes 2 arguments", "step_2() takes 2 arguments"),
    "an attribute with a number": (
        "'RNN' object has no attribute 'state_1'",
        "'RNN' object has no attribute 'state_2'",
    ),
    "a class with a number": (
        "'RNN_1' object has no attribute 'state'",
        "'RNN_2' object has no attribute 'state'",
    ),
    "a variable with a number": ("name 'x_1' is not defined", "name 'x_2' is not defined"),
    "a key": (str(KeyError("kernel")), str(KeyError("bias"))),
    "the output of a node": ('Tensor("lstm_1:0")', 'Tensor("lstm_1:1")'),
    "dtypes": ("expected float32", "expected float64"),
    "a large number": ("1000000 bytes", "2000000 bytes"),
    "a value with many digits": ("0.39258522123456", "0.39258522123457"),
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


@pytest.mark.fault(
    "verdicts",
    "an error message has counters that depend on earlier scenarios, or is the repr of a KeyError",
    "it is compared without the counters and the quotes",
)
@pytest.mark.fault(
    "verdicts",
    "a graph error lists the frames of the harness",
    "its message is compared without the frames",
)
@pytest.mark.parametrize(("one", "other"), ALIKE.values(), ids=ALIKE)
def test_messages_with_the_same_meaning_become_equal(one: str, other: str) -> None:
    assert one != other
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(("one", "other"), DIFFERENT.values(), ids=DIFFERENT)
def test_messages_with_different_meanings_stay_different(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


TEXTS = [text for pair in (*ALIKE.values(), *DIFFERENT.values()) for text in pair]
PIECES = ["lstm_7", "_13", "layer ", "name=", "\x1b[1m", "...", "0x1f", 'File "', "\\udcff"]
PARTS = st.sampled_from([*" .'\"\\\n_:()/,0173", *PIECES, *TEXTS])


@given(st.one_of(st.text(), st.lists(PARTS, max_size=8).map("".join)), st.booleans())
def test_a_normalised_message_stays_as_it_is(text: str, quoted: bool) -> None:
    once = normalise(repr(text) if quoted else text)
    assert normalise(once) == once


@pytest.mark.fault(
    "verdicts", "the text of an error has a million characters", "it is compared within seconds"
)
@pytest.mark.parametrize("text", ["x", "\n", "a.", "_1", "'x' "], ids=repr)
def test_a_long_message_is_normalised_in_one_pass(text: str) -> None:
    assert len(normalise(text * (1_000_000 // len(text)))) <= 1_000_000
