"""Recurrent layers of Keras over a sequence, by definition: a NumPy reference. Pure.

All arrays are float64; an input of a smaller float type is converted exactly. Sequences are (batch,
time, features); masks are (batch, time), true where a time step counts. An array of another shape,
or an unknown name, raises ValueError.
"""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from harness.base.words import counted
from harness.judging.oracle.cells import Cell, States, checked_array, require_known

MERGES: Mapping[str | None, Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, ...]]] = {
    "concat": lambda forward, backward: (np.concatenate([forward, backward], axis=-1),),
    "sum": lambda forward, backward: (forward + backward,),
    "mul": lambda forward, backward: (forward * backward,),
    "ave": lambda forward, backward: ((forward + backward) / 2.0,),
    None: lambda forward, backward: (forward, backward),
}
"""The merge modes of `bidirectional`, by their names in Keras' `merge_mode`."""


def run(
    cell: Cell,
    x: np.ndarray,
    initial_state: Sequence[np.ndarray] | None = None,
    *,
    mask: np.ndarray | None = None,
    go_backwards: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[np.ndarray, States]:
    """The output at every time step (batch, time, units), and the states after the last step.

    x is (batch, time, features). initial_state has an array (batch, size) for each of the cell's
    `state_sizes`; None means zeros. mask is (batch, time); None means that every step counts.

    A masked step does not change the states. Its output repeats the output of the step computed
    before; before any step that counts, and always with `zero_output_for_mask`, its output is
    zeros, for any initial state. With `go_backwards` the first step computed is the last of the
    sequence, and the outputs are in the order of computation.

    Source: `keras.layers.RNN`.
    """
    x = checked_array("x", x, "batch", "time", cell.features)
    batch, time, _ = x.shape
    states = cell.zero_states(batch)
    if initial_state is not None:
        states = _checked_states(initial_state, states)
    counts = np.full((batch, time), True)
    if mask is not None:
        counts = checked_array("mask", mask, batch, time) != 0.0
    output = np.zeros((batch, cell.units))
    sequence = np.empty((batch, time, cell.units))
    if go_backwards:
        x, counts = x[:, ::-1], counts[:, ::-1]
    for t in range(time):
        new_output, new_states = cell.step(x[:, t], states)
        counting = counts[:, t, None]
        masked = np.zeros_like(output) if zero_output_for_mask else output
        output = sequence[:, t] = np.where(counting, new_output, masked)
        states = tuple(
            np.where(counting, new, old) for new, old in zip(new_states, states, strict=True)
        )
    return sequence, states


def bidirectional(
    forward: Cell,
    backward: Cell,
    x: np.ndarray,
    initial_state: Sequence[np.ndarray] | None = None,
    *,
    mask: np.ndarray | None = None,
    merge: str | None = "concat",
    return_sequences: bool = True,
) -> tuple[tuple[np.ndarray, ...], States]:
    """The outputs of two cells, of which `backward` runs from the last step, and their states.

    x and mask are as in `run`. initial_state and the returned states have those of `forward`
    first, then those of `backward`. The outputs are one array, merged by a mode of `MERGES`, or
    two arrays if `merge` is None.

    With `return_sequences` the outputs are (batch, time, units), both in the order of time, and
    zeros at masked steps. Without, they are (batch, units): for each cell the output of the step
    computed last, which is the last step for `forward` and the first step for `backward`.

    Source: Schuster & Paliwal 1997, doi:10.1109/78.650093; `keras.layers.Bidirectional`.
    """
    require_known("merge", merge, MERGES)
    if merge in {"sum", "mul", "ave"} and forward.units != backward.units:
        raise ValueError(
            f"backward has {counted(backward.units, 'unit')} instead of {forward.units}, "
            f"as forward has, to merge by {merge!r}"
        )
    x = checked_array("x", x, "batch", "time", forward.features)
    states = forward.zero_states(len(x)) + backward.zero_states(len(x))
    if initial_state is not None:
        states = _checked_states(initial_state, states)
    half = len(forward.state_sizes)
    ahead, ahead_states = run(
        forward, x, states[:half], mask=mask, zero_output_for_mask=return_sequences
    )
    back, back_states = run(
        backward,
        x,
        states[half:],
        mask=mask,
        go_backwards=True,
        zero_output_for_mask=return_sequences,
    )
    pair = (ahead, back[:, ::-1]) if return_sequences else (ahead[:, -1], back[:, -1])
    return MERGES[merge](*pair), ahead_states + back_states


def _checked_states(initial_state: Sequence[np.ndarray], states: States) -> States:
    """A float64 copy of an initial state. Raises ValueError for other shapes than of `states`."""
    if len(initial_state) != len(states):
        given = counted(len(initial_state), "array")
        raise ValueError(f"initial_state has {given} instead of {len(states)}")
    return tuple(
        checked_array(f"initial_state[{number}]", given, *state.shape)
        for number, (given, state) in enumerate(zip(initial_state, states, strict=True))
    )
