"""The results of the scenarios about wrappers by definition. Pure.

The scenarios are those in `harness/probe/scenarios/wrappers`.
"""

from collections.abc import Mapping, Sequence
from math import prod

import numpy as np

from harness.judging.oracle.cells import GRU, LSTM, Cell, SimpleRNN, States
from harness.judging.oracle.layers import MERGES, bidirectional, run
from harness.judging.oracle.terms import DEFINED, Arrays, Meanings, Scenarios, Steps, defined

Kind = type[LSTM] | type[GRU] | type[SimpleRNN]

USED, IGNORED = "initial_state is used", "initial_state is ignored"
PASSED, LOST = "the mask is passed on", "the mask is lost"
RESET, KEPT = "the states are reset", "the states are kept"
ONCE, TWICE = "each step is computed once", "the first step is computed twice"
COMPUTED, REPEATED = "masked steps are computed", "masked steps repeat the one before"
UNIT_ONE = "the state of one unit is used for all"
SAMPLE_ONE = "the state of one sample is used for all"

MASK = np.array([[1, 1, 0], [1, 0, 0]])
GATES: Mapping[Kind, int] = {LSTM: 4, GRU: 3, SimpleRNN: 1}


def _line(start: float, stop: float, *shape: int) -> np.ndarray:
    """Numbers in equal steps, rounded to float32 as in the scenarios."""
    line = np.linspace(start, stop, prod(shape)).astype(np.float32)
    return line.reshape(shape).astype(np.float64)


def _cell(cell: Kind, start: float, features: int, activation: str = "tanh") -> Cell:
    """A cell of two units whose weights are numbers from `start` to `start + 1`."""
    width = GATES[cell] * 2
    bias = (2, width) if cell is GRU else (width,)
    shapes = ((features, width), (2, width), bias)
    weights = (_line(start, start + 1, *shape) for shape in shapes)
    return cell(*weights, activation=activation)


def _pair(cell: Kind = SimpleRNN, features: int = 3) -> tuple[Cell, Cell]:
    """The forward and the backward cell of the scenarios."""
    return _cell(cell, -0.5, features), _cell(cell, -0.4, features)


def _dense(x: np.ndarray, start: float = -0.5) -> np.ndarray:
    kernel = _line(start, start + 1, x.shape[-1], 2)
    return np.asarray(x @ kernel + _line(start, start + 1, 2))


def _states(count: int) -> list[np.ndarray]:
    return [_line(n, n + 1, 2, 2) / 4 for n in range(count)]


def _last(cell: Cell, x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    return run(cell, x, mask=mask)[0][:, -1]


def _outputs() -> Steps:
    x = _line(-1, 1, 2, 3, 3)
    pair = _pair()
    next_cell = _cell(SimpleRNN, -0.3, 2)
    (forward, backward), _ = bidirectional(*pair, x, merge=None)
    gru_outputs, gru_states = bidirectional(*_pair(GRU), x, merge=None)
    masked, _ = bidirectional(*pair, x, mask=MASK, merge=None)
    [concatenated], _ = bidirectional(*pair, x, mask=MASK)

    padded = np.where(MASK[:, :, None], x, 0.0)
    hidden, _ = bidirectional(*pair, padded, mask=MASK, merge=None)
    _unmasked, _ = bidirectional(*pair, padded, merge=None)

    def reaches(merge: str | None) -> Meanings:
        [result, *_] = MERGES[merge](*hidden)[::-1]
        return {
            PASSED: {"output": _last(next_cell, result, MASK)},
            LOST: {"output": _last(next_cell, result)},
        }

    relu = _cell(SimpleRNN, -0.4, 3, activation="relu")
    [with_relu], _ = bidirectional(pair[0], relu, x)
    [summed_relu], _ = bidirectional(pair[0], relu, x, merge="sum", return_sequences=False)
    [last], _ = bidirectional(*pair, x, return_sequences=False)
    sums = np.cumsum(x.sum(axis=2, keepdims=True), axis=1)
    back_sums = np.cumsum(x[:, ::-1].sum(axis=2, keepdims=True), axis=1)[:, ::-1]
    backwards = [run(cell, x, go_backwards=at == 0)[0][:, -1] for at, cell in enumerate(pair)]
    one_way = {
        "merge_mode None": {"forward": forward, "backward": backward},
        "merge_mode None, return_state": {
            "forward": gru_outputs[0],
            "backward": gru_outputs[1],
            "forward_state": gru_states[0],
            "backward_state": gru_states[1],
        },
        "SimpleRNN, masked": {"output": concatenated},
        "merge_mode None, masked": {"forward": masked[0], "backward": masked[1]},
        "a backward_layer of another activation": {"output": with_relu},
        "a layer that goes backwards already": {"output": np.concatenate(backwards, axis=-1)},
        "a backward_layer that was built before": {"output": last},
        "RNN of a cell of one's own": {"output": np.concatenate([sums, back_sums], axis=-1)},
        "from its config": {"output": summed_relu},
    }
    return {
        **defined(one_way),
        "the mask reaches the next layer": reaches("sum"),
        "the mask reaches the next layer, merge_mode None": reaches(None),
    }


def _both(
    states: Sequence[np.ndarray] | None,
    cells: tuple[Cell, Cell],
    x: np.ndarray,
    mask: np.ndarray | None = None,
) -> Arrays:
    [output], _ = bidirectional(*cells, x, states, mask=mask, return_sequences=False)
    return {"output": output}


def _initial_states() -> Steps:
    x, states = _line(-1, 1, 2, 3, 3), _states(4)
    ahead, back = states[:2]
    simple, lstm = _pair(), _pair(LSTM)
    four, final = bidirectional(*lstm, x, states, return_sequences=False)
    given = {USED: _both(states[:2], simple, x), IGNORED: _both(None, simple, x)}
    steps = (
        "two tensors",
        "a tuple of tensors",
        "arrays",
        "by position",
        "in a list with the input",
        "time_major False",
        "functional model, states are inputs",
        "functional model, an input and a tensor",
    )
    first = [np.tile(state[:1], (2, 1)) for state in (ahead, back)]
    return {
        **dict.fromkeys(steps, given),
        "no state": {DEFINED: given[IGNORED]},
        "four tensors": {
            USED: {
                "output": four[0],
                "cell": final[1],
                "backward_hidden": final[2],
                "backward_cell": final[3],
            }
        },
        "with a mask": {
            USED: _both(states[:2], simple, x, MASK),
            IGNORED: _both(None, simple, x, MASK),
        },
        # a defect: the samples of the tensor are taken for the states of the two layers
        "a single tensor": {
            "its rows are used as states": _both(
                [np.tile(ahead[:1], (2, 1)), np.tile(ahead[1:], (2, 1))], simple, x
            )
        },
        "of another batch size": {SAMPLE_ONE: _both(first, simple, x)},
    }


def _stateful() -> Steps:
    x = _line(-1, 1, 2, 2, 3)
    simple, lstm = _pair(), _pair(LSTM)
    _first, kept = bidirectional(*simple, x, return_sequences=False)
    _, kept_twice = bidirectional(*simple, x, kept)
    second, other = _both(kept, simple, x), _states(4)
    zeros = _both(None, simple, x)
    given = _both(other[:2], simple, x)
    _, after_given = bidirectional(*simple, x, other[:2])
    one, lstm_states = bidirectional(*lstm, x, return_sequences=False)
    two = _both(lstm_states, lstm, x)
    reset = {RESET: zeros, KEPT: second}
    states = {"forward": kept[0], "backward": kept[1]}
    # a defect: the sample is computed for each row of the states
    for_all = _both(kept, simple, np.tile(x[:1], (2, 1, 1)))
    return {
        **defined(
            {
                "two calls": {"first": one[0], "second": two["output"]},
                "return_state": {
                    **second,
                    "forward_state": kept_twice[0],
                    "backward_state": kept_twice[1],
                },
                "states of both layers": states,
                "states of the wrapper": states,
            }
        ),
        "reset_states": reset,
        "reset_state": reset,
        "reset_states to values": {"the states have the values": given, KEPT: second},
        "values assigned to the states": {"the states have the values": given, KEPT: second},
        "initial_state in a later call": {USED: given, IGNORED: second},
        "another batch size": {"the sample is computed for each row of the states": for_all},
        "reset_states of the model": reset,
        "reset_states of the model, given states": {
            USED: _both(other[2:], simple, x),
            f"{IGNORED}, {RESET}": zeros,
            f"{IGNORED}, {KEPT}": _both(after_given, simple, x),
        },
    }


def _step_by_step(cell: Cell, x: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """The last outputs of a layer that is not stateful, for each step of (batch, step, ...)."""
    masks = [None] * x.shape[1] if mask is None else list(mask.swapaxes(0, 1))
    outputs = [_last(cell, x[:, at], each) for at, each in enumerate(masks)]
    return np.stack(outputs, axis=1)


def _carried(
    cell: Cell, x: np.ndarray, order: Sequence[int], states: States
) -> tuple[np.ndarray, States]:
    """The last outputs of a stateful layer for some steps of (batch, step, ...), and its states."""
    outputs = []
    for at in order:
        output, states = run(cell, x[:, at], states)
        outputs.append(output[:, -1])
    return np.stack(outputs, axis=1), states


def _time_distributed() -> Steps:
    x = _line(-1, 1, 2, 2, 3, 2)
    flat = x.reshape(2, 2, 6)
    simple = _cell(SimpleRNN, -0.5, 2)
    pair = _pair(features=2)
    both = [
        bidirectional(*pair, x[:, at], return_sequences=False)[0][0] for at in range(x.shape[1])
    ]
    orders = {ONCE: (0, 1), TWICE: (0, 0, 1)}
    first = {
        meaning: _carried(simple, x, order, simple.zero_states(2))
        for meaning, order in orders.items()
    }
    second = {
        meaning: _carried(simple, x, order, first[meaning][1]) for meaning, order in orders.items()
    }
    stateful = {meaning: {"output": output[:, -2:]} for meaning, (output, _) in first.items()}
    again = {meaning: {"output": output[:, -2:]} for meaning, (output, _) in second.items()}
    by_sample = _step_by_step(simple, x)
    repeated = flat + 1.0
    repeated[0, 1] = repeated[0, 0]
    everywhere, nowhere = np.ones((2, 2, 1)), np.zeros((2, 2, 1))
    return {
        **defined(
            {
                "around an LSTM": {"output": _step_by_step(_cell(LSTM, -0.5, 2), x)},
                "around a Bidirectional": {"output": np.stack(both, axis=1)},
                "around two inputs": {
                    "output": np.concatenate([flat[:, :, 2:], flat[:, :, :2]], axis=-1)
                },
            }
        ),
        "around a layer with return_state": {
            "batch and time are as in the input": {"output": by_sample, "state": by_sample},
            # a defect: the axes of the batch and of the pair of output and state change places
            "the axes are in another order": {
                "output": by_sample.swapaxes(0, 1),
                "state": by_sample.swapaxes(0, 1),
            },
        },
        "around a stateful layer": stateful,
        "around a stateful layer, second call": again,
        "around a stateful layer, reset_states": stateful,
        "around a stateful layer, reset_states of the model": {
            f"{KEPT}, {TWICE}": again[TWICE],
            f"{RESET}, {TWICE}": stateful[TWICE],
        },
        "a layer of one's own gets the mask": {
            "the layer gets the mask": {"output": everywhere},
            "the layer gets no mask": {"output": nowhere},
        },
        "masked steps of a layer of one's own": {
            COMPUTED: {"output": flat + 1.0},
            REPEATED: {"output": repeated},
        },
    }


def _time_distributed_masks() -> Steps:
    words = np.array([[[1, 2, 0], [3, 0, 0]], [[2, 2, 2], [1, 3, 0]]])
    x = _line(-1, 1, 2, 2, 3, 2)
    flat = x.reshape(2, 4, 3)
    mask = np.array([[1, 1, 1, 0], [1, 0, 0, 0]])
    padded = np.where(mask[:, :, None], flat, 0.0)
    simple, lstm = _cell(SimpleRNN, -0.5, 2), _cell(LSTM, -0.5, 2)
    embedded = _line(-0.6, 0.4, 4, 2)[words]
    sentences = np.array([[1, 0], [1, 0]])
    of_sentences = _step_by_step(simple, x, np.repeat(sentences[:, :, None], 3, axis=2))
    dense = {"output": _dense(flat)}
    unread = {"the mask is not looked at": dense}

    def reaches(cell: Cell, below: np.ndarray = embedded) -> Meanings:
        return {
            PASSED: {"output": _step_by_step(cell, below, words != 0)},
            LOST: {"output": _step_by_step(cell, below)},
        }

    return {
        "sentence by sentence": {DEFINED: reaches(simple)[PASSED]},
        "the mask of an Embedding reaches the next": reaches(simple),
        "the mask of an Embedding reaches an LSTM": reaches(lstm),
        "the mask of an Embedding, around a Sequential": reaches(simple),
        "the mask of an Embedding, functional": reaches(simple),
        "a mask of words given to a recurrent layer": reaches(simple, x),
        "a mask of sentences given to a Dense": {DEFINED: dense},
        "the mask passes a Dense on its way": {
            PASSED: {"output": _last(simple, _dense(padded), mask)},
            LOST: {"output": _last(simple, _dense(padded))},
        },
        "the mask of words is one of sentences": {
            "a sentence counts where a word does": {
                "output": _last(simple, of_sentences, sentences)
            },
            LOST: {"output": _last(simple, of_sentences)},
        },
        "a mask of 3 steps instead of 4": unread,
        "a mask of 5 steps instead of 4": unread,
        "a mask of another batch size": unread,
        "a mask without steps": unread,
        "a mask of 3 steps instead of 2, around a layer that takes it": {
            "the first steps of the mask are used": {"output": _step_by_step(simple, x)}
        },
        "Masking, a batch of any size in tf.function": {DEFINED: {"output": _dense(padded)}},
    }


def _cell_wrappers() -> Steps:
    x, state = _line(-1, 1, 2, 3, 2), _line(0, 1, 2, 2)
    first = x[:, 0]
    simple = SimpleRNN(np.ones((2, 2)), np.ones((2, 2)), np.zeros(2))
    lstm = LSTM(np.ones((2, 8)), np.ones((2, 8)), np.repeat([0.0, 1.0, 0.0, 0.0], 2))
    gru = GRU(np.ones((2, 6)), np.ones((2, 6)), np.zeros((2, 6)))
    output, (hidden,) = simple.step(first, (state,))
    lstm_output, (h, c) = lstm.step(first, (state, 2 * state))
    sequence, _ = run(simple, x)
    given, _ = run(simple, x, [state])
    return defined(
        {
            "residual, one step": {"output": output + first, "hidden": hidden},
            "residual, one step of an LSTMCell": {
                "output": lstm_output + first,
                "hidden": h,
                "cell": c,
            },
            "residual, in a layer": {"output": sequence + x},
            "residual, in a layer, initial_state": {"output": given[:, -1] + x[:, -1]},
            "dropout that keeps all, one step": {"output": gru.step(first, (state,))[0]},
            "dropout that keeps all, in a layer": {"output": sequence[:, -1]},
            "device, one step": {"output": output, "hidden": hidden},
            "device, in a layer": {"output": sequence[:, -1]},
        }
    )


SCENARIOS: Scenarios = {
    "bidirectional_outputs": _outputs,
    "bidirectional_states": _initial_states,
    "bidirectional_reset": _stateful,
    "time_distributed": _time_distributed,
    "time_distributed_masks": _time_distributed_masks,
    "cell_wrappers": _cell_wrappers,
}

RAISES = "raises on every release"
FACTS = "counts and facts"
WITHOUT_MEANING: Mapping[str, str] = {
    "bidirectional_outputs / a layer that was built before": FACTS,
    "bidirectional_outputs / *what comes back*": FACTS,
    "bidirectional_outputs / compute_output_shape*": "shapes",
    "bidirectional_states / half of the tensors that an LSTM needs": RAISES,
    "bidirectional_states / None instead of one": RAISES,
    "bidirectional_reset / reset_states before it is built": FACTS,
    "bidirectional_reset / reset_states of a layer that is not stateful": RAISES,
    "time_distributed / calls of the layer*": FACTS,
    "time_distributed / dropout differs between steps": "draws numbers; facts of the masks",
    "cell_wrappers / residual, get_initial_state": "zeros",
    "cell_wrappers / dropout of the states of an LSTMCell": "draws numbers; a fact of the states",
}
