"""A library of somebody: it carries the state of a recurrent layer from part to part."""


def in_parts(layer, sequence, length):
    """The last output of a layer that returns its state, over parts of a sequence."""
    output, state = None, None
    for start in range(0, sequence.shape[1], length):
        output, *state = layer(sequence[:, start : start + length], initial_state=state)
    return output
